"""The catalogue's words for suites of `unittest`, which have no fixtures."""

from __future__ import annotations

import re

from harness.catalogue.loading import find_values
from harness.habits.runners import AXIS, UNITTEST

_WORDS = (
    (re.compile(r"\ban async fixture\b"), "`asyncSetUp`"),
    (re.compile(r"\bfixture(s?)\b"), r"setup\1"),
)


def fit_words(text: str, runner: str) -> str:
    """A text about fixtures, as one about what the suite has in their place."""
    if runner == UNITTEST:
        for pattern, word in _WORDS:
            text = pattern.sub(word, text)
    return text


def fit_meaning(meaning: str, axis: str, runner: str) -> str:
    """The same of an axis' value. What the runner itself means stays."""
    return meaning if axis == AXIS else fit_words(meaning, runner)


def find_runner_of(cell: str) -> str:
    """What runs the tests of a cell; empty for an id that the catalogue no longer has."""
    return find_values(cell).get(AXIS, "")
