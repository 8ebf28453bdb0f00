"""A function that runs coroutines on a loop of its own becomes a coroutine that awaits them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from harness.cure.edits.calls import drop_parameter
from harness.cure.edits.clients import is_run
from harness.cure.edits.decorators import change_fixture, use_plugin
from harness.cure.edits.marks import decorate, find_mark
from harness.cure.edits.source import ASYNCIO_FIXTURE, MARK, Function
from harness.cure.edits.tree import find_all, has_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.names import Names

ASYNC = cst.Asynchronous()
RUNNING = "asyncio.get_running_loop"
LOOP_MAKERS = frozenset({"asyncio.new_event_loop", "asyncio.get_event_loop", "asyncio.get_event_loop_policy"})
ATOMS = (cst.Call, cst.Name, cst.Attribute, cst.Subscript)


def find_runs(code: SuiteCode, function: Function) -> list[cst.Call]:
    """The calls in a function's own body that run a coroutine on a loop."""
    source = code.files[function.file]
    return [each for each in function.find_own(cst.Call) if is_run(each, source) and each.args]


def can_be_async(code: SuiteCode, function: Function) -> bool:
    """Whether the function can be made a coroutine. A function in it can't run coroutines then any more."""
    source, body = code.files[function.file], function.node.body
    runs = {each for each in find_all(body, cst.Call) if is_run(each, source)}
    lazy = {each for part in find_all(body, cst.GeneratorExp) for each in find_all(part, cst.Call)}
    return runs <= set(find_runs(code, function)) - lazy


def make_async(code: SuiteCode, function: Function, node: cst.FunctionDef) -> cst.FunctionDef:
    """The function as a coroutine, declared as such to the plugin. It awaits what it ran."""
    changed = await_runs(function, node)
    if function.is_async:
        return changed
    changed = changed.with_changes(asynchronous=ASYNC, returns=make_async_annotation(changed.returns))
    if function.decorator:
        declared = code.facts.auto or function.maker == ASYNCIO_FIXTURE
        return changed if declared else change_fixture(function, changed, use_plugin(function))
    if code.facts.auto or find_mark(code.files[function.file], function):
        return changed
    mark = cst.Decorator(cst.parse_expression(function.names.spell(MARK) or MARK))
    marked = decorate(changed, mark)
    assert isinstance(marked, cst.FunctionDef)
    return marked


def list_imports(code: SuiteCode, functions: Sequence[Function]) -> list[str]:
    """What `make_async` needs in the file of these functions, beside what is there."""
    wanted = []
    becoming = [each for each in functions if not each.is_async]
    if not code.facts.auto:
        plain = [each for each in becoming if each.decorator and not each.names.spell(ASYNCIO_FIXTURE)]
        bare = [each for each in becoming if not each.decorator and not each.names.spell(MARK)]
        wanted += ["import pytest_asyncio"] if plain else []
        wanted += ["import pytest"] if bare else []
    for function in becoming:
        name = annotation_name(make_async_annotation(function.node.returns))
        if name in ("AsyncIterator", "AsyncGenerator") and name not in function.names.at_top:
            wanted.append(f"from collections.abc import {name}")
    return wanted


def annotation_name(annotation: cst.Annotation | None) -> str:
    inner = annotation.annotation if annotation else None
    return inner.value.value if isinstance(inner, cst.Subscript) and isinstance(inner.value, cst.Name) else ""


def make_async_annotation(annotation: cst.Annotation | None) -> cst.Annotation | None:
    """`Iterator[X]` as `AsyncIterator[X]`, `Generator[X, None, None]` as `AsyncGenerator[X, None]`."""
    name = annotation_name(annotation)
    inner = annotation.annotation if annotation else None
    if annotation is None or not isinstance(inner, cst.Subscript):
        return annotation
    if name in ("Iterator", "Iterable"):
        return annotation.with_changes(annotation=inner.with_changes(value=cst.Name("AsyncIterator")))
    if name == "Generator" and len(inner.slice) == 3:
        elements = [*inner.slice[:1], inner.slice[1].with_changes(comma=cst.MaybeSentinel.DEFAULT)]
        return annotation.with_changes(annotation=inner.with_changes(value=cst.Name("AsyncGenerator"), slice=elements))
    return annotation


def make_iterator_annotation(annotation: cst.Annotation | None) -> cst.Annotation | None:
    """`X` as `AsyncIterator[X]`, for a function that yields now what it returned."""
    if annotation is None:
        return None
    index = cst.SubscriptElement(cst.Index(annotation.annotation))
    return annotation.with_changes(annotation=cst.Subscript(cst.Name("AsyncIterator"), [index]))


def await_runs(function: Function, node: cst.FunctionDef) -> cst.FunctionDef:
    """The function with `await x` for `asyncio.run(x)` and its like, and without the loops that nobody needs then."""
    changed = node.body.visit(Awaiter(function.names))
    assert isinstance(changed, cst.BaseSuite)
    result = node.with_changes(body=drop_idle_loops(changed, function.names))
    if "event_loop" in function.parameters and not has_name(result.body, "event_loop"):
        return drop_parameter(result, "event_loop")
    return result


