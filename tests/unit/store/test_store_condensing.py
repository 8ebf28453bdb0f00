"""Baselines: small, sound, and the same each time."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.errors import UsageError
from harness.store.condensing import condense, write_condensed
from harness.store.model import Difference, Footer, Recheck, Results, Run
from harness.store.reading import read_header, read_results
from harness.verdicts.model import Status, Verdict
from tests.unit.store.made_up_results import CLEAN, MASKED, environment, header, outcome

if TYPE_CHECKING:
    from pathlib import Path

    from harness.store.model import Outcome

LATER = "20261123T125500Z-4f2b"
FAILED = Verdict(status=Status.INFRASTRUCTURE, reason="the server was killed")


def finished(*outcomes: Outcome, name: str = "", recheck: Recheck | None = None, plugin: str = "1.5.0") -> Run:
    where = environment(plugin)
    head = header(where, run=name) if name else header(where)
    placed = tuple(msgspec.structs.replace(each, environment=where.id, run=head.run) for each in outcomes)
    footer = Footer(outcomes=len(placed), finished="2026-11-22T12:56:00+00:00", wall=1.0, recheck=recheck)
    return Run(header=head, outcomes=placed, footer=footer, file="somewhere")


def test_the_newest_finished_run_of_each_environment_is_kept() -> None:
    old, new = finished(outcome("a", CLEAN)), finished(outcome("a", MASKED), name=LATER)
    interrupted = msgspec.structs.replace(finished(outcome("b", CLEAN), plugin="1.4.1"), footer=None)
    (kept,) = condense(Results(runs=(new, old, interrupted)))
    assert kept.header.run == LATER
    assert [each.verdict for each in kept.outcomes] == [MASKED]


def test_what_only_this_machine_can_use_is_left_out_and_cells_are_in_order() -> None:
    (kept,) = condense(Results(runs=(finished(outcome("b", MASKED), outcome("a")),)))
    assert [(each.cell, each.evidence, each.timings) for each in kept.outcomes] == [("a", "", None), ("b", "", None)]
    assert kept.outcomes[1].verdict == MASKED


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (finished(outcome("a", FAILED)), "1 cells were not measured"),
        (
            finished(outcome("a"), recheck=Recheck(cells=("a",), differing=(Difference(cell="a", places=("exit",)),))),
            "launchers observed different things",
        ),
    ],
)
def test_what_went_wrong_does_not_become_a_baseline(run: Run, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        condense(Results(runs=(run,)))


def test_a_packed_file_reads_as_what_was_packed_and_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    (run,) = condense(Results(runs=(finished(outcome("b", MASKED), outcome("a")),)))
    path = write_condensed(tmp_path, run)
    bytes_of_the_first = path.read_bytes()
    assert write_condensed(tmp_path, run).read_bytes() == bytes_of_the_first
    assert path.name == "linux-x86_64_cpython-3.13_pytest-asyncio-1.5.0_valkey-6.2.0.jsonl.gz"
    results = read_results(tmp_path)
    assert (results.broken, [msgspec.structs.replace(each, file="") for each in results.runs]) == ((), [run])
    assert read_header(path) == run.header


def test_a_packed_file_that_was_cut_off_keeps_what_can_be_read_and_says_so(tmp_path: Path) -> None:
    (run,) = condense(Results(runs=(finished(*(outcome(f"cell-{number}", MASKED) for number in range(4000))),)))
    path = write_condensed(tmp_path, run)
    path.write_bytes(path.read_bytes()[:-2000])
    results = read_results(tmp_path)
    assert 0 < len(results.runs[0].outcomes) < 4000
    assert results.runs[0].interrupted
    assert "ended before" in results.broken[-1].reason


def test_a_file_that_is_packed_in_name_only_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(b"{}\n")
    assert read_header(path) is None
    (broken,) = read_results(path).broken
    assert "Not a gzipped file" in broken.reason
    path.write_bytes(gzip.compress(b"x" * 100)[:10] + b"\xff" * 50)
    assert [line.file for line in read_results(path).broken] == [str(path)]
