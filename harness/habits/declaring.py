"""Fixtures and tests as they are declared."""

from __future__ import annotations

import ast
import fnmatch
from typing import TYPE_CHECKING

import msgspec

from harness.habits.cases import METHODS, MODULE
from harness.habits.marks import read_body_marks, read_decorator_marks, read_fixture_mark
from harness.habits.model import Fixture, MarkedBy, SourcePlace, TestFunction, Undecided
from harness.habits.runners import ANYIO, BACKEND, UNITTEST
from harness.habits.sources import OWN, Function

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.habits.marks import FixtureMark, HookMark, PytestMark
    from harness.habits.scanning import Body
    from harness.habits.sources import Definition, SourceModule, Sources

CLASS_OF_TEST = ("request.cls", "request.instance")
ANYWHERE = ""
"""In `Fixture.visible_in`: a plugin's fixture."""


def list_fixtures(sources: Sources, bodies: Iterable[Body]) -> Iterator[tuple[Body, Fixture, tuple[Undecided, ...]]]:
    """Each fixture with its body and what can't be decided about it."""
    by_id = {body.id: body for body in bodies}
    for body in by_id.values():
        if isinstance(body.node, Function):
            for decorator in body.node.decorator_list:
                mark = read_fixture_mark(sources, body.module, decorator)
                if mark is not None:
                    yield body, _make_fixture(body, mark, mark.name or body.node.name), mark.undecided
                    break
        elif isinstance(body.node, ast.Module):
            yield from _list_assigned(sources, body.module, by_id)


def _list_assigned(
    sources: Sources, module: SourceModule, bodies: Mapping[str, Body]
) -> Iterator[tuple[Body, Fixture, tuple[Undecided, ...]]]:
    """`client = pytest_asyncio.fixture(scope="session")(make_client)` and `client = pytest.fixture(make_client)`."""
    for name, value in module.variables.items():
        if not isinstance(value, ast.Call):
            continue
        mark = read_fixture_mark(sources, module, value.func if isinstance(value.func, ast.Call) else value)
        function = next((bodies.get(sources.qualify(module, one)) for one in value.args), None)
        if mark is not None and function is not None and isinstance(function.node, Function):
            yield function, _make_fixture(function, mark, mark.name or name), mark.undecided


def _make_fixture(body: Body, mark: FixtureMark, name: str) -> Fixture:
    node = body.node
    assert isinstance(node, Function)
    returned = [each.value for each in body.nodes if isinstance(each, (ast.Return, ast.Yield)) and each.value]
    generator = any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in body.nodes)
    return Fixture(
        name=name,
        place=SourcePlace(body.module.path, node.lineno),
        end=node.end_lineno or node.lineno,
        first_yield=body.first_yield if generator else 0,
        awaits=any(isinstance(each, ast.Await) and each.lineno <= body.first_yield for each in body.nodes),
        decorator=mark.decorator,
        is_async=isinstance(node, ast.AsyncFunctionDef),
        is_generator=generator,
        scope=mark.scope,
        loop_scope=mark.loop_scope,
        autouse=mark.autouse,
        arguments=(*_list_parameters(node), *_list_looked_up(body)),
        owner=body.owner,
        returns=ast.unparse(returned[0]) if returned else "",
        class_attributes=tuple(
            each.attr
            for each in body.nodes
            if isinstance(each, ast.Attribute) and ast.unparse(each.value) in CLASS_OF_TEST
        ),
    )


def _list_parameters(node: Function) -> tuple[str, ...]:
    arguments = node.args.posonlyargs + node.args.args
    required = arguments[: len(arguments) - len(node.args.defaults)]
    keyword = [one for one, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if value is None]
    return tuple(one.arg for one in (*required, *keyword) if one.arg not in ("self", "cls"))


def _list_looked_up(body: Body) -> Iterator[str]:
    """`request.getfixturevalue("client")`."""
    yield from filter(None, (body.module.find_constant(argument) for _, argument in _list_look_ups(body)))


def _list_look_ups(body: Body) -> Iterator[tuple[ast.Call, ast.expr]]:
    for node in body.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "getfixturevalue":
            yield from ((node, argument) for argument in node.args[:1])


def list_unknown_look_ups(body: Body) -> Iterator[Undecided]:
    """`request.getfixturevalue(name)` of a name that is computed."""
    for node, argument in _list_look_ups(body):
        if body.module.find_constant(argument) is None:
            why = "which fixture that is is known only when the test runs"
            yield Undecided(place=body.place(node), what=ast.unparse(node), why=why)


