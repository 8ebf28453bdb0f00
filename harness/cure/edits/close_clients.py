"""A client that a fixture or a test makes is put away there, on the loop that it was used on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from harness.cure.edits.clients import Clients, find_clients, find_handed_out, find_locals, is_cached, is_run
from harness.cure.edits.coroutines import can_be_async, list_imports, make_async, make_iterator_annotation
from harness.cure.edits.editing import Edit, rewrite_functions, spot_of
from harness.cure.edits.marks import has_runner_of_its_own
from harness.cure.edits.names import write_dotted
from harness.cure.edits.tree import find_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.cure.edits.clients import ClientKind
    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules, Spot
    from harness.cure.edits.source import Function

CLOSING = frozenset({"aclose", "close", "disconnect"})


@dataclass(frozen=True, kw_only=True)
class MissingClose:
    """What a fixture lacks."""

    client: str  # the expression that is put away
    bind: bool  # what is handed out gets this name first
    lines: tuple[str, ...]

    @property
    def awaits(self) -> bool:
        return any(line.startswith("await ") for line in self.lines)


def find_closing(clients: Clients, fixture: Function) -> MissingClose | None:
    """How the client that a fixture hands out is put away; None if that is done, or can't be written."""
    source, value = clients.code.files[fixture.file], find_handed_out(fixture)
    kind = clients.kind_of(value, source, fixture) if value else None
    if value is None or kind is None or not can_be_async(clients.code, fixture) or find_way_out(fixture) is None:
        return None
    written = write_dotted(value)
    client = written or choose_name(fixture)
    methods = find_methods(clients.code, fixture, client)
    lacking = tuple(each.format(client) for each in kind.closing if not is_done(each, methods))
    return MissingClose(client=client, bind=written is None, lines=lacking) if lacking else None


def choose_name(fixture: Function) -> str:
    taken = {*fixture.parameters, *find_locals(fixture)}
    return next(each for each in (fixture.name, "client", f"{fixture.name}_client") if each not in taken)


def find_methods(code: SuiteCode, function: Function, client: str) -> set[str]:
    """What is called of a client and awaited or run."""
    source = code.files[function.file]
    driven = [each.expression for each in function.find_own(cst.Await)]
    driven += [each.args[0].value for each in function.find_own(cst.Call) if is_run(each, source) and each.args]
    names = [write_dotted(each.func) or "" for each in driven if isinstance(each, cst.Call)]
    return {each.removeprefix(f"{client}.") for each in names if each.startswith(f"{client}.")}


def is_done(line: str, methods: set[str]) -> bool:
    """Whether a line of closing, or one that does at least as much, is there."""
    last = line.removesuffix("()").partition("{}.")[2]
    if last in ("aclose", "close"):
        return not methods.isdisjoint({"aclose", "close", "connection_pool.disconnect"})
    return last in methods


def find_way_out(fixture: Function) -> str | None:
    """How a fixture hands out what it made: by a `return` at its end, a `yield`, or one with `finally` around it."""
    body = fixture.node.body.body
    if not fixture.is_generator:
        return "return" if m.matches(body[-1], m.SimpleStatementLine(body=[m.Return()])) else None
    if any(m.matches(each, YIELD) for each in body):
        return "yield"
    tries = [
        each for each in body if isinstance(each, cst.Try) and any(m.matches(one, YIELD) for one in each.body.body)
    ]
    return "try" if tries and tries[-1] is body[-1] and tries[-1].finalbody else None


YIELD = m.SimpleStatementLine(body=[m.Expr(m.Yield())])


def close_one(clients: Clients, fixture: Function) -> Callable[[cst.FunctionDef], cst.FunctionDef]:
    closing = find_closing(clients, fixture)
    assert closing
    way = find_way_out(fixture)

    def change(node: cst.FunctionDef) -> cst.FunctionDef:
        changed = make_async(clients.code, fixture, node) if closing.awaits else node
        body = changed.body.visit(IdleDropper(closing.client))
        assert isinstance(body, cst.IndentedBlock)
        lines: list[cst.BaseStatement] = [parse_line(each) for each in closing.lines]
        statements: list[cst.BaseStatement] = list(body.body)
        if way == "return":
            statements = [*statements[:-1], *hand_out(statements[-1], closing), *lines]
            changed = changed.with_changes(returns=make_iterator_annotation(changed.returns))
        elif way == "yield":
            statements = [one for each in statements for one in hand_out(each, closing)] + lines
        else:
            statements[-1] = close_finally(statements[-1], closing, lines)
        return changed.with_changes(body=body.with_changes(body=statements))

    return change


def parse_line(line: str) -> cst.SimpleStatementLine:
    statement = cst.parse_statement(line)
    assert isinstance(statement, cst.SimpleStatementLine)
    return statement


def hand_out(statement: cst.BaseStatement, closing: MissingClose) -> list[cst.BaseStatement]:
    """The statement that hands out the client, as a `yield`, after the client got a name."""
    if not m.matches(statement, YIELD | m.SimpleStatementLine(body=[m.Return()])):
        return [statement]
    assert isinstance(statement, cst.SimpleStatementLine)
    only = statement.body[0]
    held = only.value if isinstance(only, cst.Expr) else only
    value = held.value if isinstance(held, cst.Yield | cst.Return) else None
    assert isinstance(value, cst.BaseExpression)
    handed = cst.parse_expression(closing.client) if closing.bind else value
    out = statement.with_changes(body=[cst.Expr(cst.Yield(handed, whitespace_after_yield=cst.SimpleWhitespace(" ")))])
    if not closing.bind:
        return [out]
    bound = parse_line(f"{closing.client} = 0")
    assign = bound.body[0].with_changes(value=value)
    return [
        bound.with_changes(body=[assign], leading_lines=statement.leading_lines),
        out.with_changes(leading_lines=()),
    ]


