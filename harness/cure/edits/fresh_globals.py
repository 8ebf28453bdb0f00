"""A client, lock or queue at the top of a module becomes one for each test: a fixture, or put in its place."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

import libcst as cst

from harness.cure.edits.additions import add_definition, with_two_lines_before
from harness.cure.edits.between_tests import EMPTY, find_conftest, find_importers, find_line
from harness.cure.edits.calls import add_parameter
from harness.cure.edits.clients import find_clients, find_locals, list_assignments
from harness.cure.edits.code import is_conftest, is_test_file
from harness.cure.edits.editing import Edit, Spot
from harness.cure.edits.imports import add_import
from harness.cure.edits.marks import replace_nodes
from harness.cure.edits.names import plain_names, used_names
from harness.cure.edits.source import ASYNCIO_FIXTURE
from harness.cure.edits.tree import find_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.cure.edits.clients import GlobalClient
    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules
    from harness.cure.edits.names import Names
    from harness.cure.edits.source import Function, SourceFile


NodeChanges = dict[cst.CSTNode, "Callable[[cst.CSTNode], cst.CSTNode]"]


def make_spot(client: GlobalClient) -> Spot:
    file = client.source.file
    return Spot(file, client.name, f"`{client.name}` ({file}{find_line(client)})")


def list_in_tests(code: SuiteCode) -> Iterator[GlobalClient]:
    """The clients at the top of a test module that only its own tests and fixtures use."""
    for (file, name), client in find_clients(code).at_top.items():
        if is_test_file(file) and not client.kind.path and not is_imported(code, client.source, name):
            users = list_users(client.source, name)
            if users and all(can_take(code, each, name) for each in users) and is_only_used_in(client, users, name):
                yield client


def is_imported(code: SuiteCode, source: SourceFile, name: str) -> bool:
    """Whether another file imports the name."""
    dotted = [each for file in code.files.values() if file is not source for each in file.names.bound.values()]
    return any(code.find_file(each.rpartition(".")[0]) is source for each in dotted if each.endswith(f".{name}"))


def list_users(source: SourceFile, name: str) -> list[Function]:
    return [each for each in source.functions if name in used_names(each.node.body)]


def can_take(code: SuiteCode, function: Function, name: str) -> bool:
    """Whether a function can get the client as a parameter instead."""
    known = function.decorator is not None or function in code.tests
    narrow = function.scope == "function" if function.decorator else True
    assigned = name in find_locals(function) or find_all(function.node.body, cst.Global)
    return known and narrow and not assigned and name not in function.parameters


def is_only_used_in(client: GlobalClient, users: Sequence[Function], name: str) -> bool:
    """Whether nothing else of the module uses the name."""
    nodes: list[cst.CSTNode] = [each.node for each in users]
    total = count_names(client.source.module, name)
    within = sum(count_names(each, name) for each in nodes)
    return total == within + 1  # and where it is made


def count_names(node: cst.CSTNode, name: str) -> int:
    return sum(each.value == name for each in find_all(node, cst.Name))


def find_in_tests(code: SuiteCode) -> Iterator[Spot]:
    return map(make_spot, list_in_tests(code))


def make_fixtures(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    changed: dict[str, cst.Module] = {}
    for file in dict.fromkeys(each.file for each in spots):
        source = code.files[file]
        chosen = [each for each in list_in_tests(code) if make_spot(each) in spots and each.source is source]
        wanted: dict[Function, list[str]] = {}
        for client in chosen:
            for user in list_users(source, client.name):
                wanted.setdefault(user, []).append(client.name)
        changes: NodeChanges = {user.node: add_parameters(names) for user, names in wanted.items()}
        decorator = source.names.spell(ASYNCIO_FIXTURE) or ASYNCIO_FIXTURE
        for client in chosen:
            if client.statement:
                changes[client.statement] = replace_statement(write_fixture(client, decorator))
        module = set_apart(replace_nodes(source.module, changes))
        changed[file] = module if source.names.spell(ASYNCIO_FIXTURE) else add_import(module, "import pytest_asyncio")
    return changed


def add_parameters(names: Sequence[str]) -> Callable[[cst.CSTNode], cst.CSTNode]:
    def change(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.FunctionDef)
        for name in names:
            node = add_parameter(node, name)
        return node

    return change


def replace_statement(text: str) -> Callable[[cst.CSTNode], cst.CSTNode]:
    def change(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.SimpleStatementLine)
        return cst.parse_statement(text).with_changes(leading_lines=node.leading_lines)

    return change


def set_apart(module: cst.Module) -> cst.Module:
    """The module with two empty lines around definitions that stand where a value stood."""
    body = list(module.body)
    for at in range(1, len(body)):
        if isinstance(body[at], cst.FunctionDef) or isinstance(body[at - 1], cst.FunctionDef):
            body[at] = with_two_lines_before(body[at])
    return module.with_changes(body=body)


def write_fixture(client: GlobalClient, decorator: str) -> str:
    assert client.value
    made = f"{client.name} = {client.source.module.code_for_node(client.value)}"
    lines = [each.format(client.name) for each in client.kind.closing]
    return "\n    ".join([f"@{decorator}\nasync def {client.name}():", made, f"yield {client.name}", *lines]) + "\n"


def list_in_code(code: SuiteCode) -> Iterator[tuple[GlobalClient, str]]:
    """The clients in modules that tests import, with such a module's name. Nobody may have taken them from there."""
    for (file, name), client in find_clients(code).at_top.items():
        plain = not is_test_file(file) and not is_conftest(file) and can_be_made_again(client)
        module = next(find_importers(code, client.source), None) if plain else None
        there = any(fixture.name == name_fixture(client) for fixture in code.fixtures)
        taken = not client.kind.path and is_imported(code, client.source, name)
        if module and not there and not taken:
            yield client, module


