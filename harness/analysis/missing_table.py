"""What suites lack, as a table with the command that adds all of it, and as data."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import msgspec

from harness.analysis.explanations import Explanation
from harness.output.table import Table
from harness.output.text import one_line
from harness.suites.lacks import UNKNOWN, Lack
from harness.suites.suite import PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.output.table import Row

_COMMAND = 88  # columns after which a command goes on in the next line


class ExplainedSuite(msgspec.Struct, frozen=True, kw_only=True):
    """An explanation with commands that help."""

    explanation: Explanation
    command: str  # with all options that help; empty where none does
    with_environment: str = ""  # with an environment that the user has, in place of options for packages


def make_missing_table(found: Sequence[ExplainedSuite]) -> Table | None:
    """A row for each thing that is lacking, and below the commands; None where nothing is."""
    if not found:
        return None
    rows: list[Row] = []
    commands: list[str] = []
    for one in found:
        name = one_line(one.explanation.suite.removeprefix(PREFIX), 80)
        rows += [(name,)] if len(found) > 1 else []
        rows += [
            (f"{lack.kind} {one_line(lack.name, 60)}", one_line(lack.place, 60), _describe_help(lack))
            for lack in one.explanation.lacks
        ]
        of = f" of {name}" if len(found) > 1 else ""
        if one.command:
            values = f" ({UNKNOWN}: what only you know)" if f"={UNKNOWN}" in one.command else ""
            commands += [f"All{of} at once{values}:", *fold_command(one.command)]
        if one.with_environment:
            commands += [f"Or{of}, with the packages that you have:", *fold_command(one.with_environment)]
    return Table(
        name="missing",
        title="What is missing" if len(found) > 1 else f"What {name} lacks",
        headers=("", "needed in", "what helps"),
        rows=tuple(rows),
        commands=tuple(commands),
        prose=True,
    )


def describe_missing(found: Sequence[ExplainedSuite]) -> dict[str, Any]:
    """For JSON, by suite."""
    return {
        one.explanation.suite: {
            "lacks": one.explanation.lacks,
            "command": one.command,
            "with_environment": one.with_environment,
        }
        for one in found
    }


def fold_command(command: str) -> list[str]:
    """A command in lines that a shell takes together."""
    lines: list[str] = []
    for part in re.split(r" (?=--)", command):  # an option stays with its value
        if lines and len(f"{lines[-1]} {part}") <= _COMMAND:
            lines[-1] += f" {part}"
        else:
            lines.append(f"    {part}" if lines else f"  {part}")
    return [*(f"{line} \\" for line in lines[:-1]), *lines[-1:]]


def _describe_help(lack: Lack) -> str:
    option = shlex.join(lack.options)
    return " ".join(filter(None, (option, f"({lack.advice})" if lack.advice and option else lack.advice)))
