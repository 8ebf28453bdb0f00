"""The plugin's marks of tests: where they stand, which one counts for a test, and how a module gets one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from harness.cure.edits.imports import IMPORT, add_import, with_blank_line_before
from harness.cure.edits.source import MARK, PYTESTMARK, Function, SourceFile, called, list_assigned_marks
from harness.cure.edits.tree import rebuild

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from harness.cure.edits.code import SuiteCode

ANYIO_MARK = "pytest.mark.anyio"
BACKEND = "anyio_backend"
"""The fixture that anyio's plugin takes the loop's kind from. What asks for it, it runs."""


def find_mark(source: SourceFile, test: Function) -> cst.BaseExpression | None:
    """The plugin's mark that counts for a test: its own, else its class's, else its module's."""
    if test.mark:
        return test.mark.decorator
    for owner in reversed(find_classes(source.module, test.owner)):
        marks = [each.decorator for each in owner.decorators]
        marks += list_assigned_marks(owner.body.body) if b"pytestmark" in source.text else []
        if mark := first_mark(source, marks):
            return mark
    return first_mark(source, source.marks)


def first_mark(source: SourceFile, marks: Sequence[cst.BaseExpression]) -> cst.BaseExpression | None:
    return next((each for each in marks if source.names.read(called(each)) == MARK), None)


def find_classes(module: cst.Module, qualified: str) -> list[cst.ClassDef]:
    """The classes that a function is in, the outermost first."""
    found: list[cst.ClassDef] = []
    body: Sequence[cst.CSTNode] = module.body
    for name in filter(None, qualified.split(".")):
        classes = [each for each in body if isinstance(each, cst.ClassDef) and each.name.value == name]
        if not classes:
            break
        found.append(classes[-1])
        body = classes[-1].body.body
    return found


def mark_module(source: SourceFile, module: cst.Module, mark: str) -> cst.Module:
    """The module with a mark for all of its tests. `mark` is source, without the name of what is marked with."""
    module, spelled = spell_mark(source, module)
    expression = cst.parse_expression(spelled + mark)
    body = list(module.body)
    for at, statement in enumerate(body):
        if m.matches(statement, PYTESTMARK):
            assert isinstance(statement, cst.SimpleStatementLine)
            body[at] = statement.with_changes(body=[with_one_more(statement.body[0], expression)])
            return module.with_changes(body=body)
    after = max((i + 1 for i, each in enumerate(body) if m.matches(each, IMPORT)), default=0)
    line = cst.parse_statement(f"pytestmark = {spelled}{mark}", config=module.config_for_parsing)
    body.insert(after, with_blank_line_before(line))
    if after + 1 < len(body):
        body[after + 1] = with_blank_line_before(body[after + 1])
    return module.with_changes(body=body)


def with_one_more(statement: cst.BaseSmallStatement, mark: cst.BaseExpression) -> cst.BaseSmallStatement:
    assert isinstance(statement, cst.Assign | cst.AnnAssign)
    value = statement.value
    if isinstance(value, cst.List):
        return statement.with_changes(value=value.with_changes(elements=[*value.elements, cst.Element(mark)]))
    return statement.with_changes(
        value=cst.List([cst.Element(value), cst.Element(mark)] if value else [cst.Element(mark)])
    )


def spell_mark(source: SourceFile, module: cst.Module) -> tuple[cst.Module, str]:
    """How the module writes the plugin's mark, and the module with what it imports for it."""
    spelled = source.names.spell(MARK)
    return (module, spelled) if spelled else (add_import(module, "import pytest"), MARK)


def mark_functions(source: SourceFile, module: cst.Module, marks: Mapping[Function, str]) -> cst.Module:
    """The module with marks on some of its tests. `module` is the source's, with other nodes changed."""
    spelled = source.names.spell(MARK)
    changes: dict[cst.CSTNode, Callable[[cst.CSTNode], cst.CSTNode]] = {
        test.node: add_mark((spelled or MARK) + mark) for test, mark in marks.items()
    }
    # The import comes last: the empty lines above what follows it make another node of that.
    marked = replace_nodes(module, changes)
    return marked if spelled else add_import(marked, "import pytest")


def add_mark(mark: str) -> Callable[[cst.CSTNode], cst.CSTNode]:
    return lambda node: decorate(node, cst.Decorator(cst.parse_expression(mark)))


def decorate(node: cst.CSTNode, decorator: cst.Decorator) -> cst.CSTNode:
    """The function or class with one decorator more, above the others."""
    assert isinstance(node, cst.FunctionDef | cst.ClassDef)
    return node.with_changes(decorators=[decorator, *node.decorators])


def replace_nodes(
    module: cst.Module, changes: Mapping[cst.CSTNode, Callable[[cst.CSTNode], cst.CSTNode]]
) -> cst.Module:
    """The module with some of its nodes changed."""
    return rebuild(module, changes)


def has_runner_of_its_own(source: SourceFile, test: Function) -> bool:
    """Whether unittest or anyio runs the test and the plugin doesn't."""
    names = list_marks_and_bases(source, test)
    return any(each.startswith(("unittest.", ANYIO_MARK)) or each.endswith("TestCase") for each in names)


def is_run_by_anyio(code: SuiteCode) -> bool:
    """Whether anyio's plugin runs all async tests of the suite."""
    tests = [each for each in code.tests if each.is_async]
    names = [list_marks_and_bases(code.files[each.file], each) for each in tests]
    return bool(tests) and all(any(each.startswith(ANYIO_MARK) for each in found) for found in names)


def list_marks_and_bases(source: SourceFile, test: Function) -> list[str]:
    """What decorates the test, its class and its module, and the bases of its class."""
    names = [source.names.read(called(each.decorator)) for each in test.node.decorators]
    for owner in find_classes(source.module, test.owner):
        names += [source.names.read(each.value) for each in owner.bases]
        names += [source.names.read(called(each.decorator)) for each in owner.decorators]
    return names + [source.names.read(called(each)) for each in source.marks]


def list_async_tests(source: SourceFile, tests: Sequence[Function]) -> Iterator[Function]:
    """The file's tests that the plugin runs."""
    for test in tests:
        if test.file == source.file and test.is_async and not has_runner_of_its_own(source, test):
            yield test