class TestCase(msgspec.Struct, frozen=True, kw_only=True):
    """A class of `unittest`'s kind: which kind, and the functions that run around its tests, by name and in order."""

    __test__ = False

    kind: str = ""
    around: tuple[str, ...] = ()
    factory: str = ""  # its `loop_factory`


NO_CASE = TestCase()


class TestLister:
    """All tests of a suite, with the marks that they get from their class, their module and hooks."""

    __test__ = False

    def __init__(self, sources: Sources, bodies: Mapping[str, Body], hooks: Iterable[HookMark]) -> None:
        self._sources = sources
        self._bodies = bodies
        self._hooks = list(hooks)
        self.undecided: list[Undecided] = []
        self._auto = sources.settings.get("asyncio_mode") == "auto"
        self._functions = sources.settings.split("python_functions", ("test",))
        self._classes = sources.settings.split("python_classes", ("Test",))
        self._anyio = sources.settings.get("anyio_mode") == "auto" and not self._auto
        self.chains: list[tuple[str, ...]] = []  # each test case with its bases, by name

    def list_tests(self) -> Iterator[tuple[Body, TestFunction]]:
        """In order of file and line, as pytest collects them."""
        for path, module in sorted(self._sources.modules.items()):
            if self._sources.is_test_file(path):
                marks = read_body_marks(self._sources, module, module.tree.body)
                yield from self._list_in(module, module.tree.body, "", marks, NO_CASE)

    def _list_in(
        self,
        module: SourceModule,
        body: Iterable[ast.stmt],
        within: str,
        outer: list[PytestMark],
        case: TestCase,
    ) -> Iterator[tuple[Body, TestFunction]]:
        for node in body:
            if isinstance(node, Function) and (
                _matches(node.name, self._functions) or (case.kind and "test" in node.name[:4])
            ):
                name = f"{within}.{node.name}" if within else node.name
                found = self._bodies.get(f"{module.path}{OWN}{name}")
                if found is not None and found.node is node:
                    yield found, self._make_test(module.path, name, found, outer, case)
            elif isinstance(node, ast.ClassDef):
                yield from self._list_in_class(module, node, within, outer)
            elif isinstance(node, (ast.If, ast.Try, ast.With)):
                yield from self._list_in(module, node.body, within, outer, case)

    def _list_in_class(
        self, module: SourceModule, node: ast.ClassDef, within: str, outer: list[PytestMark]
    ) -> Iterator[tuple[Body, TestFunction]]:
        bases = [self._sources.qualify(module, base) for base in node.bases]
        kind = self._find_kind(bases)
        if not kind and not _matches(node.name, self._classes):
            return
        if any(isinstance(one, ast.Assign) and ast.unparse(one) == "__test__ = False" for one in node.body):
            return
        if not kind and any(isinstance(one, Function) and one.name == "__init__" for one in node.body):
            return  # pytest doesn't collect it
        marks = [
            *read_decorator_marks(self._sources, module, node.decorator_list),
            *read_body_marks(self._sources, module, node.body),
            *outer,
        ]
        name = f"{within}.{node.name}" if within else node.name
        case = self._read_case(kind, module, node, name) if kind else NO_CASE
        yield from self._list_in(module, node.body, name, marks, case)
        seen = {one.name for one in node.body if isinstance(one, Function)}
        for owner, base in self._list_bases(bases, 5):
            extra = [*marks, *read_body_marks(self._sources, owner, base.body)]
            for one in base.body:
                found = self._bodies.get(f"{owner.path}{OWN}{base.name}.{getattr(one, 'name', '')}")
                if isinstance(one, Function) and one.name not in seen and _matches(one.name, self._functions) and found:
                    seen.add(one.name)
                    yield found, self._make_test(module.path, f"{name}.{one.name}", found, extra, case)

    def _list_bases(self, names: Iterable[str], hops: int) -> Iterator[tuple[SourceModule, ast.ClassDef]]:
        """The suite's own classes among the bases, and theirs."""
        for name in names:
            file, found, own = name.partition(OWN)
            module = self._sources.modules.get(file) if found else None
            node: Definition | None = module.definitions.get(own) if module else None
            if module is not None and isinstance(node, ast.ClassDef) and hops:
                yield module, node
                yield from self._list_bases([self._sources.qualify(module, base) for base in node.bases], hops - 1)

    def _read_case(self, kind: str, module: SourceModule, node: ast.ClassDef, name: str) -> TestCase:
        bases = list(self._list_bases([self._sources.qualify(module, base) for base in node.bases], 5))
        chain = (f"{module.path}{OWN}{name}", *(f"{at.path}{OWN}{one.name}" for at, one in bases))
        self.chains.append(chain)
        factories = (
            ast.unparse(each.value)
            for one in (node, *(one for _, one in bases))
            for each in one.body
            if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "loop_factory"
        )
        return TestCase(kind=kind, around=self._list_around(module, chain), factory=next(factories, ""))

    def _list_around(self, module: SourceModule, chain: tuple[str, ...]) -> tuple[str, ...]:
        """What runs around each test of a test case, in order. Without `super()`, a method hides its bases'."""
        found: list[str] = []
        for method in METHODS:
            own: list[str] = []
            for each in chain:
                body = self._bodies.get(f"{each}.{method}")
                if body is not None:
                    own.insert(0, body.id)
                    if not any(isinstance(one, ast.Name) and one.id == "super" for one in body.nodes):
                        break
            found += own
        first, last = (f"{module.path}{OWN}{one}" for one in MODULE)
        return tuple(one for one in (first, *found, last) if one in self._bodies)

    def _find_kind(self, bases: list[str]) -> str:
        """Which kind of test case a class is; empty: none."""
        names = [
            *bases,
            *(self._sources.qualify(at, one) for at, node in self._list_bases(bases, 5) for one in node.bases),
        ]
        cases = [name for name in names if name.endswith("TestCase") and OWN not in name]
        isolated = any(name.endswith("IsolatedAsyncioTestCase") for name in cases)
        return UNITTEST if isolated else next(iter(cases), "")

    def _make_test(self, path: str, name: str, body: Body, outer: list[PytestMark], case: TestCase) -> TestFunction:
        node = body.node
        assert isinstance(node, Function)
        own = read_decorator_marks(self._sources, body.module, node.decorator_list)
        marks = [*own, *outer]
        is_async = isinstance(node, ast.AsyncFunctionDef)
        hooked = self._hooks if is_async and not case.kind else []
        by_parameter = [inner for one in own for inner in one.inner]
        ranked: list[tuple[PytestMark, MarkedBy]] = [
            *((one.mark, "hook") for one in hooked if one.first),
            *((one, "mark") for one in own if one.name == "asyncio"),
            *((one, "parameter") for one in by_parameter),
            *((one, "mark") for one in outer if one.name == "asyncio"),
            # In auto mode pytest-asyncio has marked the test before the hook does: what is added last is the farthest.
            *((one.mark, "hook") for one in hooked if not one.first and not self._auto),
        ]
        for one, _ in ranked:
            self.undecided.extend(each for each in one.undecided if each not in self.undecided)
        first: tuple[PytestMark | None, MarkedBy] = ranked[0] if ranked else (None, "")
        chosen, mark_by = first
        asked = [each for one in marks if one.name == "usefixtures" for each in one.arguments]
        parametrized = {
            each.strip()
            for one in marks
            if one.name == "parametrize"
            for part in one.arguments
            for each in part.split(",")
        }
        arguments = case.around if case.kind else _list_parameters(node)
        by_anyio = self._anyio or any(one.name == "anyio" for one in marks) or BACKEND in (*arguments, *asked)
        runner = case.kind or (ANYIO if by_anyio and chosen is None else "")
        backends = (one.arguments for one in marks if one.name == "parametrize" and BACKEND in one.arguments[:1])
        return TestFunction(
            id=f"{path}{OWN}{name.replace('.', OWN)}",
            place=SourcePlace(body.module.path, node.lineno),
            end=node.end_lineno or node.lineno,
            is_async=is_async,
            marked=chosen is not None,
            loop_scope=chosen.loop_scope if chosen else None,
            arguments=tuple(
                dict.fromkeys(each for each in (*arguments, *asked, *_list_looked_up(body)) if each not in parametrized)
            ),
            mark=chosen.place if chosen else None,
            mark_by=mark_by,
            factory=case.factory or next((one.factory for one, _ in ranked if one.factory), ""),
            waits=_find_longest_wait(body),
            fails=any(one.name == "xfail" for one in own),
            repeated=any(one.name == "parametrize" for one in marks),
            runner=runner if is_async or case.kind else "",
            backends=next(backends, ())[1:],
        )


def _find_longest_wait(body: Body) -> float:
    """The largest `timeout=` of the calls in a test."""
    numbers = [
        one.value.value
        for node in body.nodes
        if isinstance(node, ast.Call)
        for one in node.keywords
        if one.arg == "timeout" and isinstance(one.value, ast.Constant)
    ]
    return max((float(one) for one in numbers if isinstance(one, (int, float))), default=0)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(name.startswith(one) or fnmatch.fnmatch(name, one) for one in patterns)
