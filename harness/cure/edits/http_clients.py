"""A test client of Starlette or FastAPI is entered, so that all requests of a test run on one loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from harness.cure.edits.between_tests import find_importers
from harness.cure.edits.clients import find_clients, find_handed_out
from harness.cure.edits.code import is_test_file
from harness.cure.edits.editing import Edit, rewrite_functions, spot_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules, Spot

TEST_CLIENTS = frozenset({"fastapi.testclient.TestClient", "starlette.testclient.TestClient"})
RETURNED = m.SimpleStatementLine(body=[m.Return(m.Call())])


def find_not_entered(code: SuiteCode) -> Iterator[Spot]:
    for fixture in code.fixtures:
        value = find_handed_out(fixture)
        made = isinstance(value, cst.Call) and fixture.names.read(value.func) in TEST_CLIENTS
        if made and m.matches(fixture.node.body.body[-1], RETURNED) and not fixture.is_async:
            yield spot_of(fixture)


def enter(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    changed: dict[str, cst.Module] = {}
    chosen = [each for each in code.fixtures if spot_of(each) in spots]
    for file in dict.fromkeys(each.file for each in chosen):
        lines, imports = close_shared(code)
        own = {each: enter_one(lines) for each in chosen if each.file == file}
        changed |= rewrite_functions(code, own, imports)
    return changed


def close_shared(code: SuiteCode) -> tuple[list[str], list[str]]:
    """What closes the application's clients on the loop of the test client, and what that imports."""
    lines, imports = [], []
    for client in find_clients(code).at_top.values():
        module = next(find_importers(code, client.source), None)
        if client.kind.reusable and module and not is_test_file(client.source.file):
            first = client.name.partition(".")[0]
            calls = [each.format(client.name).removeprefix("await ").removesuffix("()") for each in client.kind.closing]
            lines += [f"client.portal.call({each})" for each in calls]
            imports.append(f"from {module} import {first}")
    return lines, imports


def enter_one(lines: Sequence[str]) -> Callable[[cst.FunctionDef], cst.FunctionDef]:
    def change(node: cst.FunctionDef) -> cst.FunctionDef:
        *before, last = node.body.body
        assert isinstance(last, cst.SimpleStatementLine)
        returned = last.body[0]
        assert isinstance(returned, cst.Return)
        assert returned.value
        inner = [cst.parse_statement(each) for each in ("yield client", *lines)]
        item = cst.WithItem(returned.value, asname=cst.AsName(cst.Name("client")))
        block = cst.With([item], cst.IndentedBlock(inner), leading_lines=last.leading_lines)
        return node.with_changes(body=node.body.with_changes(body=[*before, block]))

    return change


EDITS = (
    Edit(
        name="enter_test_client",
        title="enter the test client of {}, so that a test's requests share a loop",
        plural="fixtures",
        find=find_not_entered,
        apply=enter,
    ),
)
