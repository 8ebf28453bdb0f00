"""The loop that fixtures and tests run on: a fixture's own scope, or the session's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cure.edits.calls import drop_keyword, set_keyword, without_empty_parentheses
from harness.cure.edits.decorators import change_fixture, use_plugin
from harness.cure.edits.editing import Edit, Spot, rewrite_functions, spot_of
from harness.cure.edits.marks import find_mark, list_async_tests, mark_functions, mark_module, replace_nodes
from harness.cure.edits.source import ASYNCIO_FIXTURE, SCOPES, Function, SourceFile, keyword_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import libcst as cst

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules


def make_fixture_edit(name: str, title: str, loop_of: Callable[[Function], str | None], *, single: bool = True) -> Edit:
    """An edit that gives async fixtures a loop scope. `loop_of` says which; None for those that aren't concerned."""

    def concerned(code: SuiteCode) -> Iterator[Function]:
        if code.facts.has_loop_scopes():
            for fixture in code.fixtures:
                if fixture.is_async and loop_of(fixture) not in (None, fixture.loop_scope):
                    yield fixture

    def apply(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
        chosen = [each for each in concerned(code) if spot_of(each) in spots]
        changed: dict[str, cst.Module] = {}
        for file in dict.fromkeys(each.file for each in chosen):
            own = {each: set_loop(each, str(loop_of(each))) for each in chosen if each.file == file}
            spelled = code.files[file].names.spell(ASYNCIO_FIXTURE)
            changed |= rewrite_functions(code, own, () if spelled else ("import pytest_asyncio",))
        return changed

    return Edit(
        name=name,
        title=title,
        plural="async fixtures",
        find=lambda code: map(spot_of, concerned(code)),
        apply=apply,
        single=single,
    )


def set_loop(fixture: Function, scope: str) -> Callable[[cst.FunctionDef], cst.FunctionDef]:
    """Only the plugin's decorator takes the argument."""

    def change(decorator: cst.BaseExpression) -> cst.BaseExpression:
        declared = decorator if fixture.maker == ASYNCIO_FIXTURE else use_plugin(fixture)(decorator)
        return set_keyword(declared, "loop_scope", f'"{scope}"')

    return lambda node: change_fixture(fixture, node, change)


def make_test_edit(name: str, title: str, loop_of: Callable[[SuiteCode, Function], str | None]) -> Edit:
    """An edit that gives async tests a loop scope, a place for each module. None: a test isn't concerned."""

    def concerned(code: SuiteCode, source: SourceFile) -> dict[Function, str]:
        argument = code.facts.scope_of_mark()
        if argument is None:
            return {}
        marks = {test: find_mark(source, test) for test in list_async_tests(source, code.tests)}
        wanted = {test: loop_of(code, test) for test in marks}
        found: dict[Function, str] = {}
        for test, mark in marks.items():
            if mark is None and not code.facts.auto:
                continue  # the plugin doesn't run it, unless a hook marks it
            # Tests that share a mark run on one loop.
            shared = [wanted[each] for each in marks if marks[each] is mark] if mark else [wanted[test]]
            has = (keyword_text(mark, argument) or keyword_text(mark, "scope")) if mark else None
            if any(shared) and widest(*shared) != (has or "function"):
                found[test] = widest(*shared)
        return found

    def find(code: SuiteCode) -> Iterator[Spot]:
        for source in code.files.values():
            if concerned(code, source):
                yield Spot(source.file, "", f"`{source.file}`")

    def apply(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
        sources = [code.files[each.file] for each in spots]
        return {each.file: set_test_loops(code, each, concerned(code, each)) for each in sources}

    return Edit(name=name, title=title, plural="test modules", find=find, apply=apply)


def set_test_loops(code: SuiteCode, source: SourceFile, wanted: dict[Function, str]) -> cst.Module:
    """The module whose tests run on the loops that are wanted: by the marks that they have, else by new ones."""
    argument = code.facts.scope_of_mark()
    assert argument
    marks: dict[cst.BaseExpression, str] = {}
    bare: dict[Function, str] = {}
    for test, scope in wanted.items():
        mark = find_mark(source, test)
        if mark is None:
            bare[test] = scope
        else:
            marks[mark] = widest(scope, marks.get(mark))
    module = replace_nodes(source.module, {mark: set_mark(argument, scope) for mark, scope in marks.items()})
    own = [test for test in code.tests if test.file == source.file]
    if len(set(bare.values())) == 1 and len(bare) == len(own) and not is_class_alone(bare):
        return mark_module(source, module, f'({argument}="{widest(*bare.values())}")')
    return mark_functions(source, module, {test: f'({argument}="{scope}")' for test, scope in bare.items()})


def is_class_alone(tests: dict[Function, str]) -> bool:
    """Whether one of the tests isn't in a class, so that not all can run on their class's loop."""
    return "class" in tests.values() and not all(test.owner for test in tests)


def set_mark(argument: str, scope: str) -> Callable[[cst.CSTNode], cst.CSTNode]:
    def change(node: cst.CSTNode) -> cst.CSTNode:
        expression: cst.BaseExpression = node  # type: ignore[assignment]
        bare = expression if argument == "scope" else drop_keyword(expression, "scope")  # the plugin refuses both
        if scope == "function":
            return without_empty_parentheses(drop_keyword(bare, argument))
        return set_keyword(bare, argument, f'"{scope}"')

    return change


def widest(*scopes: str | None) -> str:
    return max((each for each in scopes if each), key=SCOPES.index, default="function")


def loop_of_fixture(fixture: Function) -> str | None:
    """The loop that an async fixture runs on where no setting says otherwise."""
    return (fixture.loop_scope or fixture.scope) if fixture.is_async else None


def find_loop_of_fixtures(code: SuiteCode, test: Function) -> str | None:
    """The widest loop of the async fixtures that a test gets."""
    called_or_not = [*code.find_needs(test), *code.find_uncalled(test)]
    scope = widest(*map(loop_of_fixture, called_or_not))
    return None if scope == "class" and not test.owner else scope


FIXTURES_OWN = make_fixture_edit(
    "fixture_loop_own",
    "run {} on a loop of the fixture's own scope",
    lambda fixture: fixture.scope if fixture.scope != "function" or fixture.loop_scope else None,
)
FIXTURES_SESSION = make_fixture_edit(
    "fixture_loop_session", "run {} on the session's loop", lambda _: "session", single=False
)
TESTS_WITH_FIXTURES = make_test_edit(
    "test_loop_of_fixtures", "run the tests of {} on the loop of the fixtures that they use", find_loop_of_fixtures
)
TESTS_SESSION = make_test_edit("test_loop_session", "run the tests of {} on the session's loop", lambda *_: "session")
EDITS = (TESTS_WITH_FIXTURES, TESTS_SESSION, FIXTURES_OWN, FIXTURES_SESSION)
