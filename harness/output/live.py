"""What one sees on a terminal while cells run: a bar, and what each worker runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from harness.escaping import escape_message
from harness.output.colours import STYLES
from harness.output.progress import CountingProgress
from harness.output.text import shorten_environment

if TYPE_CHECKING:
    from rich.console import RenderableType

    from harness.output.progress import Clock


class LiveProgress(CountingProgress):
    """A bar, what each worker runs, and counts by status; notes and what is unexpected scroll above it."""

    def __init__(self, console: Console, *, clock: Clock = time.monotonic) -> None:
        super().__init__(clock)
        self._console = console
        counted = TextColumn("[bold]{task.completed}/{task.total}[/] cells  {task.description}")
        self._whole = Bars(BarColumn(None), counted, console=console, expand=True, get_time=clock)
        self._bar = self._whole.add_task("", total=0)
        self._live = Live(console=console, get_renderable=self.render, refresh_per_second=8, transient=True)

    def __exit__(self, *exc: object) -> None:
        self._live.stop()

    def started(self, total: int) -> None:
        super().started(total)
        self._live.start()

    def _show_unexpected(self, cell: str, environment: str, label: str) -> None:
        where = f"{cell} on {shorten_environment(environment)}"
        self._console.print(f"[bold magenta]unexpected[/] {_escape(label)}  [dim]{_escape(where)}[/]")

    def note(self, text: str) -> None:
        self._console.print(f"[dim]·[/] {_escape(text)}")

    def finished(self) -> None:
        self._live.stop()
        self._console.print(f"[bold]✓[/] {_escape(self._tally.summary())}")

    def render(self) -> RenderableType:
        """The display as it should stand now."""
        with self._lock:
            tally = self._tally
            pace = "  ".join(part for part in (f"{tally.share} %", tally.pace()) if part)
            self._whole.update(self._bar, completed=tally.done, total=max(tally.total, 1), description=pace)
            counts = Text("  ")
            for status, number in tally.statuses.most_common():
                counts.append(f"{number} ", "bold").append(status, STYLES.get(status, "default")).append("   ")
            running = Table.grid(padding=(0, 2), expand=True)
            running.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
            running.add_column(no_wrap=True, overflow="ellipsis", style="cyan")
            running.add_column(width=6, justify="right", style="dim")
            for one in tally.running:  # in the order in which they started
                seconds = f"{tally.clock() - one.since:.0f} s"
                running.add_row(f"  {_escape(one.cell)}", _escape(shorten_environment(one.environment)), seconds)
        return Group(self._whole.get_renderable(), running, *([counts] if tally.statuses else []))


def _escape(text: str) -> str:
    """Neither markup nor control characters."""
    return escape(escape_message(text))
