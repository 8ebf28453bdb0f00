"""The one ruler: what makes two verdicts the same outcome, and that `matrix` and `compare` count by it."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.columns import version_key
from harness.analysis.differences import find_differences, find_partly_expressible
from harness.analysis.grid import Grid
from harness.analysis.label import label, tell_apart
from harness.compare.comparing import Comparer, select_measured
from harness.compare.model import ChangeKind
from harness.compare.pairing import make_pair
from harness.compare.sides import ResultsPlace
from harness.store.model import Results, Run
from harness.store.reading import read_results
from harness.verdicts.model import Channel, Finding, Role, Status, Unnamed, Verdict
from harness.verdicts.same_outcome import are_same_outcome, outcome_key
from harness.verdicts.signatures import SignatureCategory, load_categories
from tests.unit.store.made_up_results import DIFFERENT, LEAKS, REMOVED, UNNAMED, only

BASELINE = Path(__file__).parents[3] / "results" / "baseline"
CATEGORIES = {"leaked-connection": SignatureCategory.LEAK, "deprecation": SignatureCategory.WARNING}
FINDING = only("different-loop")


def other(verdict: Verdict, **fields: object) -> Verdict:
    return msgspec.structs.replace(verdict, **fields)


@pytest.mark.parametrize(
    ("one", "another"),
    [
        pytest.param(DIFFERENT, other(DIFFERENT, findings=(msgspec.structs.replace(FINDING, sample="x"),)), id="text"),
        pytest.param(DIFFERENT, other(DIFFERENT, findings=(FINDING, only("leaked-connection"))), id="leak-and-error"),
        pytest.param(LEAKS, other(LEAKS, findings=(*LEAKS.findings, only("deprecation"))), id="warning-and-leak"),
        pytest.param(REMOVED, other(REMOVED, reason="it came with 1.4"), id="why-it-can-not-be-expressed"),
    ],
)
def test_the_same_outcome_in_other_words(one: Verdict, another: Verdict) -> None:
    assert are_same_outcome(one, another, CATEGORIES)
    assert len(tell_apart((one, another), CATEGORIES)) == 1


@pytest.mark.parametrize(
    ("one", "another"),
    [
        (DIFFERENT, other(DIFFERENT, pattern="FFFFF")),
        (DIFFERENT, other(DIFFERENT, findings=(only("different-loop", Channel.CLEANUP),))),
        (DIFFERENT, other(DIFFERENT, findings=(msgspec.structs.replace(FINDING, role=Role.ROOT),))),
        (DIFFERENT, other(DIFFERENT, findings=(msgspec.structs.replace(FINDING, tests=("test_b.py::b",)),))),
        (UNNAMED, other(UNNAMED, unnamed=(Unnamed(channel=Channel.BODY, type="KeyError", text="", test="b.py::c"),))),
        (LEAKS, other(LEAKS, status=Status.CLEAN)),
    ],
)
def test_other_outcomes_have_other_texts_even_where_their_labels_are_the_same(one: Verdict, another: Verdict) -> None:
    assert not are_same_outcome(one, another, CATEGORIES)
    texts = tell_apart((one, another), CATEGORIES)
    assert len(set(texts.values())) == 2
    assert all(
        text.startswith(label(each, CATEGORIES)) for text, each in zip(texts.values(), (one, another), strict=True)
    )


names = st.sampled_from(["loop-closed", "different-loop", "leaked-connection", "deprecation"])
tests = st.lists(st.sampled_from(["a.py::a", "a.py::b"]), unique=True).map(lambda each: tuple(sorted(each)))
findings = st.builds(
    Finding, signature=names, channel=st.sampled_from(Channel), role=st.sampled_from(Role), tests=tests
)
verdicts = st.builds(
    Verdict,
    status=st.sampled_from([Status.CLEAN, Status.WARNS, Status.LEAKS, Status.REPRODUCES, Status.FAILS]),
    findings=st.lists(findings, max_size=3, unique=True).map(lambda each: tuple(sorted(each))),
    pattern=st.sampled_from(["..", ".F", "FF"]),
)


@given(st.lists(verdicts, min_size=2, max_size=6))
def test_no_two_outcomes_are_shown_with_one_text(several: list[Verdict]) -> None:
    texts = tell_apart(several, CATEGORIES)
    assert texts.keys() == {outcome_key(each, CATEGORIES) for each in several}
    assert len(set(texts.values())) == len(texts)


def neighbours(results: Results) -> list[tuple[Run, Run]]:
    """Releases that follow one another in the baseline, everything else that is an axis being the same."""
    rows: dict[tuple[str, ...], list[Run]] = defaultdict(list)
    for run in results.runs:
        where = run.header.environment
        assert where is not None
        rows[where.platform, where.python_minor, where.client, where.client_version].append(run)

    def by_version(run: Run) -> tuple[object, ...]:
        assert run.header.environment is not None
        return version_key(run.header.environment)

    return [two for row in rows.values() for two in pairwise(sorted(row, key=by_version))]


def test_matrix_lists_exactly_the_cells_that_compare_counts_as_changed() -> None:
    categories = load_categories()
    comparer = Comparer(categories, lambda _: {})  # a cell's values make groups, and change no count
    changed_cells = 0
    pairs = neighbours(read_results(BASELINE, lean=True))
    for before, after in pairs:
        assert before.header.environment is not None
        assert after.header.environment is not None
        grid = Grid(Results(runs=(before, after)), categories)
        listed = {cell for one in find_differences(grid) for cell in (*one.cells, *one.partly)}
        sides = tuple(select_measured(Results(runs=(run,)), ResultsPlace(BASELINE)) for run in (before, after))
        held = make_pair(before.header.environment, after.header.environment, frozenset({"pytest-asyncio"}))
        (compared,) = comparer.compare_pairs((held,), (sides[0], sides[1]), ("before", "after")).pairs
        expressible = {ChangeKind.EXPRESSIBLE, ChangeKind.INEXPRESSIBLE}
        assert listed == {one.cell for one in compared.changes if one.category not in expressible}
        assert set(find_partly_expressible(grid)) == {
            one.cell for one in compared.changes if one.category in expressible
        }
        assert sum(number for kind, number in compared.counts if kind is not ChangeKind.SAME) == len(compared.changes)
        changed_cells += len(listed)
    assert len(pairs) > 20
    assert changed_cells > 1000