def close_finally(statement: cst.BaseStatement, closing: MissingClose, lines: Sequence[cst.BaseStatement]) -> cst.Try:
    assert isinstance(statement, cst.Try)
    assert statement.finalbody
    inner = [
        one for each in statement.body.body if isinstance(each, cst.BaseStatement) for one in hand_out(each, closing)
    ]
    last = statement.finalbody.body
    return statement.with_changes(
        body=statement.body.with_changes(body=inner),
        finalbody=statement.finalbody.with_changes(body=last.with_changes(body=[*last.body, *lines])),
    )


class IdleDropper(cst.CSTTransformer):
    """Drops what only looks as if it put a client away: a coroutine that nobody awaits, and `del`."""

    def __init__(self, client: str) -> None:
        super().__init__()
        self.client = client

    def leave_SimpleStatementLine(  # noqa: N802 - libcst's name
        self,
        original_node: cst.SimpleStatementLine,
        updated_node: cst.SimpleStatementLine,
    ) -> cst.SimpleStatementLine | cst.RemovalSentinel:
        return cst.RemoveFromParent() if all(map(self.is_idle, original_node.body)) else updated_node

    def is_idle(self, statement: cst.BaseSmallStatement) -> bool:
        if isinstance(statement, cst.Del):
            return write_dotted(statement.target) == self.client
        call = statement.value if isinstance(statement, cst.Expr) else None
        return isinstance(call, cst.Call) and write_dotted(call.func) in {f"{self.client}.{each}" for each in CLOSING}


def close(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    clients = find_clients(code)
    changed: dict[str, cst.Module] = {}
    chosen = [each for each in code.fixtures if spot_of(each) in spots]
    for file in dict.fromkeys(each.file for each in chosen):
        own = [each for each in chosen if each.file == file]
        imports = list_imports(code, own)
        if any(not each.is_generator and each.node.returns for each in own):
            imports.append("from collections.abc import AsyncIterator")
        changed |= rewrite_functions(code, {each: close_one(clients, each) for each in own}, imports)
    return changed


def find_unclosed(code: SuiteCode) -> Iterator[Spot]:
    clients = find_clients(code)
    return (spot_of(each) for each in code.fixtures if find_closing(clients, each))


def find_held(clients: Clients, test: Function) -> tuple[int, ClientKind] | None:
    """The statement of a test that makes a client which nobody puts away, and the client's kind."""
    source = clients.code.files[test.file]
    for at, statement in enumerate(test.node.body.body[:-1]):
        if m.matches(statement, m.SimpleStatementLine(body=[m.Assign(targets=[m.AssignTarget(m.Name())])])):
            assert isinstance(statement, cst.SimpleStatementLine)
            assign = statement.body[0]
            assert isinstance(assign, cst.Assign)
            kind = clients.kind_of(assign.value, source, test) if isinstance(assign.value, cst.Call) else None
            name = write_dotted(assign.targets[0].target) or ""
            if kind and kind.context and not kind.awaited and len(kind.closing) == 1 and is_free(clients, test, name):
                return at, kind
    return None


def is_free(clients: Clients, test: Function, name: str) -> bool:
    """Whether nothing puts the client away, and it isn't one that a function keeps."""
    value = find_locals(test)[name]
    made = write_dotted(value.func) if isinstance(value, cst.Call) else None
    kept = any(is_cached(each) for each in clients.code.functions if each.name == (made or "").rpartition(".")[2])
    ending = {f"{name}.{each}" for each in (*CLOSING, "connection_pool")}
    uses = any(write_dotted(each) in ending for each in find_all(test.node.body, cst.Attribute))
    passed = [each.item for each in find_all(test.node.body, cst.WithItem)]
    passed += [each.value for each in find_all(test.node.body, cst.Return) if each.value]
    return not kept and not uses and not any(write_dotted(each) == name for each in passed)


def find_unclosed_in_tests(code: SuiteCode) -> Iterator[Spot]:
    clients = find_clients(code)
    for test in code.tests:
        own_runner = has_runner_of_its_own(code.files[test.file], test)
        if test.is_async and not own_runner and find_held(clients, test):
            yield spot_of(test)


def close_in_tests(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    clients = find_clients(code)
    chosen = [each for each in code.tests if spot_of(each) in spots]
    return rewrite_functions(code, {each: hold_in_context(clients, each) for each in chosen})


def hold_in_context(clients: Clients, test: Function) -> Callable[[cst.FunctionDef], cst.FunctionDef]:
    held = find_held(clients, test)
    assert held
    at, _ = held

    def change(node: cst.FunctionDef) -> cst.FunctionDef:
        statements = node.body.body
        made = statements[at]
        assert isinstance(made, cst.SimpleStatementLine)
        assign = made.body[0]
        assert isinstance(assign, cst.Assign)
        name = assign.targets[0].target
        assert isinstance(name, cst.Name)
        item = cst.WithItem(assign.value, asname=cst.AsName(name))
        inner = node.body.with_changes(body=statements[at + 1 :], header=made.trailing_whitespace)
        block = cst.With([item], inner, asynchronous=cst.Asynchronous(), leading_lines=made.leading_lines)
        outer = cst.IndentedBlock(
            [*statements[:at], block], header=getattr(node.body, "header", cst.TrailingWhitespace())
        )
        return node.with_changes(body=outer)

    return change


EDITS = (
    Edit(
        name="close_client",
        title="close the client at the end of {}, on its loop",
        plural="fixtures",
        find=find_unclosed,
        apply=close,
    ),
    Edit(
        name="close_in_test",
        title="hold the client in {} by async with",
        plural="tests",
        find=find_unclosed_in_tests,
        apply=close_in_tests,
        single=False,
    ),
)
