"""Large sets that are made of small ones, and what it takes to compare them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import msgspec
import pytest

from benchmarks.compares import measure_compares
from benchmarks.sets import read_recorded_runs, write_set
from harness.errors import NothingSelectedError
from harness.output.progress import PlainProgress
from harness.processes.guardian import Guardian
from harness.store.files import make_results_file_name
from harness.store.model import Results
from harness.store.reading import read_results
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, LEAKS, environment, run_of

if TYPE_CHECKING:
    from pathlib import Path

SITES = ("module_global", "async_fixture")
CELLS = [f"{policy}/function/{site}/none" for policy in ("default", "debug") for site in SITES]
RUNS = (
    run_of({CELLS[0]: CLEAN, CELLS[1]: LEAKS}, environment("0.26.0")),
    run_of({CELLS[0]: DIFFERENT, CELLS[1]: LEAKS}, environment("1.0.0")),
)


def test_a_set_has_as_many_outcomes_as_were_asked_for_in_environments_of_their_own(tmp_path: Path) -> None:
    assert write_set(tmp_path / "set", RUNS, CELLS, 10, after=False) == 3
    results = read_results(tmp_path / "set")
    assert not results.broken
    assert sorted(len(run.outcomes) for run in results.runs) == [2, 4, 4]
    assert len({run.header.environment_key for run in results.runs}) == 3


def test_the_other_set_shows_what_the_next_environment_did(tmp_path: Path) -> None:
    for name, after in (("before", False), ("after", True)):
        write_set(tmp_path / name, RUNS, CELLS, 4, after=after)
    (before,), (after_,) = (read_results(tmp_path / name).runs for name in ("before", "after"))
    assert [one.verdict for one in before.outcomes] == [CLEAN, LEAKS, CLEAN, LEAKS]
    assert [one.verdict for one in after_.outcomes] == [DIFFERENT, LEAKS, DIFFERENT, LEAKS]
    assert before.header.environment != after_.header.environment


def test_an_environment_counts_by_the_run_that_measured_most_of_it() -> None:
    small = run_of({CELLS[0]: LEAKS}, environment("0.26.0"), run="small")
    assert read_recorded_runs(Results(runs=(small, *RUNS))) == list(RUNS)


def test_one_environment_is_too_few() -> None:
    with pytest.raises(NothingSelectedError, match="two environments"):
        read_recorded_runs(Results(runs=RUNS[:1]))


def test_a_comparison_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    for run in RUNS:
        lines = (run.header, *run.outcomes, run.footer)
        text = b"".join(msgspec.json.encode(one) + b"\n" for one in lines)
        (tmp_path / make_results_file_name(run.header)).write_bytes(text)
    with Guardian() as guardian:
        measured = measure_compares(
            [tmp_path], CELLS, rounds=1, guardian=guardian, progress=PlainProgress(io.StringIO()), outcomes=100
        )
    assert (measured.environments, measured.changed) == (25, 50)
    (sample,) = measured.samples
    assert sample.cpu > 0.0 < sample.wall
    assert sample.peak > 10_000_000
