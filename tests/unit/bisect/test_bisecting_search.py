"""The search, on made-up sequences of outcomes. The outcome of a place with None isn't known."""

from __future__ import annotations

import itertools
from math import ceil, log2
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from harness.bisect.search import ChangePoint, Search

if TYPE_CHECKING:
    from collections.abc import Sequence

OUTCOMES = st.lists(st.sampled_from(["A", "B", "C", None]), max_size=60)


def walked(outcomes: Sequence[str | None], *, every: bool = False) -> tuple[Search, list[int]]:
    """The search when it has come to its end, and where it looked."""
    search, looked = Search(len(outcomes), every=every), []
    while (place := search.next()) is not None:
        assert place not in looked
        looked.append(place)
        search.record(place, outcomes[place])
    return search, looked


@given(st.integers(1, 200), st.integers(1, 200))
def test_one_change_is_found_in_two_steps_for_the_ends_and_as_many_as_halving_takes(before: int, after: int) -> None:
    size = before + after
    search, looked = walked(["A"] * before + ["B"] * after)
    assert search.changes() == (ChangePoint(before - 1, before),)
    assert len(looked) <= ceil(log2(size)) + 2


def test_forty_releases_take_at_most_eight_steps() -> None:
    assert max(len(walked(["A"] * before + ["B"] * (40 - before))[1]) for before in range(1, 40)) == 8


@given(OUTCOMES)
def test_what_is_found_is_a_change_with_nothing_but_places_that_are_not_known_in_it(
    outcomes: list[str | None],
) -> None:
    search, _ = walked(outcomes)
    for change in search.changes():
        assert outcomes[change.before] != outcomes[change.since]
        assert None not in (outcomes[change.before], outcomes[change.since])
        assert set(outcomes[change.before + 1 : change.since]) <= {None}


@given(OUTCOMES)
def test_a_change_is_found_wherever_the_ends_that_are_known_differ(outcomes: list[str | None]) -> None:
    known = [outcome for outcome in outcomes if outcome is not None]
    search, _ = walked(outcomes)
    assert bool(search.changes()) == (len(known) > 1 and known[0] != known[-1])


@given(OUTCOMES)
def test_every_outcome_that_was_met_is_on_a_side_of_a_change(outcomes: list[str | None]) -> None:
    search, _ = walked(outcomes)
    sides = {search.outcomes[place] for change in search.changes() for place in (change.before, change.since)}
    if search.changes():
        assert sides == set(search.outcomes.values())


@given(OUTCOMES)
def test_looking_at_every_place_finds_every_change(outcomes: list[str | None]) -> None:
    search, looked = walked(outcomes, every=True)
    known = [place for place, outcome in enumerate(outcomes) if outcome is not None]
    expected = [ChangePoint(one, other) for one, other in itertools.pairwise(known) if outcomes[one] != outcomes[other]]
    assert search.changes() == tuple(expected)
    assert sorted(looked) == list(range(len(outcomes)))


def test_ends_that_are_not_known_are_moved_inwards() -> None:
    search, looked = walked([None, None, "A", "A", "B", None])
    assert looked[:5] == [0, 1, 2, 5, 4]
    assert search.changes() == (ChangePoint(3, 4),)


def test_equal_ends_end_the_search_with_nothing() -> None:
    search, looked = walked(["A", "B", "A"])
    assert (looked, search.changes()) == ([0, 2], ())


def test_a_third_outcome_shows_two_changes_and_both_are_narrowed_down_the_first_one_first() -> None:
    search, looked = walked(["A"] * 3 + ["C"] * 5 + ["B"] * 3)
    assert search.changes() == (ChangePoint(2, 3), ChangePoint(7, 8))
    assert looked[2] == 5
    assert looked[3] < 5


@given(st.lists(st.sampled_from("AB"), min_size=2, max_size=60))
def test_what_comes_next_is_always_among_what_was_to_be_built_ahead(outcomes: list[str]) -> None:
    search = Search(len(outcomes))
    while (place := search.next()) is not None:
        ahead = search.ahead()
        assert len(ahead) <= 2
        assert place not in ahead
        search.record(place, outcomes[place])
        if (following := search.next()) is not None:
            assert following in ahead


def test_ahead_are_the_two_middles_of_both_halves() -> None:
    search = Search(17)
    search.record(0, "A")
    search.record(16, "B")
    assert search.next() == 8
    assert search.ahead() == (12, 4)


def test_at_the_first_end_the_other_end_and_the_middle_come_next() -> None:
    assert Search(17).ahead() == (16, 8)


@given(st.integers(2, 100), st.data())
def test_with_one_change_there_are_never_more_steps_than_were_announced(size: int, data: st.DataObject) -> None:
    before = data.draw(st.integers(1, size - 1))
    search = Search(size)
    lefts = [search.left]
    while (place := search.next()) is not None:
        search.record(place, "A" if place < before else "B")
        lefts.append(search.left)
    assert lefts[-1] == 0
    assert all(later < earlier for earlier, later in itertools.pairwise(lefts))
