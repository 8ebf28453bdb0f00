"""An event loop policy that a fixture hands the plugin, as the hook that takes its place since 1.4."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from harness.cure.edits.clients import find_handed_out
from harness.cure.edits.code import SuiteCode, is_conftest
from harness.cure.edits.editing import Edit, Spot, spot_of
from harness.cure.edits.imports import add_import
from harness.cure.edits.marks import replace_nodes
from harness.cure.edits.names import used_names
from harness.cure.edits.source import Function, called, find_keyword, keyword_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.cure.edits.editing import Modules

POLICY_FIXTURE = "event_loop_policy"
PARAMETER = m.Attribute(m.Name("request"), m.Name("param"))
FACTORIES = {
    "asyncio.DefaultEventLoopPolicy": "asyncio.new_event_loop",
    "asyncio.WindowsSelectorEventLoopPolicy": "asyncio.SelectorEventLoop",
    "asyncio.WindowsProactorEventLoopPolicy": "asyncio.ProactorEventLoop",
    "uvloop.EventLoopPolicy": "uvloop.new_event_loop",
    "winloop.EventLoopPolicy": "winloop.new_event_loop",
}
"""What makes the loops of each policy."""
Replacing = Callable[[SuiteCode, Function, cst.BaseExpression], Callable[[cst.CSTNode], cst.CSTNode]]
"""What makes another definition of a fixture that has a policy."""


def replace_policies(
    code: SuiteCode,
    policies: Sequence[tuple[Function, cst.BaseExpression]],
    replace: Replacing,
) -> Modules:
    """The files with something else in place of fixtures, each of which has a policy."""
    changed = {}
    for file in dict.fromkeys(each.file for each, _ in policies):
        source = code.files[file]
        own: dict[cst.CSTNode, Callable[[cst.CSTNode], cst.CSTNode]] = {
            each.node: replace(code, each, policy) for each, policy in policies if each.file == file
        }
        module = replace_nodes(source.module, own)
        needs = "asyncio" in used_names(module) and source.names.spell("asyncio") is None
        changed[file] = add_import(module, "import asyncio") if needs else module
    return changed


def list_policy_fixtures(code: SuiteCode) -> list[tuple[Function, cst.BaseExpression]]:
    """The fixtures that hand the plugin a policy, for which 1.4 has a hook, with that policy or `request.param`."""
    if not code.facts.target.meets("pytest-asyncio>=1.4"):
        return []
    return [
        (each, value)
        for each in code.fixtures
        if each.fixture_name == POLICY_FIXTURE
        and not each.owner
        and is_conftest(each.file)
        and (value := find_handed_out(each))
        and len(each.node.body.body) == 1
        and (list_parameters(each) if m.matches(value, PARAMETER) else not each.parameters)
    ]


def list_parameters(fixture: Function) -> list[tuple[str, cst.BaseExpression]]:
    """What a fixture is parametrized with, each with its id; nothing where that can't be read."""
    decorator = fixture.decorator.decorator if fixture.decorator else None
    values = find_keyword(decorator, "params") if decorator else None
    ids = find_keyword(decorator, "ids") if decorator else None
    if not isinstance(values, cst.List | cst.Tuple) or not isinstance(ids, cst.List | cst.Tuple | None):
        return []
    found = []
    for number, element in enumerate(values.elements):
        value, name = element.value, f"{fixture.fixture_name}{number}"
        if isinstance(value, cst.Call) and fixture.names.read(value.func) == "pytest.param":
            name = keyword_text(value, "id") or name
            value = value.args[0].value
        if ids and number < len(ids.elements):
            text = ids.elements[number].value
            name = str(text.evaluated_value) if isinstance(text, cst.SimpleString) else name
        found.append((name, value))
    plain = all(isinstance(value, cst.Call) and re.fullmatch(r"[\w .-]+", name) for name, value in found)
    return found if plain and len(dict(found)) == len(found) else []


def find_policy_fixtures(code: SuiteCode) -> Iterator[Spot]:
    return (spot_of(each) for each, _ in list_policy_fixtures(code))


def use_hook(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    chosen = [each for each in list_policy_fixtures(code) if spot_of(each[0]) in spots]
    return replace_policies(code, chosen, write_hook)


def write_hook(code: SuiteCode, fixture: Function, policy: cst.BaseExpression) -> Callable[[cst.CSTNode], cst.CSTNode]:
    parameters = list_parameters(fixture)
    factories = [(name, write_factory(code, fixture, each)) for name, each in parameters]
    if not parameters:
        factory = write_factory(code, fixture, policy)
        factories = [(name_loop(factory), factory)]
    pairs = ", ".join(f'"{name}": {factory}' for name, factory in factories)
    text = f"def pytest_asyncio_loop_factories(config, item):\n    return {{{pairs}}}\n"

    def change(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.FunctionDef)
        return cst.parse_statement(text).with_changes(leading_lines=node.leading_lines)

    return change


def write_factory(code: SuiteCode, fixture: Function, policy: cst.BaseExpression) -> str:
    """What makes the loops that a policy makes: without the policy, where it is a known one."""
    dotted = fixture.names.read(called(policy))
    known = FACTORIES.get(dotted, "")
    spelled = (fixture.names.spell(known) if known else None) or ""
    if spelled or known.startswith("asyncio."):
        return spelled or known
    return f"{code.files[fixture.file].module.code_for_node(policy)}.new_event_loop"


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
)
