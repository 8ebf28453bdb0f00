"""Figures as a table for each command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.output.table import Table

if TYPE_CHECKING:
    from benchmarks.accuracy.model import Accuracy, AccuracyPart, Figure

MOST_WRONG = 20
"""Wrong answers that are printed of one kind; JSON has all."""


def make_tables(accuracy: Accuracy) -> tuple[Table, ...]:
    """A table for each part, with the wrong answers below their figures."""
    return tuple(map(_make_table, accuracy.parts))


def _make_table(part: AccuracyPart) -> Table:
    timed = any(figure.seconds is not None for figure in part.figures)
    return Table(
        name=part.name,
        title=f"Accuracy of {part.name}",
        headers=("answers", "right", "of", "share", "goal", *(("median s",) if timed else ())),
        rows=tuple(_make_row(figure, timed=timed) for figure in part.figures),
        details=tuple("\n".join(figure.wrong[:MOST_WRONG]) for figure in part.figures),
    )


def _make_row(figure: Figure, *, timed: bool) -> tuple[str, ...]:
    share = f"{figure.right / figure.of:.1%}" if figure.of else "–"
    seconds = "–" if figure.seconds is None else f"{figure.seconds:.1f}"
    row = (figure.name, f"{figure.right:,}", f"{figure.of:,}", share, f"{figure.goal:.0%}")
    return (*row, seconds) if timed else row