def can_be_made_again(client: GlobalClient) -> bool:
    """Whether what makes the client can stand elsewhere: it uses nothing that only a method has."""
    if not client.kind.path:
        return True
    if client.kind.made is None:
        return False
    source, made = client.kind.made
    known = {*source.names.at_top, *dir(builtins), *(name for _, name, _ in list_assignments(source.module.body))}
    return source is client.source and plain_names(made) <= known


def name_fixture(client: GlobalClient) -> str:
    return "fresh_" + client.name.replace(".", "_")


def find_in_code(code: SuiteCode) -> Iterator[Spot]:
    return (make_spot(client) for client, _ in list_in_code(code))


def put_fresh(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    changed: dict[str, cst.Module] = {}
    conftest = find_conftest(code)
    there = code.files.get(conftest)
    for client, module in list_in_code(code):
        if make_spot(client) in spots:
            spelled = there.names.spell(module) if there else None
            made, imports = carry(client, spelled or module)
            imports += [] if spelled else [f"import {module}"]
            decorator = there.names.spell(ASYNCIO_FIXTURE) if there else None
            imports += [] if decorator else ["import pytest_asyncio"]
            text = write_patch(client, spelled or module, made, decorator or ASYNCIO_FIXTURE)
            before = changed.get(conftest) or (there.module if there else EMPTY)
            changed[conftest] = add_definition(before, text, imports)
    return changed


def carry(client: GlobalClient, module: str) -> tuple[str, list[str]]:
    """What makes the client, as another module writes it, and what that must import."""
    value = client.kind.made[1] if client.kind.made else client.value
    assert value
    names, imports = client.source.names, []
    foreign = {}
    for name in sorted(plain_names(value) - set(dir(builtins))):
        line = write_import(names, name)
        if line:
            imports.append(line)
        else:
            foreign[name] = f"{module}.{name}"
    qualified = value.visit(Qualifier(foreign))
    assert isinstance(qualified, cst.BaseExpression)
    return client.source.module.code_for_node(qualified), imports


def write_import(names: Names, name: str) -> str | None:
    """The line that binds a name as the module does; None if it defines the name, or imports it from its neighbour."""
    meaning = names.at_top.get(name)
    if meaning is None or meaning.startswith("."):
        return None
    if meaning == name:
        return f"import {name}"
    module, _, last = meaning.rpartition(".")
    alias = "" if last == name else f" as {name}"
    return f"from {module} import {last}{alias}" if module else f"import {meaning}{alias}"


class Qualifier(cst.CSTTransformer):
    """Writes names with the module that they are in."""

    def __init__(self, names: dict[str, str]) -> None:
        super().__init__()
        self.names = names

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:  # noqa: N802, ARG002
        qualified = self.names.get(updated_node.value)
        return cst.parse_expression(qualified) if qualified else updated_node

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:  # noqa: N802
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:  # noqa: N802
        return updated_node.with_changes(keyword=original_node.keyword)


def write_patch(client: GlobalClient, module: str, made: str, decorator: str) -> str:
    holder, _, name = f"{module}.{client.name}".rpartition(".")
    lines = [f"{name} = {made}", f'monkeypatch.setattr({holder}, "{name}", {name})', "yield"]
    lines += [each.format(name) for each in client.kind.closing]
    return "\n    ".join([f"@{decorator}(autouse=True)\nasync def {name_fixture(client)}(monkeypatch):", *lines]) + "\n"


EDITS = (
    Edit(
        name="global_to_fixture",
        title="make {} a fixture, with an object for each test",
        plural="objects at the top of test modules",
        find=find_in_tests,
        apply=make_fixtures,
    ),
    Edit(
        name="fresh_global",
        title="put a fresh object in the place of {} for each test",
        plural="objects of the application",
        find=find_in_code,
        apply=put_fresh,
    ),
)
