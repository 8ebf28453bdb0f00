"""The display of a run: live on a terminal, plain lines elsewhere. Always on standard error."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from harness.escaping import escape_message
from harness.output.progress import PlainProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from harness.output.progress import Progress


def make_progress(stream: TextIO | None = None) -> Progress:
    """The display that fits the stream, standard error by default. `NO_COLOR` and `TERM=dumb` are respected."""
    stream = stream or sys.stderr
    console = _open_terminal(stream)
    if console is None:
        return PlainProgress(stream)
    from harness.output.live import LiveProgress  # noqa: PLC0415 - takes long to import

    return LiveProgress(console)


@contextmanager
def show_steps(stream: TextIO | None = None) -> Iterator[Callable[[str], None]]:
    """Gives what to call with each thing that a command does next. On a terminal it is shown until the next one comes,
    and in the end nothing is left of it; elsewhere nothing is shown.
    """
    console = _open_terminal(stream or sys.stderr)
    if console is None:
        yield keep_silent
        return
    from rich.markup import escape  # noqa: PLC0415 - takes long to import

    with console.status("") as status:
        yield lambda text: status.update(f"[dim]{escape(escape_message(text))}[/]")


def keep_silent(_text: str) -> None:
    """Show nothing of what is done next."""


def _open_terminal(stream: TextIO) -> Console | None:
    """None for what is no terminal, or one that can't be drawn on."""
    if not stream.isatty():
        return None
    from rich.console import Console  # noqa: PLC0415 - takes long to import

    console = Console(file=stream, highlight=False)
    return console if console.is_terminal and not console.is_dumb_terminal else None
