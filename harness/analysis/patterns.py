"""The course of a suite, `.F.F.`, where tables show it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from harness.output.text import one_line
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.verdicts.model import Verdict

LETTERS = {
    ".": "passed",
    "F": "failed in its body",
    "E": "error in its setup or cleanup",
    "x": "failed as it was marked to",
    "X": "passed though marked to fail",
    "s": "skipped",
    "?": "never ended",
}
_ERRORS = frozenset({Status.REPRODUCES, Status.FAILS})
_LONGEST = 24  # a suite of the catalogue has 5 or 6 tests, another may have hundreds


def format_pattern(verdict: Verdict) -> str:
    """`.F.F.`; empty where nothing ran."""
    return _shorten(verdict.pattern)


def add_pattern(label: str, verdict: Verdict) -> str:
    """The label, of an error with the tests that met it: `loop-closed .F.F.`."""
    return f"{label} {format_pattern(verdict)}".rstrip() if verdict.status in _ERRORS else label


@lru_cache(1000)
def _shorten(text: str) -> str:
    return one_line(text, _LONGEST)


def make_legend(patterns: Iterable[str]) -> str:
    """What the letters mean that stand in the patterns; empty without any."""
    met = set().union(*patterns)
    meanings = [f"“{letter}” {meaning}" for letter, meaning in LETTERS.items() if letter in met]
    return f"One letter a test, in their order: {', '.join(meanings)}." if meanings else ""
