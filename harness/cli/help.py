"""How help is printed. Imported when help is asked for: commands needn't wait for what draws it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, NoReturn

from cyclopts.help import DefaultFormatter
from rich.console import Console

from harness.invocation import SCRIPT, command_line

if TYPE_CHECKING:
    from rich.console import ConsoleOptions

WIDTH = 100
"""Columns that help takes at most."""


class Formatter(DefaultFormatter):
    """Help of which the first line is what one writes here, in a nox session or with the console script."""

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """Print the usage line of a command."""
        program, name, *arguments = str(usage).split()
        written = command_line(name, " ".join(arguments)) if program == SCRIPT else str(usage)
        super().render_usage(console, options, f"{written.rstrip()}\n")


class _Console(Console):
    """Leaves a reader that has gone to `harness.cli.main`, which ends every command in the same way."""

    def on_broken_pipe(self) -> NoReturn:
        """Called where writing failed so; rich would end the program with 1."""
        raise BrokenPipeError


def open_console() -> Console:
    """As wide as the terminal, but not wider than help reads well."""
    return _Console(width=min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns))
