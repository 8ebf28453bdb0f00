"""Suites written in a test."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from harness.catalogue.loading import load_catalogue
from harness.habits.axes import find_combinations
from harness.habits.reading import read_habits

if TYPE_CHECKING:
    from harness.habits.model import Habits


def read(**files: str) -> Habits:
    """The habits of a suite: `conftest="…"` is conftest.py, and `pytest="…"` is pytest.ini. Names may have slashes."""
    named = {"pytest.ini" if name == "pytest" else f"{name}.py": dedent(text) for name, text in files.items()}
    return read_habits({name: text.encode() for name, text in named.items()})


def cells(habits: Habits) -> list[str]:
    """The cells that the habits are nearest to; "~" where the suite does something else."""
    catalogue = load_catalogue()
    return [f"{'~' if one.departures else ''}{catalogue.cell(one.values)}" for one in find_combinations(habits)]
