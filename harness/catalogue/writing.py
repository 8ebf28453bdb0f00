"""Python source from lines: modules, functions, decorators."""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.catalogue.draft import Module

INDENT = "    "
LOCAL_MODULES = frozenset({"app", "cases"})
CLIENT = re.compile(r"(?<![\w.])client\b")


def indent(lines: Iterable[str]) -> list[str]:
    """The lines one level deeper; empty ones stay empty."""
    return [INDENT + line if line else "" for line in lines]


def rename_client(lines: Iterable[str], name: str) -> list[str]:
    """Statements on `client` as statements on what it is called here."""
    return list(lines) if name == "client" else [CLIENT.sub(name, line) for line in lines]


def write_function(
    name: str, parameters: Sequence[str], body: Sequence[str], *, is_async: bool, decorator: str = ""
) -> str:
    """A function definition."""
    head = [decorator] if decorator else []
    head.append(f"{'async ' if is_async else ''}def {name}({', '.join(parameters)}):")
    return "\n".join([*head, *indent(body)])


def write_call(name: str, arguments: Sequence[str]) -> str:
    """`name(a, b)`, or the bare name where there are no arguments (decorators need no parentheses then)."""
    return f"{name}({', '.join(arguments)})" if arguments else name


def import_group(statement: str) -> int:
    """0 for the standard library, 1 for installed packages, 2 for the suite's own modules."""
    top = statement.split()[1].split(".", maxsplit=1)[0]
    if top in LOCAL_MODULES:
        return 2
    return 0 if top in sys.stdlib_module_names else 1


def merge_imports(imports: Iterable[str]) -> list[str]:
    """The statements with all `from x import …` of one module in one."""
    names: dict[str, set[str]] = {}
    plain = []
    for statement in imports:
        if statement.startswith("from "):
            module, _, name = statement.removeprefix("from ").partition(" import ")
            names.setdefault(module, set()).add(name)
        else:
            plain.append(statement)
    return sorted(plain) + [f"from {module} import {', '.join(sorted(names[module]))}" for module in sorted(names)]


@cache
def sort_imports(imports: frozenset[str]) -> str:
    """Import statements in groups, sorted as isort's default profile has them, with a blank line between groups.

    Thousands of suites have the same few.
    """
    groups: dict[int, list[str]] = {}
    for statement in merge_imports(imports):
        groups.setdefault(import_group(statement), []).append(statement)
    return "\n\n".join("\n".join(groups[group]) for group in sorted(groups))


def write_module(module: Module, docstring: str) -> str:
    """The whole text of a module."""
    parts = [f'"""{docstring}"""']
    imports = module.imports - ({"import os"} if "os.environ" not in "".join((*module.head, *module.blocks)) else set())
    if imports:
        parts.append(sort_imports(frozenset(imports)))
    parts += module.head
    text = "\n\n".join(parts)
    if module.blocks:
        text += "\n\n\n" + "\n\n\n".join(module.blocks)
    return text + "\n"
