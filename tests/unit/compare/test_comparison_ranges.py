"""Ranges say what was measured and no more."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare.release_ranges import Point, ReleaseState, find_spans, format_ranges

LETTERS = {"y": ReleaseState.YES, "n": ReleaseState.NO, "i": ReleaseState.INEXPRESSIBLE, "?": ReleaseState.UNKNOWN}


def points(letters: str) -> list[Point]:
    return [Point(f"1.{number}", LETTERS[letter]) for number, letter in enumerate(letters)]


@pytest.mark.parametrize(
    ("letters", "text"),
    [
        ("yyy", "reproduces in every release"),
        ("y?y", "reproduces wherever it was run; 2 of 3 releases run"),
        ("nnn", "never reproduces"),
        ("???", "not run"),
        ("nyy", "reproduces since 1.1"),
        ("yyn", "reproduces until 1.1"),
        ("inyynny", "reproduces since 1.2 until 1.3, again since 1.6; not expressible before 1.1"),
        ("n?y", "reproduces since 1.2 (or earlier, after 1.0); 2 of 3 releases run"),
        ("y?n", "reproduces until 1.0 (or later, before 1.2); 2 of 3 releases run"),
        ("yyi", "reproduces until 1.1; not expressible since 1.2"),
        ("niy", "reproduces since 1.2; not expressible from 1.1 to 1.1"),
        ("i?n", "never reproduces; not expressible until 1.0 (or later, before 1.2); 2 of 3 releases run"),
        ("iii", "never reproduces; not expressible anywhere"),
    ],
)
def test_a_range_in_words(letters: str, text: str) -> None:
    assert format_ranges(points(letters)) == text


@given(st.text(alphabet="yni?", max_size=30))
def test_every_release_that_was_run_lies_in_one_span_of_its_state(letters: str) -> None:
    given_points = points(letters)
    place = {point.version: number for number, point in enumerate(given_points)}
    covered: dict[str, ReleaseState] = {}
    for span in find_spans(given_points):
        for point in given_points[place[span.first] : place[span.last] + 1]:
            assert point.state in (span.state, ReleaseState.UNKNOWN)
            if point.state is not ReleaseState.UNKNOWN:
                assert point.version not in covered
                covered[point.version] = span.state
    assert covered == {point.version: point.state for point in given_points if point.state is not ReleaseState.UNKNOWN}


@given(st.text(alphabet="yni?", max_size=30))
def test_neighbouring_spans_differ_and_a_bound_is_exact_only_without_doubt(letters: str) -> None:
    given_points = points(letters)
    place = {point.version: number for number, point in enumerate(given_points)}
    found = find_spans(given_points)
    assert all(one.state is not other.state for one, other in pairwise(found))
    for one, other in pairwise(found):
        assert (one.before, other.after) == (other.first, one.last)
        between = given_points[place[one.last] + 1 : place[other.first]]
        assert one.exact_end == other.exact_start == (not between)
