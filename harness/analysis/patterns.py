"""The course of a suite, `.F.F.`, where tables show it."""

from __future__ import annotations

from collections import Counter
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
_COUNTED = {
    ".": "passed",
    "F": "failed",
    "E": "in error",
    "?": "never ended",
    "s": "skipped",
    "x": "failed as marked",
    "X": "passed though marked to fail",
}
_ERRORS = frozenset({Status.REPRODUCES, Status.FAILS})
MOST_LETTERS = 30
"""Of a suite of more tests the outcomes are counted. One of the catalogue has 5 or 6, another may have thousands."""


def format_pattern(verdict: Verdict) -> str:
    """`.F.F.`, of more tests `3,080 passed, 12 failed`; empty where nothing ran."""
    return _shorten(verdict.pattern)


def format_course(pattern: str) -> str:
    """What became of the tests of a suite of one's own: `.F.F.`, or counts of many and of those that all passed."""
    return _shorten(pattern) if set(pattern) - {"."} else count_outcomes(pattern)


def add_pattern(label: str, verdict: Verdict) -> str:
    """The label, of an error with the tests that met it: `loop-closed .F.F.`."""
    return f"{label} {format_pattern(verdict)}".rstrip() if verdict.status in _ERRORS else label


@lru_cache(1000)
def _shorten(pattern: str) -> str:
    return count_outcomes(pattern) if len(pattern) > MOST_LETTERS else one_line(pattern)


def count_outcomes(pattern: str) -> str:
    """`3,080 passed, 12 failed, 19 skipped`."""
    return ", ".join(f"{number:,} {text}" for text, number in count_letters(pattern).items())


def count_letters(pattern: str) -> dict[str, int]:
    """How many tests became what, in words; what none did is left out."""
    found = Counter(pattern)
    return {text: found[letter] for letter, text in _COUNTED.items() if found[letter]}


def make_legend(patterns: Iterable[str]) -> str:
    """What the letters mean that stand in the patterns; empty where none has letters."""
    met = set().union(*(pattern for pattern in patterns if len(pattern) <= MOST_LETTERS))
    meanings = [f"“{letter}” {meaning}" for letter, meaning in LETTERS.items() if letter in met]
    return f"One letter a test, in their order: {', '.join(meanings)}." if meanings else ""
