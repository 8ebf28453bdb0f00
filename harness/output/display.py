"""The display of a run: live on a terminal, plain lines elsewhere. Always on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from harness.output.progress import PlainProgress

if TYPE_CHECKING:
    from harness.output.progress import Progress


def make_progress(stream: TextIO | None = None) -> Progress:
    """The display that fits the stream, standard error by default. `NO_COLOR` and `TERM=dumb` are respected."""
    stream = stream or sys.stderr
    if stream.isatty():
        from rich.console import Console  # noqa: PLC0415 - takes long to import

        from harness.output.live import LiveProgress  # noqa: PLC0415

        console = Console(file=stream, highlight=False)
        if console.is_terminal and not console.is_dumb_terminal:
            return LiveProgress(console)
    return PlainProgress(stream)
