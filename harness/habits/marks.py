"""Decorators of fixtures and marks of tests, whatever they are imported as and wherever they stand."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import msgspec

from harness.habits.model import SourcePlace, Undecided
from harness.habits.scanning import find_condition
from harness.habits.sources import OWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.habits.scanning import Body
    from harness.habits.sources import SourceModule, Sources

PLAIN, PLUGIN = "pytest.fixture", "pytest_asyncio.fixture"
_FIXTURES = {
    **dict.fromkeys((PLAIN, "pytest.yield_fixture", "_pytest.fixtures.fixture"), PLAIN),
    **dict.fromkeys((PLUGIN, "pytest_asyncio.plugin.fixture"), PLUGIN),
}
MARK = "pytest.mark."
SCOPES = ("function", "class", "module", "package", "session")
_ASYNC_CONDITIONS = (
    "is_async_test",
    "iscoroutinefunction",
    "get_closest_marker('asyncio')",
    "isinstance(",
    "'asyncio' in",
)
"""What a hook asks of an item before it marks it, where that is only whether it is an async test."""


class FixtureMark(msgspec.Struct, frozen=True, kw_only=True):
    """A fixture's decorator."""

    decorator: str
    scope: str | None = None
    loop_scope: str | None = None
    autouse: bool = False
    name: str = ""
    undecided: tuple[Undecided, ...] = ()


class PytestMark(msgspec.Struct, frozen=True, kw_only=True):
    """A mark of a test."""

    name: str  # "asyncio", "anyio", "xfail", "usefixtures"
    place: SourcePlace
    loop_scope: str | None = None
    arguments: tuple[str, ...] = ()  # those that are texts
    factory: str = ""  # the one of `loop_factories=[…]`
    inner: tuple[PytestMark, ...] = ()  # of `parametrize`: one that all its parameters have
    undecided: tuple[Undecided, ...] = ()


class HookMark(msgspec.Struct, frozen=True, kw_only=True):
    """A mark of pytest-asyncio's that a hook adds to every async test."""

    mark: PytestMark
    first: bool  # before the marks that are there: it is the nearest one then


