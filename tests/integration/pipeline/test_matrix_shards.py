"""A matrix in shards: merged, it is what it is in one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.cli.main import main
from harness.errors import ExitCode
from harness.evidence.comparing import find_differences
from harness.evidence.store import EvidenceStore
from harness.store.reading import read_results
from tests.integration.pipeline.essence import essence, identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.store.model import Outcome
    from tests.integration.pipeline.conftest import Harness

PLAN = ("--profile", "smoke", "--pytest-asyncio", "0.26.0,1.0.0", "--select", "fixture_scope=function")


def read(folder: Path) -> dict[object, Outcome]:
    outcomes = [one for run in read_results(folder).runs for one in run.outcomes]
    found: dict[object, Outcome] = {identity(one): one for one in outcomes}
    assert len(found) == len(outcomes)
    return found


def test_three_shards_merged_are_the_run_in_one_piece(
    tmp_path: Path, new_harness: Callable[[Path], Harness], python: str
) -> None:
    folders = []
    for number in range(4):
        (tmp_path / f"{number}").mkdir()
        harness = new_harness(tmp_path / f"{number}")
        variables = {"JOB_COMPLETION_INDEX": f"{number - 1}"} if number else {}
        shard = ("--shard", "3") if number else ()
        done = harness.run(*PLAN, "--python", python, *shard, environ=variables)
        assert done.returncode == ExitCode.DONE, done.stderr
        assert (f"shard {number}/3" in done.stdout) == bool(number)
        folders.append(harness.results)
    merged = tmp_path / "merged"
    assert main(["merge", *map(str, folders[1:]), "--into", str(merged)]) == ExitCode.DONE

    one_piece, parts = read(folders[0]), read(merged)
    assert {key: essence(one) for key, one in parts.items()} == {key: essence(one) for key, one in one_piece.items()}
    stores = EvidenceStore(folders[0]), EvidenceStore(merged)
    measured = [(one, parts[key]) for key, one in one_piece.items() if one.evidence]
    assert len(measured) > 60
    for pair in measured:
        before, after = (store.get(one.evidence) for store, one in zip(stores, pair, strict=True))
        assert find_differences(before, after) == ()


def test_a_bad_shard_is_refused_before_anything_runs(harness: Harness) -> None:
    for asked in ("0/3", "4/3", "x"):
        done = harness.run("--shard", asked)
        assert done.returncode == ExitCode.USAGE
        assert f"'{asked}' can't be used" in done.stderr
    assert not harness.results.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_a_dry_run_says_what_each_shard_would_do_and_runs_nothing(harness: Harness, count: int) -> None:
    done = harness.run("--profile", "smoke", "--dry-run", "--shard", f"{count}")
    assert done.returncode == ExitCode.DONE, done.stderr
    assert ("Shard 3 of 3" in done.stdout) == (count == 3)
    assert not harness.results.exists()


def test_what_failed_runs_again_and_nothing_else(harness: Harness, python: str) -> None:
    named = ("module_global/none", "async_fixture/aclose")
    cells = [argument for cell in named for argument in ("--cell", f"default/function/{cell}")]
    plan = (*cells, "--pytest-asyncio", "1.0.0", "--python", python)
    assert harness.run(*plan).returncode == ExitCode.DONE
    done = harness.run(*plan, "--only", "failed")
    assert done.returncode == ExitCode.DONE, done.stderr
    newest = max(read_results(harness.results).runs, key=lambda run: run.header.run)
    assert [(one.cell, one.reused_from) for one in newest.outcomes] == [("default/function/module_global/none", "")]
    refused = harness.run(*plan, "--only", "changed")
    assert refused.returncode == ExitCode.USAGE
    assert "Nothing that is selected is changed" in refused.stderr
