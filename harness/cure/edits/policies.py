"""Event loop policies: not set when a conftest is imported, and not by a fixture that comes too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.cure.edits.clients import find_handed_out
from harness.cure.edits.code import is_conftest
from harness.cure.edits.editing import Edit, Spot, spot_of
from harness.cure.edits.marks import replace_nodes
from harness.cure.edits.removal import NodeDropper
from harness.cure.edits.source import called
from harness.cure.edits.tree import find_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules
    from harness.cure.edits.source import Function, SourceFile

SETTING = "asyncio.set_event_loop_policy"
POLICY_FIXTURE = "event_loop_policy"


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
    call = find_all(fixture.node.body, cst.Expr)[0]
    assert isinstance(call.value, cst.Call)
    returned = cst.Return(call.value.args[0].value, whitespace_after_return=cst.SimpleWhitespace(" "))

    def change(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.FunctionDef)
        line = node.body.body[0].with_changes(body=[returned])
        return node.with_changes(name=cst.Name(POLICY_FIXTURE), body=node.body.with_changes(body=[line]))

    return change


def list_policy_fixtures(code: SuiteCode) -> list[tuple[Function, cst.BaseExpression]]:
    """The fixtures that hand the plugin a policy, for which 1.4 has a hook, with that policy."""
    if not code.facts.target.meets("pytest-asyncio>=1.4"):
        return []
    return [
        (each, value)
        for each in code.fixtures
        if each.fixture_name == POLICY_FIXTURE
        and not each.owner
        and not each.parameters
        and is_conftest(each.file)
        and (value := find_handed_out(each))
        and len(each.node.body.body) == 1
    ]


def find_policy_fixtures(code: SuiteCode) -> Iterator[Spot]:
    return (spot_of(each) for each, _ in list_policy_fixtures(code))


def use_hook(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    chosen = [each for each in list_policy_fixtures(code) if spot_of(each[0]) in spots]
    return {
        each.file: replace_nodes(code.files[each.file].module, {each.node: write_hook(code, each, policy)})
        for each, policy in chosen
    }


def write_hook(code: SuiteCode, fixture: Function, policy: cst.BaseExpression) -> Callable[[cst.CSTNode], cst.CSTNode]:
    made = code.files[fixture.file].module.code_for_node(policy)
    default = fixture.names.read(called(policy)) == "asyncio.DefaultEventLoopPolicy"
    factory = "asyncio.new_event_loop" if default else f"{made}.new_event_loop"
    text = f'def pytest_asyncio_loop_factories(config, item):\n    return {{"{name_loop(factory)}": {factory}}}\n'

    def change(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.FunctionDef)
        return cst.parse_statement(text).with_changes(leading_lines=node.leading_lines)

    return change


def name_loop(factory: str) -> str:
    return next((each for each in ("uvloop", "winloop") if each in factory), "asyncio")


EDITS = (
    Edit(
        name="policy_to_hook",
        title="name the loop of {} by the hook pytest_asyncio_loop_factories",
        plural="fixtures",
        find=find_policy_fixtures,
        apply=use_hook,
    ),
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
