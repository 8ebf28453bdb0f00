"""Fixtures and tests as they are declared."""

from __future__ import annotations

import ast
import fnmatch
from typing import TYPE_CHECKING

from harness.habits.marks import read_body_marks, read_decorator_marks, read_fixture_mark
from harness.habits.model import Fixture, SourcePlace, TestFunction, Undecided
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

    def list_tests(self) -> Iterator[tuple[Body, TestFunction]]:
        """In order of file and line, as pytest collects them."""
        for path, module in sorted(self._sources.modules.items()):
            if self._sources.is_test_file(path):
                marks = read_body_marks(self._sources, module, module.tree.body)
                yield from self._list_in(module, module.tree.body, "", marks, runner="")

    def _list_in(
        self, module: SourceModule, body: Iterable[ast.stmt], within: str, outer: list[PytestMark], *, runner: str
    ) -> Iterator[tuple[Body, TestFunction]]:
        for node in body:
            if isinstance(node, Function) and (
                _matches(node.name, self._functions) or (runner and "test" in node.name[:4])
            ):
                name = f"{within}.{node.name}" if within else node.name
                found = self._bodies.get(f"{module.path}{OWN}{name}")
                if found is not None and found.node is node:
                    yield found, self._make_test(module.path, name, found, outer, runner)
            elif isinstance(node, ast.ClassDef):
                yield from self._list_in_class(module, node, within, outer)
            elif isinstance(node, (ast.If, ast.Try, ast.With)):
                yield from self._list_in(module, node.body, within, outer, runner=runner)

    def _list_in_class(
        self, module: SourceModule, node: ast.ClassDef, within: str, outer: list[PytestMark]
    ) -> Iterator[tuple[Body, TestFunction]]:
        bases = [self._sources.qualify(module, base) for base in node.bases]
        runner = "unittest" if self._is_unittest(bases) else ""
        if not runner and not _matches(node.name, self._classes):
            return
        if any(isinstance(one, ast.Assign) and ast.unparse(one) == "__test__ = False" for one in node.body):
            return
        if not runner and any(isinstance(one, Function) and one.name == "__init__" for one in node.body):
            return  # pytest doesn't collect it
        marks = [
            *read_decorator_marks(self._sources, module, node.decorator_list),
            *read_body_marks(self._sources, module, node.body),
            *outer,
        ]
        name = f"{within}.{node.name}" if within else node.name
        yield from self._list_in(module, node.body, name, marks, runner=runner)
        seen = {one.name for one in node.body if isinstance(one, Function)}
        for owner, base in self._list_bases(bases, 5):
            extra = [*marks, *read_body_marks(self._sources, owner, base.body)]
            for one in base.body:
                found = self._bodies.get(f"{owner.path}{OWN}{base.name}.{getattr(one, 'name', '')}")
                if isinstance(one, Function) and one.name not in seen and _matches(one.name, self._functions) and found:
                    seen.add(one.name)
                    yield found, self._make_test(module.path, f"{name}.{one.name}", found, extra, runner)

    def _list_bases(self, names: Iterable[str], hops: int) -> Iterator[tuple[SourceModule, ast.ClassDef]]:
        """The suite's own classes among the bases, and theirs."""
        for name in names:
            file, found, own = name.partition(OWN)
            module = self._sources.modules.get(file) if found else None
            node: Definition | None = module.definitions.get(own) if module else None
            if module is not None and isinstance(node, ast.ClassDef) and hops:
                yield module, node
                yield from self._list_bases([self._sources.qualify(module, base) for base in node.bases], hops - 1)

    def _is_unittest(self, bases: list[str]) -> bool:
        names = [
            *bases,
            *(self._sources.qualify(at, one) for at, node in self._list_bases(bases, 5) for one in node.bases),
        ]
        return any(name.endswith("TestCase") and OWN not in name for name in names)

    def _make_test(self, path: str, name: str, body: Body, outer: list[PytestMark], runner: str) -> TestFunction:
        node = body.node
        assert isinstance(node, Function)
        own = read_decorator_marks(self._sources, body.module, node.decorator_list)
        marks = [*own, *outer]
        is_async = isinstance(node, ast.AsyncFunctionDef)
        hooked = self._hooks if is_async and not runner else []
        ranked = [
            *(one.mark for one in hooked if one.first),
            *(one for one in marks if one.name == "asyncio"),
            # In auto mode pytest-asyncio has marked the test before the hook does: what is added last is the farthest.
            *(one.mark for one in hooked if not one.first and not self._auto),
        ]
        for one in ranked:
            self.undecided.extend(each for each in one.undecided if each not in self.undecided)
        chosen = next(iter(ranked), None)
        if any(one.name == "anyio" for one in marks) and chosen is None:
            runner = runner or "anyio"
        asked = [each for one in marks if one.name == "usefixtures" for each in one.arguments]
        parametrized = {
            each.strip()
            for one in marks
            if one.name == "parametrize"
            for part in one.arguments
            for each in part.split(",")
        }
        arguments = () if runner == "unittest" else _list_parameters(node)
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
            fails=any(one.name == "xfail" for one in own),
            repeated=any(one.name == "parametrize" for one in marks),
            runner=runner if is_async or runner == "unittest" else "",
        )


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(name.startswith(one) or fnmatch.fnmatch(name, one) for one in patterns)
