"""A function that makes a loop of its own for each call puts away on it what it used there, before it closes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import libcst as cst
import libcst.matchers as m

from harness.cure.edits.clients import find_clients
from harness.cure.edits.coroutines import OwnBody
from harness.cure.edits.editing import Edit, rewrite_functions, spot_of
from harness.cure.edits.names import write_dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules, Spot
    from harness.cure.edits.source import Function

MAKING = "asyncio.new_event_loop"
CLOSING = ("aclose", "close", "disconnect", "shutdown", "stop")


class LoopEnd(NamedTuple):
    """A loop that a function makes and closes, and what is to be run on it before."""

    loop: str
    lines: tuple[str, ...]


def find_loop_end(code: SuiteCode, function: Function) -> LoopEnd | None:
    """None where the function closes no loop of its own, or runs nothing on it that could be put away."""
    made = [
        target
        for each in function.find_own(cst.Assign)
        if isinstance(each.value, cst.Call) and function.names.read(each.value.func) == MAKING
        for target in [write_dotted(each.targets[0].target)]
    ]
    calls = [(write_dotted(each.func), each) for each in function.find_own(cst.Call)]
    called = {name for name, _ in calls}
    for loop in made:
        if loop and f"{loop}.close" in called:
            runs = [each.args[0].value for name, each in calls if name == f"{loop}.run_until_complete" and each.args]
            lines = [line for each in runs for line in list_closing(code, function, each)]
            lacking = [line for line in dict.fromkeys(lines) if line.removesuffix("()") not in called]
            if lacking:
                return LoopEnd(loop, tuple(f"{loop}.run_until_complete({line})" for line in lacking))
    return None


def list_closing(code: SuiteCode, function: Function, run: cst.BaseExpression) -> list[str]:
    """What puts away the object of which a method is run: a client, or one of a class that the suite defines."""
    if not isinstance(run, cst.Call) or not isinstance(run.func, cst.Attribute):
        return []
    owner, method = write_dotted(run.func.value), run.func.attr.value
    if owner is None or owner == "self":
        return []
    kind = find_clients(code).kind_of(run.func.value, code.files[function.file], function)
    if kind is not None:
        awaited = [each.format(owner) for each in kind.closing if each.startswith("await ")]
        return [each.removeprefix("await ") for each in awaited] if kind.reusable else []
    closing = {end for name in find_classes_with(code, method) for end in list_ends(code, name)}
    return [f"{owner}.{next(each for each in CLOSING if each in closing)}()"] if closing else []


def find_classes_with(code: SuiteCode, method: str) -> set[tuple[str, str]]:
    """The class that has such a method, if it is only one: by file and name."""
    found = {(each.file, each.owner) for each in code.functions if each.owner and each.is_async and each.name == method}
    return found if len(found) == 1 else set()


def list_ends(code: SuiteCode, place: tuple[str, str]) -> list[str]:
    """The methods that put an object of a class away."""
    return [
        each.name
        for each in code.functions
        if (each.file, each.owner) == place and each.is_async and each.name in CLOSING and len(each.parameters) == 1
    ]


def find_left(code: SuiteCode) -> Iterator[Spot]:
    return (spot_of(each) for each in code.functions if not each.is_async and find_loop_end(code, each))


def put_away(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    ends = {each: end for each in code.functions if spot_of(each) in spots and (end := find_loop_end(code, each))}
    return rewrite_functions(code, {function: end_loop(end) for function, end in ends.items()})


def end_loop(end: LoopEnd) -> Callable[[cst.FunctionDef], cst.FunctionDef]:
    return lambda node: LineAdder(end).change(node)


class LineAdder(OwnBody):
    """Puts lines before the one that closes the loop."""

    def __init__(self, end: LoopEnd) -> None:
        super().__init__()
        self.end = end
        called = m.Attribute(m.MatchIfTrue(lambda node: write_dotted(node) == end.loop), m.Name("close"))
        self.closing = m.SimpleStatementLine(body=[m.Expr(m.Call(called))])

    def leave_SimpleStatementLine(  # noqa: N802 - libcst's name
        self,
        original_node: cst.SimpleStatementLine,
        updated_node: cst.SimpleStatementLine,
    ) -> cst.FlattenSentinel[cst.BaseStatement] | cst.BaseStatement:
        if not m.matches(original_node, self.closing):
            return updated_node
        first, *others = [cst.parse_statement(line) for line in self.end.lines]
        first = first.with_changes(leading_lines=updated_node.leading_lines)
        return cst.FlattenSentinel([first, *others, updated_node.with_changes(leading_lines=())])


EDITS = (
    Edit(
        name="close_before_loop",
        title="close what {} used, before the loop that it made for that is closed",
        plural="functions",
        find=find_left,
        apply=put_away,
    ),
)
