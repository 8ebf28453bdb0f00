"""The tests of a suite: what they do, where they stand, how they are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import Module
from harness.catalogue.fixtures import resolve_loop
from harness.catalogue.unittest_cases import SHARED
from harness.catalogue.writing import indent, rename_client, write_call, write_function, write_module

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

# Two tests in a class, a second class, a second module, a second package: one border of every scope is crossed.
LAYOUT: dict[str, dict[str, tuple[str, ...]]] = {
    "basket/test_items.py": {"TestAdding": ("apple", "pear"), "TestRemoving": ("plum",)},
    "basket/test_totals.py": {"TestTotals": ("sum",)},
    "orders/test_checkout.py": {"TestCheckout": ("pay",)},
}
NAMES = [test for classes in LAYOUT.values() for tests in classes.values() for test in tests]
PACKAGES = ("basket", "orders")
FIRST = "apple"
ON_PURPOSE = 'raise AssertionError("fails on purpose")'
XFAIL = '@pytest.mark.xfail(raises=AssertionError, strict=True, reason="fails on purpose")'

LONGEST = 116
"""Characters of a line in a class, whose body is indented."""


def make_marks(draft: Draft, name: str) -> list[str]:
    """The decorators of a test."""
    lines = []
    if draft.first_fails and name == FIRST:
        lines.append(XFAIL)
    if draft.has_sync_tests:
        return lines
    if draft.runner == "anyio":
        lines.append("@pytest.mark.anyio")
    if draft.runner != "pytest_asyncio":
        return lines
    arguments = list_mark_arguments(draft, name)
    mark = write_call("pytest.mark.asyncio", arguments)
    if draft.mark_by == "parameter":
        lines += write_parametrize(f'"key", [pytest.param("{name}", marks={mark})]')
    elif draft.mode == "strict" or arguments:
        lines.append(f"@{mark}")
    return lines


def write_parametrize(arguments: str) -> list[str]:
    """The decorator of a test in a class, on one line if that is short enough."""
    line = f"@pytest.mark.parametrize({arguments})"
    return [line] if len(line) <= LONGEST else ["@pytest.mark.parametrize(", *indent([arguments]), ")"]


def list_mark_arguments(draft: Draft, name: str) -> list[str]:
    """What a test's mark says about its loop."""
    loop = resolve_loop(draft, draft.test_loop) if draft.mark_by != "hook" else None
    arguments = [f'{draft.mark_keyword}="{loop}"'] if loop else []
    if draft.factories:
        chosen = draft.factories[NAMES.index(name) % len(draft.factories)]
        arguments.append(f'loop_factories=["{chosen}"]')
    return arguments


def make_body(draft: Draft, name: str) -> list[str]:
    """What a test does, from getting its client to its last line."""
    lines = draft.first_work if draft.first_work and name == FIRST else draft.work
    if draft.mark_by == "parameter":
        work = [line.replace('b"{key}"', "key.encode()").replace('"{key}"', "key") for line in lines]
    else:
        work = rename_client((line.replace("{key}", name) for line in lines), draft.client_name)
    if draft.first_fails and name == FIRST:
        work.append(ON_PURPOSE)
    source, closing = draft.source, draft.closing
    work += rename_client(closing.body_end, draft.client_name)
    if source.where != "test":
        return work
    if closing.wraps:
        return [f"async with {source.expression} as client:", *indent(work)]
    opened = [*source.setup, f"client = {source.expression}", *source.prepare, *closing.registering]
    if closing.after:
        work = ["try:", *indent(work), "finally:", *indent(closing.after)]
    body = [*opened, *work]
    return [closing.within, *indent(body)] if closing.within else body


def make_test_function(draft: Draft, name: str) -> str:
    """One test."""
    parameters = ["self"] if draft.source.where == "test" or draft.base_class else ["self", "client"]
    parameters += draft.further_fixtures
    if draft.mark_by == "parameter":
        parameters.append("key")
    text = write_function(f"test_{name}", parameters, make_body(draft, name), is_async=not draft.has_sync_tests)
    return "\n".join([*make_marks(draft, name), text])


def make_test_class(draft: Draft, name: str, tests: tuple[str, ...]) -> str:
    """One test class."""
    blocks = ["\n".join(draft.class_lines)] if draft.class_lines else []
    for test in tests:
        blocks.append(make_test_function(draft, test))
        if test == FIRST and draft.between:
            blocks.append(
                write_function("test_in_between", ("self", *draft.between_requests), draft.between, is_async=False)
            )
    inner = "\n\n".join(blocks).splitlines()
    return "\n".join([f"class {name}({draft.base_class}):" if draft.base_class else f"class {name}:", *indent(inner)])


def begin_module(draft: Draft) -> Module:
    """What a test module starts with."""
    if not draft.base_class:
        return Module(imports=set(draft.test_imports))
    if draft.base_class == SHARED:
        return Module(imports={*draft.test_imports, f"from cases import {SHARED}"})
    imports = {*draft.test_imports, *draft.fixtures.imports, "import unittest"}
    return Module(imports=imports, blocks=list(draft.fixtures.blocks))


def make_test_files(draft: Draft) -> dict[str, str]:
    """All test modules, path → text."""
    files = {}
    for path, classes in LAYOUT.items():
        module = begin_module(draft)
        for name, tests in classes.items():
            module.add(make_test_class(draft, name, tests))
        text = "\n".join(module.blocks)
        if "pytest." in text:
            module.imports.add("import pytest")
        if "asyncio." in text.replace("mark.asyncio", ""):
            module.imports.add("import asyncio")
        files[path] = write_module(module, f"Tests of the {path.split('/')[0]}.")
    return files