def read_fixture_mark(sources: Sources, module: SourceModule, node: ast.expr) -> FixtureMark | None:
    """The decorator, if it is one of a fixture."""
    call = node if isinstance(node, ast.Call) else None
    name = sources.qualify(module, call.func if call else node)
    keywords = list(call.keywords) if call else []
    if OWN in name:  # `fixture = partial(pytest_asyncio.fixture, scope="session")`
        file, _, own = name.partition(OWN)
        value = sources.modules[file].variables.get(own) if file in sources.modules else None
        if isinstance(value, ast.Call) and ast.unparse(value.func).endswith("partial") and value.args:
            name = sources.qualify(sources.modules[file], value.args[0])
            keywords = [*value.keywords, *keywords]
    if name not in _FIXTURES and not (name.endswith(".fixture") and OWN not in name):
        return None
    given = {one.arg: one.value for one in keywords if one.arg}
    if call and call.args and name in _FIXTURES:
        given.setdefault("scope", call.args[0])
    undecided: list[Undecided] = []
    values = {}
    for key in ("scope", "loop_scope"):
        values[key] = module.find_constant(given.get(key))
        if key in given and values[key] is None and not _is_none(given[key]):
            why = "it is computed when the tests are collected"
            place = SourcePlace(module.path, node.lineno)
            undecided.append(Undecided(place=place, what=f"{key}={ast.unparse(given[key])}", why=why))
    autouse = given.get("autouse")
    return FixtureMark(
        decorator=_FIXTURES.get(name, name),
        scope=values["scope"],
        loop_scope=values["loop_scope"],
        autouse=isinstance(autouse, ast.Constant) and bool(autouse.value),
        name=module.find_constant(given.get("name")) or "",
        undecided=tuple(undecided),
    )


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def read_marks(sources: Sources, module: SourceModule, node: ast.expr) -> Iterator[PytestMark]:
    """The marks that an expression is: `pytest.mark.asyncio(…)`, a list of such, or a name of the suite's own."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        for one in node.elts:
            yield from read_marks(sources, module, one)
        return
    call = node if isinstance(node, ast.Call) else None
    name = sources.qualify(module, call.func if call else node)
    if OWN in name and call is None:
        file, _, own = name.partition(OWN)
        other = sources.modules.get(file)
        value = other.variables.get(own) if other else None
        if other is not None and value is not None and value is not node:
            yield from read_marks(sources, other, value)
        return
    if name.startswith(MARK):
        mark = _make_mark(module, name.removeprefix(MARK), node, call)
        inner = _read_parameters(sources, module, call) if mark.name == "parametrize" and call else ()
        yield msgspec.structs.replace(mark, inner=inner)


def _read_parameters(sources: Sources, module: SourceModule, call: ast.Call) -> tuple[PytestMark, ...]:
    """The mark of pytest-asyncio's on the parameters; where they differ in it, it can't be decided."""
    values = call.args[1] if len(call.args) > 1 else None
    if not isinstance(values, (ast.List, ast.Tuple)):
        return ()
    found: list[PytestMark | None] = []
    for one in values.elts:
        given = next(
            (each.value for each in (one.keywords if isinstance(one, ast.Call) else ()) if each.arg == "marks"), None
        )
        marks = read_marks(sources, module, given) if given is not None else ()
        found.append(next((each for each in marks if each.name == "asyncio"), None))
    marked = [one for one in found if one is not None]
    if not marked:
        return ()
    if len(marked) == len(found) and len({one.loop_scope for one in marked}) == 1:
        return (marked[0],)
    why = "the parameters of the test differ in it"
    undecided = Undecided(place=marked[0].place, what="pytest.mark.asyncio on `pytest.param`", why=why)
    return (msgspec.structs.replace(marked[0], loop_scope=None, undecided=(*marked[0].undecided, undecided)),)


def _make_mark(module: SourceModule, name: str, node: ast.expr, call: ast.Call | None) -> PytestMark:
    given = {one.arg: one.value for one in (call.keywords if call else ()) if one.arg}
    place = SourcePlace(module.path, node.lineno)
    written = given.get("loop_scope", given.get("scope")) if name == "asyncio" else None
    loop_scope = module.find_constant(written)
    why = "it is computed when the tests are collected"
    unknown = written is not None and loop_scope is None and not _is_none(written)
    written_arguments = [] if "indirect" in given or call is None else call.args
    parts = [
        each for one in written_arguments for each in (one.elts if isinstance(one, (ast.List, ast.Tuple)) else [one])
    ]
    arguments = [one.value for one in parts if isinstance(one, ast.Constant)]
    factories = ast.unparse(given["loop_factories"]) if "loop_factories" in given else ""
    chosen = re.fullmatch(r"\[([^,]+)\]", factories)
    return PytestMark(
        name=name,
        place=place,
        loop_scope=loop_scope,
        arguments=tuple(one for one in arguments if isinstance(one, str)),
        factory=chosen[1].strip("'\"") if chosen else "",
        undecided=(Undecided(place=place, what=f"loop_scope={ast.unparse(written)}", why=why),)
        if unknown and written is not None
        else (),
    )


def read_decorator_marks(sources: Sources, module: SourceModule, decorators: Iterable[ast.expr]) -> list[PytestMark]:
    """The marks among decorators, the nearest first."""
    return [mark for one in reversed(list(decorators)) for mark in read_marks(sources, module, one)]


def read_body_marks(sources: Sources, module: SourceModule, body: Iterable[ast.stmt]) -> list[PytestMark]:
    """`pytestmark` of a module or a class."""
    return [
        mark
        for node in body
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id == "pytestmark"
        for mark in read_marks(sources, module, node.value)
    ]


def read_hook(sources: Sources, body: Body) -> tuple[list[HookMark], list[Undecided]]:
    """The marks that `pytest_collection_modifyitems` adds."""
    found: list[HookMark] = []
    undecided: list[Undecided] = []
    local = {
        target.id: node.value
        for node in body.nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in body.nodes:
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_marker"):
            continue
        written = node.args[0] if node.args else None
        if isinstance(written, ast.Name) and written.id in local:
            written = local[written.id]
        marks = list(read_marks(sources, body.module, written)) if written is not None else []
        first = any(
            one.arg == "append" and isinstance(one.value, ast.Constant) and one.value.value is False
            for one in node.keywords
        ) or (len(node.args) > 1 and isinstance(node.args[1], ast.Constant) and node.args[1].value is False)
        condition = find_condition(body.module, node)
        for mark in marks:
            if mark.name != "asyncio":
                continue
            undecided.extend(mark.undecided)
            if condition and not any(each in condition for each in _ASYNC_CONDITIONS):
                why = f"the hook marks tests only if {condition}"
                what = ast.unparse(node)
                undecided.append(Undecided(place=body.place(node), what=what, why=why))
                continue
            place = body.place(node)
            found.append(HookMark(mark=msgspec.structs.replace(mark, place=place), first=first))
    return found, undecided
