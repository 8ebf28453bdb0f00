from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from harness.store.merging import merge
from harness.store.model import BrokenLine, Footer, Results, Run
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, LEAKS, MASKED, environment, header, outcome, run_of

if TYPE_CHECKING:
    from harness.verdicts.model import Verdict

ENVIRONMENTS = (environment("0.21.2"), environment("1.5.0"))
RUNS = ("run-1", "run-2")


@st.composite
def some_run(draw: st.DrawFn) -> Run:
    where = draw(st.sampled_from(ENVIRONMENTS))
    run = draw(st.sampled_from(RUNS))
    lines = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["a", "b"]),
                st.sampled_from([CLEAN, LEAKS, MASKED, DIFFERENT]),
                st.sampled_from([0, 1]),
                st.sampled_from([0.5, 0.75]),
            ),
            max_size=6,
        )
    )
    footer = st.builds(Footer, outcomes=st.integers(0, 2), finished=st.sampled_from(["1", "2"]), wall=st.just(1.0))
    return Run(
        header=msgspec.structs.replace(header(where, run=run), profile=draw(st.sampled_from(["quick", "full"]))),
        outcomes=tuple(outcome(c, v, where=where, run=run, sample=s, cpu=cpu) for c, v, s, cpu in lines),
        footer=draw(st.none() | footer),
        file=draw(st.sampled_from(["", "x.jsonl"])),
    )


BROKEN = st.builds(
    BrokenLine, file=st.sampled_from(["x", "y"]), line=st.integers(1, 3), reason=st.sampled_from(["torn", "malformed"])
)
RESULTS = st.builds(
    Results, runs=st.lists(some_run(), max_size=4).map(tuple), broken=st.lists(BROKEN, max_size=2).map(tuple)
)


@given(RESULTS, RESULTS, RESULTS)
def test_merging_is_a_set_union(a: Results, b: Results, c: Results) -> None:
    whole = merge(a, b, c)
    assert all(merge(*order) == whole for order in permutations((a, b, c)))
    assert merge(merge(a, b), c) == whole
    assert merge(a, merge(b, c)) == whole
    assert merge(whole, whole, a) == whole


@given(RESULTS)
def test_no_outcome_is_lost_and_none_counts_twice(results: Results) -> None:
    def identities(some: Results) -> list[tuple[str, str, str, int, Verdict]]:
        return [
            (run.header.environment_key, one.run, one.cell, one.sample, one.verdict)
            for run in some.runs
            for one in run.outcomes
        ]

    merged = identities(merge(results))
    assert set(merged) == set(identities(results))
    assert len(merged) == len(set(merged))


def test_environments_with_the_same_name_and_other_packages_stay_apart() -> None:
    older, newer = environment(pytest="8.3.0"), environment(pytest="8.4.2")
    assert older.id == newer.id
    merged = merge(Results(runs=(run_of({"a": CLEAN}, older), run_of({"a": LEAKS}, newer))))
    assert len(merged.runs) == 2
    assert not merged.conflicts


def test_two_verdicts_for_one_outcome_are_reported_and_count_like_repeats() -> None:
    def of(verdict: Verdict) -> Results:
        return Results(runs=(run_of({"a": verdict, "b": CLEAN}),))

    merged = merge(of(CLEAN), of(MASKED))
    (conflict,) = merged.conflicts
    assert conflict.cell == "a"
    assert set(conflict.verdicts) == {CLEAN, MASKED}
    assert [one.verdict for one in merged.runs[0].outcomes if one.cell == "a"] == [*conflict.verdicts]
    assert set(merge(merged, of(DIFFERENT)).conflicts[0].verdicts) == {CLEAN, MASKED, DIFFERENT}


def test_a_run_that_is_whole_in_one_copy_is_whole() -> None:
    whole = run_of({"a": CLEAN, "b": LEAKS})
    cut = msgspec.structs.replace(whole, outcomes=whole.outcomes[:1], footer=None)
    (merged,) = merge(Results(runs=(cut,)), Results(runs=(whole,))).runs
    assert not merged.interrupted
    assert len(merged.outcomes) == 2
