"""Event loop policies: not set when a conftest is imported, and not by a fixture that comes too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from harness.cure.edits import policy_factories
from harness.cure.edits.code import is_conftest
from harness.cure.edits.editing import Edit, Spot, spot_of
from harness.cure.edits.policy_factories import POLICY_FIXTURE, replace_policies, write_hook
from harness.cure.edits.removal import NodeDropper
from harness.cure.edits.tree import find_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules
    from harness.cure.edits.policy_factories import Replacing
    from harness.cure.edits.source import Function, SourceFile

SETTING = "asyncio.set_event_loop_policy"
ASKING = "asyncio.get_event_loop_policy"


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
        yield from (spot_of(each) for each in list_late(code))


def list_late(code: SuiteCode) -> list[Function]:
    return [each for each in code.fixtures if not each.is_async and find_set_policy(code, each) is not None]


def find_set_policy(code: SuiteCode, fixture: Function) -> cst.BaseExpression | None:
    """The policy that a fixture sets; None if it does more than that and putting back the one that was there."""
    source = code.files[fixture.file]
    settings = [each for each in fixture.node.body.body if is_setting(each, source)]
    others = [each for each in fixture.node.body.body if each not in settings and not is_idle(each, source)]
    calls = find_all(settings[0], cst.Call) if settings and not others else []
    return calls[0].args[0].value if calls and len(calls[0].args) == 1 else None


def is_idle(statement: cst.CSTNode, source: SourceFile) -> bool:
    """Whether a statement only remembers the policy, hands out nothing or is a docstring."""
    asked = m.Call(func=m.MatchIfTrue(lambda node: source.names.read(node) == ASKING), args=[])
    kinds = m.Assign(value=asked) | m.Expr(m.Yield(value=None)) | m.Expr(m.SimpleString())
    return m.matches(statement, m.SimpleStatementLine(body=[kinds]))


def hand_to_plugin(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    return replace_late(code, spots, return_policy)


def replace_late(
    code: SuiteCode,
    spots: Sequence[Spot],
    replace: Replacing,
) -> Modules:
    """The files with something else in place of the fixtures that set a policy."""
    chosen = [each for each in list_late(code) if spot_of(each) in spots]
    return replace_policies(
        code, [(each, policy) for each in chosen if (policy := find_set_policy(code, each))], replace
    )


def return_policy(
    code: SuiteCode,  # noqa: ARG001 - as the others take it
    fixture: Function,  # noqa: ARG001
    policy: cst.BaseExpression,
) -> Callable[[cst.CSTNode], cst.CSTNode]:
    """The fixture under the name that the plugin asks for, which returns the policy."""
    returned = cst.Return(policy, whitespace_after_return=cst.SimpleWhitespace(" "))

    def change(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.FunctionDef)
        line = cst.SimpleStatementLine([returned])
        body = node.body.with_changes(body=[line])
        return node.with_changes(name=cst.Name(POLICY_FIXTURE), body=body, returns=None)

    return change


def find_for_import(code: SuiteCode) -> Iterator[Spot]:
    """Such fixtures that nobody asks for, and that could be a line of their module."""
    return (spot_of(each) for each in list_late(code) if is_free(code, each))


def is_free(code: SuiteCode, fixture: Function) -> bool:
    """Whether nothing is lost if the fixture is gone but what it does for all."""
    return fixture.autouse and not fixture.owner and not fixture.parameters and fixture not in code.users


def set_at_import(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    return replace_late(code, spots, write_setting)


def write_setting(
    code: SuiteCode, fixture: Function, policy: cst.BaseExpression
) -> Callable[[cst.CSTNode], cst.CSTNode]:
    call = next(each for each in fixture.find_own(cst.Call) if fixture.names.read(each.func) == SETTING)
    assert call.args[0].value is policy
    text = code.files[fixture.file].module.code_for_node(call)

    def change(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.FunctionDef)
        return cst.parse_statement(text).with_changes(leading_lines=node.leading_lines)

    return change


def find_for_hook(code: SuiteCode) -> Iterator[Spot]:
    """Such fixtures of a conftest, for which 1.4 has a hook."""
    if code.facts.target.meets("pytest-asyncio>=1.4"):
        for fixture in list_late(code):
            policy = find_set_policy(code, fixture)
            if is_free(code, fixture) and is_conftest(fixture.file) and isinstance(policy, cst.Call):
                yield spot_of(fixture)


def use_hook_at_once(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    return replace_late(code, spots, write_hook)


EDITS = (
    *policy_factories.EDITS,
    Edit(
        name="hand_policy_to_plugin",
        title="hand the policy that {} sets to the plugin, as event_loop_policy",
        plural="fixtures",
        find=find_late,
        apply=hand_to_plugin,
    ),
    Edit(
        name="late_policy_to_hook",
        title="name the loop of the policy that {} sets by the hook pytest_asyncio_loop_factories",
        plural="fixtures",
        find=find_for_hook,
        apply=use_hook_at_once,
    ),
    Edit(
        name="policy_at_import",
        title="set the policy of {} when its file is imported, before any loop is made",
        plural="fixtures",
        find=find_for_import,
        apply=set_at_import,
    ),
    Edit(
        name="drop_policy",
        title="don't set an event loop policy when {} is imported",
        plural="files",
        find=find_at_import,
        apply=drop_at_import,
    ),
)
