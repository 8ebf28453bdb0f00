"""Results of one's own come before those that are committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.compare.comparing import read_sides
from harness.compare.sides import Versions
from harness.compare.sources import read_recorded
from harness.errors import UsageError
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, environment, put, run_of

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW = environment("0.26.0"), environment("1.0.0")


def test_the_baseline_counts_for_cells_of_which_there_is_nothing_else(tmp_path: Path) -> None:
    own = put(tmp_path / "own", run_of({"a": DIFFERENT}, OLD))
    baseline = put(
        tmp_path / "baseline", run_of({"a": CLEAN, "b": CLEAN}, OLD, run="b"), run_of({"a": CLEAN}, NEW, run="b")
    )
    read = read_recorded(own, baseline)
    outcomes = [(one.environment, one.cell, one.verdict.status) for run in read.results.runs for one in run.outcomes]
    assert outcomes == [(OLD.id, "a", DIFFERENT.status), (OLD.id, "b", CLEAN.status), (NEW.id, "a", CLEAN.status)]
    assert read.describe({OLD.digest, NEW.digest}) == f"{own}: 1 environment; {baseline}: 2 environments"
    assert read.describe({NEW.digest}) == f"{baseline}: 1 environment"


def test_either_place_is_enough_and_neither_is_an_error(tmp_path: Path) -> None:
    there = put(tmp_path / "there", run_of({"a": CLEAN}, OLD))
    missing = tmp_path / "missing"
    assert read_recorded(there, missing).results == read_recorded(missing, there).results
    with pytest.raises(UsageError, match="and none in"):
        read_recorded(missing, missing)


def test_a_comparison_of_versions_says_where_they_come_from(tmp_path: Path) -> None:
    own = put(tmp_path / "own", run_of({"a": CLEAN}, OLD))
    baseline = put(tmp_path / "baseline", run_of({"a": CLEAN}, NEW))
    sides = (Versions((("pytest-asyncio", "0.26.0"),)), Versions((("pytest-asyncio", "1.0.0"),)))
    read = read_sides(*sides, own, baseline)
    assert [one.environments for one in read.measured] == [[OLD], [NEW]]
    assert read.sources == f"{own}: 1 environment; {baseline}: 1 environment"
