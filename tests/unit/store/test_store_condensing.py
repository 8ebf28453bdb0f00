"""Baselines: small, sound, and the same each time."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import msgspec

from harness.store.condensing import condense, write_condensed
from harness.store.files import make_packed_file_name
from harness.store.reading import read_header, read_results
from tests.unit.store.made_up_results import CLEAN, MASKED, run_of

if TYPE_CHECKING:
    from pathlib import Path

RUN = run_of({"b": MASKED, "a": CLEAN})


def test_what_only_this_machine_can_use_is_left_out_and_cells_are_in_order() -> None:
    kept = condense(RUN)
    assert [(each.cell, each.evidence, each.timings) for each in kept.outcomes] == [("a", "", None), ("b", "", None)]
    assert kept.outcomes[1].verdict == MASKED


def test_a_packed_file_reads_as_what_was_packed_and_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    run = condense(RUN)
    path = write_condensed(tmp_path, run)
    bytes_of_the_first = path.read_bytes()
    assert write_condensed(tmp_path, run).read_bytes() == bytes_of_the_first
    assert path.name == "linux-x86_64_cpython-3.13_pytest-asyncio-1.5.0_valkey-6.2.0.jsonl.gz"
    results = read_results(tmp_path)
    assert (results.broken, [msgspec.structs.replace(each, file="") for each in results.runs]) == ((), [run])
    assert read_header(path) == run.header


def test_a_packed_file_that_was_cut_off_keeps_what_can_be_read_and_says_so(tmp_path: Path) -> None:
    path = write_condensed(tmp_path, run_of({f"cell-{number}": MASKED for number in range(4000)}))
    path.write_bytes(path.read_bytes()[:-2000])
    results = read_results(tmp_path)
    assert 0 < len(results.runs[0].outcomes) < 4000
    assert results.runs[0].interrupted
    assert "ended before" in results.broken[-1].reason


def test_a_file_that_is_packed_in_name_only_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(b"{}\n")
    assert read_header(path) is None
    (broken,) = read_results(path).broken
    assert "Not a gzipped file" in broken.reason
    path.write_bytes(gzip.compress(b"x" * 100)[:10] + b"\xff" * 50)
    assert [line.file for line in read_results(path).broken] == [str(path)]


def test_names_of_packed_files_that_are_cut_do_not_collide() -> None:
    common = "linux-x86_64/cpython-3.13/" + "anyio-4.9.0/" * 30
    one, other = make_packed_file_name(common + "a"), make_packed_file_name(common + "b")
    assert one != other
    assert one == make_packed_file_name(common + "a")
    assert max(map(len, (one, other))) < 200