class OwnBody(cst.CSTTransformer):
    """Changes a function's body, but not the functions and classes defined there."""

    def change(self, node: cst.FunctionDef) -> cst.FunctionDef:
        """The function with the body changed."""
        body = node.body.visit(self)
        assert isinstance(body, cst.BaseSuite)
        return node.with_changes(body=body)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:  # noqa: N802, ARG002 - libcst's names
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:  # noqa: N802, ARG002
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:  # noqa: N802, ARG002
        return False


class Awaiter(OwnBody):
    """Awaits what was run."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:  # noqa: N802
        runs = self.names.read(original_node.func) == "asyncio.run" or m.matches(
            original_node.func, m.Attribute(attr=m.Name("run_until_complete"))
        )
        if runs and updated_node.args:
            value = updated_node.args[0].value
            return cst.Await(value if isinstance(value, ATOMS) else parenthesize(value))
        if isinstance(updated_node.func, cst.Await):
            return updated_node.with_changes(func=parenthesize(updated_node.func))
        return updated_node

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:  # noqa: N802, ARG002
        return updated_node.with_changes(value=parenthesize_await(updated_node.value))

    def leave_Subscript(self, original_node: cst.Subscript, updated_node: cst.Subscript) -> cst.Subscript:  # noqa: N802, ARG002
        return updated_node.with_changes(value=parenthesize_await(updated_node.value))


def parenthesize_await(node: cst.BaseExpression) -> cst.BaseExpression:
    return parenthesize(node) if isinstance(node, cst.Await) and not node.lpar else node


def parenthesize(node: cst.BaseExpression) -> cst.BaseExpression:
    return node if node.lpar else node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def drop_idle_loops(body: cst.BaseSuite, names: Names) -> cst.BaseSuite:
    """Without a loop that is made, set and closed, and used for nothing else."""
    for made in find_all(body, cst.Assign):
        target = made.targets[0].target
        maker = isinstance(made.value, cst.Call) and names.read(made.value.func) in LOOP_MAKERS
        if maker and isinstance(target, cst.Name):
            dropper = StatementDropper(names, target.value)
            without = body.visit(dropper)
            if isinstance(without, cst.BaseSuite) and not has_name(without, target.value):
                body = without
    return body


class StatementDropper(cst.CSTTransformer):
    """Drops the statements that only make, set and close a loop."""

    def __init__(self, names: Names, loop: str) -> None:
        super().__init__()
        self.names = names
        self.loop = loop

    def is_idle(self, statement: cst.BaseSmallStatement) -> bool:
        if m.matches(statement, m.Assign(targets=[m.AssignTarget(m.Name(self.loop))])):
            return True
        call = statement.value if isinstance(statement, cst.Expr) else None
        if not isinstance(call, cst.Call):
            return False
        if self.names.read(call.func) == "asyncio.set_event_loop":
            return m.matches(call, m.Call(args=[m.Arg(m.Name(self.loop) | m.Name("None"))]))
        return m.matches(call.func, m.Attribute(m.Name(self.loop), m.Name("close")))

    def leave_SimpleStatementLine(  # noqa: N802
        self,
        original_node: cst.SimpleStatementLine,  # noqa: ARG002
        updated_node: cst.SimpleStatementLine,
    ) -> cst.SimpleStatementLine | cst.RemovalSentinel:
        return cst.RemoveFromParent() if all(map(self.is_idle, updated_node.body)) else updated_node

    def leave_Try(  # noqa: N802
        self,
        original_node: cst.Try,  # noqa: ARG002
        updated_node: cst.Try,
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        last = updated_node.finalbody
        if last is None or last.body.body:
            return updated_node
        if updated_node.handlers:
            return updated_node.with_changes(finalbody=None)
        return cst.FlattenSentinel(updated_node.body.body)  # type: ignore[arg-type]


def use_running_loop(function: Function, node: cst.FunctionDef) -> cst.FunctionDef:
    """The coroutine without the fixture `event_loop`: where it used that, it asks for the running loop."""
    spelled = function.names.spell(RUNNING) or RUNNING
    body = node.body.visit(NameReplacer("event_loop", cst.parse_expression(f"{spelled}()")))
    assert isinstance(body, cst.BaseSuite)
    return drop_parameter(node.with_changes(body=body), "event_loop")


class NameReplacer(cst.CSTTransformer):
    """Puts an expression in the place of a name, wherever the name is a value."""

    def __init__(self, name: str, value: cst.BaseExpression) -> None:
        super().__init__()
        self.name = name
        self.value = value

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:  # noqa: N802, ARG002
        return self.value if updated_node.value == self.name else updated_node

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:  # noqa: N802
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:  # noqa: N802
        return updated_node.with_changes(keyword=original_node.keyword)
