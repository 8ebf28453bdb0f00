"""Event loop policies: not set when a conftest is imported, and not by a fixture that comes too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from harness.cure.edits.editing import Edit, Spot, spot_of
from harness.cure.edits.marks import replace_nodes
from harness.cure.edits.removal import NodeDropper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules
    from harness.cure.edits.source import Function, SourceFile

SETTING = "asyncio.set_event_loop_policy"


def is_setting(node: cst.CSTNode, source: SourceFile) -> bool:
    """Whether a statement sets the policy and does nothing else."""
    return (
        isinstance(node, cst.SimpleStatementLine)
        and len(node.body) == 1
        and isinstance(only := node.body[0], cst.Expr)
        and isinstance(only.value, cst.Call)
        and source.names.read(only.value.func) == SETTING
    )


def list_settings(code: SuiteCode, source: SourceFile) -> list[cst.CSTNode]:
    """The statements at the top of a module that set a policy. A condition, as a rule, asks for Windows."""
    found: list[cst.CSTNode] = []
    for statement in source.module.body:
        guarded = isinstance(statement, cst.If) and not statement.orelse and code.facts.target.platform == "win32"
        inner = statement.body.body if isinstance(statement, cst.If) else ()
        if is_setting(statement, source) or (guarded and inner and all(is_setting(each, source) for each in inner)):
            found.append(statement)
    return found


def find_at_import(code: SuiteCode) -> Iterator[Spot]:
    for source in code.files.values():
        if list_settings(code, source):
            yield Spot(source.file, "", f"`{source.file}`")


def drop_at_import(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    changed = {}
    for spot in spots:
        source = code.files[spot.file]
        module = source.module.visit(NodeDropper(list_settings(code, source)))
        assert isinstance(module, cst.Module)
        changed[spot.file] = module
    return changed


def find_late(code: SuiteCode) -> Iterator[Spot]:
    """Fixtures that set a policy and do nothing else."""
    if code.facts.target.meets("pytest-asyncio>=0.23"):
        for fixture in code.fixtures:
            body = fixture.node.body.body
            if len(body) == 1 and is_setting(body[0], code.files[fixture.file]) and not fixture.is_async:
                yield spot_of(fixture)


def hand_to_plugin(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    chosen = [each for each in code.fixtures if spot_of(each) in spots]
    files = dict.fromkeys(each.file for each in chosen)
    return {
        file: replace_nodes(
            code.files[file].module, {each.node: return_policy(each) for each in chosen if each.file == file}
        )
        for file in files
    }


def return_policy(fixture: Function) -> Callable[[cst.CSTNode], cst.CSTNode]:
    """The fixture under the name that the plugin asks for, which returns the policy."""
    call = next(iter(m.findall(fixture.node.body, m.Expr(m.Call()))))
    assert isinstance(call, cst.Expr)
    assert isinstance(call.value, cst.Call)
    returned = cst.Return(call.value.args[0].value, whitespace_after_return=cst.SimpleWhitespace(" "))

    def change(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.FunctionDef)
        line = node.body.body[0].with_changes(body=[returned])
        return node.with_changes(name=cst.Name("event_loop_policy"), body=node.body.with_changes(body=[line]))

    return change


EDITS = (
    Edit(
        name="hand_policy_to_plugin",
        title="hand the policy that {} sets to the plugin, as event_loop_policy",
        plural="fixtures",
        find=find_late,
        apply=hand_to_plugin,
    ),
    Edit(
        name="drop_policy",
        title="don't set an event loop policy when {} is imported",
        plural="files",
        find=find_at_import,
        apply=drop_at_import,
    ),
)
