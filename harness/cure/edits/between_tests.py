"""A client that outlives tests is closed after each, on that test's loop; the next one connects or makes it again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import libcst as cst

from harness.cure.edits.additions import add_definition, add_method
from harness.cure.edits.clients import find_clients
from harness.cure.edits.close_clients import CLOSING
from harness.cure.edits.code import is_conftest, is_test_file, uses_name
from harness.cure.edits.editing import Edit, Spot
from harness.cure.edits.marks import (
    BACKEND,
    find_classes,
    has_runner_of_its_own,
    is_run_by_anyio,
    list_async_tests,
    replace_nodes,
)
from harness.cure.edits.names import write_dotted
from harness.cure.edits.source import ASYNCIO_FIXTURE, PLAIN_FIXTURE
from harness.cure.edits.tree import find_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.cure.edits.clients import GlobalClient
    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules
    from harness.cure.edits.source import SourceFile

EMPTY = cst.Module(body=[])


@dataclass(frozen=True, kw_only=True, eq=False)
class Addition:
    """A fixture that closes a client."""

    client: GlobalClient
    file: str  # that gets it
    expression: str  # that is the client, in that file
    lines: tuple[str, ...]  # that import it

    @property
    def name(self) -> str:
        return "close_" + "_".join(self.client.name.removesuffix("()").split("."))

    @property
    def spot(self) -> Spot:
        source, shown = self.client.source, self.client.name
        return Spot(source.file, shown, f"`{shown}` ({source.file}{find_line(self.client)})")


def find_line(client: GlobalClient) -> str:
    """The line of a client, as `:12`."""
    lines = client.source.text.decode(client.source.module.encoding).splitlines()
    first = client.name.partition(".")[0].removesuffix("()")
    starts = (f"{first} =", f"{first}:", f"def {first}(")
    found = next((i for i, line in enumerate(lines, 1) if line.lstrip().startswith(starts)), None)
    return f":{found}" if found else ""


def list_additions(code: SuiteCode) -> Iterator[Addition]:
    """The clients that tests share, each with the fixture that it lacks."""
    clients = find_clients(code)
    for client in (*clients.at_top.values(), *clients.kept):
        where = find_home(code, client) if client.kind.reusable or client.is_kept else None
        if where:
            file, expression, lines = where
            addition = Addition(client=client, file=file, expression=expression, lines=lines)
            if not any(each.name == addition.name for each in code.fixtures if each.file == file):
                yield addition


def find_home(code: SuiteCode, client: GlobalClient) -> tuple[str, str, tuple[str, ...]] | None:
    """The file that can close a client for the tests that may use it, how that calls it, and what it imports."""
    source = client.source
    if is_test_file(source.file) or is_conftest(source.file):
        return source.file, client.name, ()
    first, _, _rest = client.name.partition(".")
    for module in find_importers(code, source):
        conftest = find_conftest(code)
        plain = first.removesuffix("()")
        user = code.files.get(conftest)
        if user and (spelled := user.names.spell(module)):
            return conftest, f"{spelled}.{client.name}", ()
        if user and (spelled := user.names.spell(f"{module}.{plain}")):
            return conftest, client.name.replace(plain, spelled, 1), ()
        return conftest, f"{plain}{client.name.removeprefix(plain)}", (f"from {module} import {plain}",)
    return None


def find_importers(code: SuiteCode, source: SourceFile) -> Iterator[str]:
    """The names by which tests and conftests import a module."""
    for user in code.files.values():
        if is_test_file(user.file) or is_conftest(user.file):
            for dotted in user.names.at_top.values():
                for module in (dotted, dotted.rpartition(".")[0]):
                    if module and not module.startswith(".") and code.find_file(module) is source:
                        yield module


def find_conftest(code: SuiteCode) -> str:
    """The conftest that all tests see; the place of a new one if there is none."""
    found = [each for each in code.files if is_conftest(each)]
    tests = {PurePosixPath(each.file).parent for each in code.tests}
    for each in sorted(found, key=lambda file: len(PurePosixPath(file).parts)):
        folder = PurePosixPath(each).parent
        if all(folder == test or folder in test.parents for test in tests):
            return each
    shared = min(tests, key=lambda test: len(test.parts), default=PurePosixPath())
    while not all(shared == test or shared in test.parents for test in tests):
        shared = shared.parent
    return (shared / "conftest.py").as_posix()


def find_shared(code: SuiteCode) -> Iterator[Spot]:
    if is_run_by_anyio(code) or any(
        True for source in code.files.values() for _ in list_async_tests(source, code.tests)
    ):
        yield from (each.spot for each in list_additions(code))


def close_between(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    changed: dict[str, cst.Module] = {}
    fixture, parameter = (PLAIN_FIXTURE, BACKEND) if is_run_by_anyio(code) else (ASYNCIO_FIXTURE, "")
    for addition in list_additions(code):
        if addition.spot in spots:
            source = code.files.get(addition.file)
            module = changed.get(addition.file) or (source.module if source else EMPTY)
            spelled = source.names.spell(fixture) if source else None
            imports = [*addition.lines] if spelled else [f"import {fixture.partition('.')[0]}", *addition.lines]
            after = addition.client.statement if addition.client.source is source else None
            text = write_fixture(addition, spelled or fixture, parameter)
            changed[addition.file] = add_definition(module, text, imports, after=after)
    return changed


def write_fixture(addition: Addition, decorator: str, parameter: str) -> str:
    lines = [each.format(addition.expression) for each in addition.client.kind.closing]
    if addition.client.is_kept and not addition.client.kind.reusable:
        lines.append(f"{addition.expression.removesuffix('()')}.cache_clear()")
    return (
        "\n    ".join([f"@{decorator}(autouse=True)\nasync def {addition.name}({parameter}):", "yield", *lines]) + "\n"
    )


def list_cases(code: SuiteCode) -> Iterator[tuple[SourceFile, cst.ClassDef, GlobalClient]]:
    """The classes whose tests unittest runs, each on a loop of its own, with a client at the top of their module."""
    for (file, name), client in find_clients(code).at_top.items():
        source = code.files[file]
        owners = {each.owner for each in code.tests if each.file == file and has_runner_of_its_own(source, each)}
        for owner in sorted(filter(None, owners)):
            case = find_classes(source.module, owner)[-1]
            bases = [source.names.read(each.value) for each in case.bases]
            if any(each.endswith("IsolatedAsyncioTestCase") for each in bases) and uses_name(source.module, name):
                yield source, case, client


def find_cases(code: SuiteCode) -> Iterator[Spot]:
    for source, case, client in list_cases(code):
        if client.kind.reusable and not is_closed_in(case, client):
            yield Spot(source.file, f"{case.name.value}.{client.name}", f"`{case.name.value}` ({source.file})")


def is_closed_in(case: cst.ClassDef, client: GlobalClient) -> bool:
    """Whether the class closes the client, or has a `asyncTearDown` in which somebody must look first."""
    there = [each for each in find_all(case, cst.FunctionDef) if each.name.value == "asyncTearDown"]
    closing = {f"{client.name}.{each}" for each in CLOSING}
    return bool(there) or any(write_dotted(each) in closing for each in find_all(case, cst.Attribute))


def close_in_cases(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    closing: dict[str, dict[cst.CSTNode, list[str]]] = {}
    for source, case, client in list_cases(code):
        if any(each.key == f"{case.name.value}.{client.name}" for each in spots if each.file == source.file):
            lines = closing.setdefault(source.file, {}).setdefault(case, [])
            lines += [each.format(client.name) for each in client.kind.closing]
    return {
        file: replace_nodes(code.files[file].module, {case: tear_down(lines) for case, lines in cases.items()})
        for file, cases in closing.items()
    }


def tear_down(lines: Sequence[str]) -> Callable[[cst.CSTNode], cst.CSTNode]:
    """A test case with these lines after each test."""
    text = "\n    ".join(["async def asyncTearDown(self):", *lines]) + "\n"

    def change(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.ClassDef)
        return add_method(node, text)

    return change


EDITS = (
    Edit(
        name="close_between_tests",
        title="close {} after each test, on the test's loop",
        plural="clients that tests share",
        find=find_shared,
        apply=close_between,
    ),
    Edit(
        name="close_in_teardown",
        title="close the client after each test of {}",
        plural="classes",
        find=find_cases,
        apply=close_in_cases,
    ),
)
