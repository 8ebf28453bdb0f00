"""`merge` on disk: the same files in any order, evidence taken along, missing shards named."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec

from harness.cli.main import main
from harness.errors import ExitCode
from harness.evidence.model import Evidence, Exit
from harness.evidence.store import EvidenceStore, make_evidence_path
from harness.planning.shard import RecordedShard
from harness.report.choosing import choose_newest, read_whole
from harness.store.files import make_results_file_name
from harness.store.merging import merge
from harness.store.model import Footer, Results
from harness.store.reading import read_results
from harness.store.uniting import find_missing_shards
from tests.unit.store.made_up_results import CLEAN, LEAKS, MASKED, environment, outcome, put, run_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from harness.store.model import Run

ENVIRONMENTS = (environment("0.21.2"), environment("1.5.0"))


def shard(number: int, *runs: Run, count: int = 3, environments: int | None = None, plan: str = "p" * 64) -> list[Run]:
    """The runs as those of a shard."""
    record = RecordedShard(number=number, count=count, plan=plan, environments=environments or len(runs))
    return [msgspec.structs.replace(run, header=msgspec.structs.replace(run.header, shard=record)) for run in runs]


def three_shards(folder: Path) -> list[Path]:
    """A plan of two environments in three parts."""
    first = run_of({"a": CLEAN, "b": LEAKS}, ENVIRONMENTS[0], run="run-1")
    second = (
        run_of({"c": CLEAN}, ENVIRONMENTS[0], run="run-2"),
        run_of({"a": CLEAN}, ENVIRONMENTS[1], run="run-2"),
    )
    third = run_of({"b": LEAKS, "c": MASKED}, ENVIRONMENTS[1], run="run-3")
    parts = shard(1, first), shard(2, *second), shard(3, third)
    return [put(folder / f"shard-{number}", *part) for number, part in enumerate(parts, 1)]


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_folders_merged_in_any_order_at_once_or_one_by_one_and_again_give_the_same_files(tmp_path: Path) -> None:
    shards = three_shards(tmp_path)
    seen = []
    for number, order in enumerate(itertools.permutations(shards)):
        at_once, one_by_one = tmp_path / f"at-once-{number}", tmp_path / f"one-by-one-{number}"
        assert main(["merge", *map(str, order), "--into", str(at_once)]) == ExitCode.DONE
        for place in (*order, at_once, order[0]):
            main(["merge", str(place), "--into", str(one_by_one)])
        seen += [content(at_once), content(one_by_one)]
    assert len(seen[0]) == 4
    assert all(one == seen[0] for one in seen)


def test_what_was_merged_is_all_that_was_there_with_its_run_and_machine(tmp_path: Path) -> None:
    shards = three_shards(tmp_path)
    main(["merge", *map(str, shards), "--into", str(tmp_path / "merged")])
    before = merge(read_results(*shards))
    after = merge(read_results(tmp_path / "merged"))
    assert after == before
    assert {one.run for run in after.runs for one in run.outcomes} == {"run-1", "run-2", "run-3"}


def test_a_missing_shard_is_named_and_the_rest_is_merged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = three_shards(tmp_path)
    into = ["--into", str(tmp_path / "merged")]
    assert main(["merge", str(first), str(third), *into]) == ExitCode.INFRASTRUCTURE
    assert "shard 2/3 of plan pppppppp is missing" in capsys.readouterr().err
    assert sum(len(run.outcomes) for run in read_results(tmp_path / "merged").runs) == 4
    assert main(["merge", str(second), *into]) == ExitCode.DONE


def test_a_shard_that_lacks_an_environment_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = three_shards(tmp_path)
    next(iter(second.glob("*1.5.0*"))).unlink()
    assert main(["merge", *map(str, (first, second, third)), "--into", str(tmp_path / "merged")]) == (
        ExitCode.INFRASTRUCTURE
    )
    assert "shard 2/3 of plan pppppppp is not whole: it ended in 1 of 2 environments" in capsys.readouterr().err


def test_a_shard_is_whole_if_two_runs_of_it_are_together() -> None:
    early, late = (run_of({"a": CLEAN}, where, run=name) for where, name in zip(ENVIRONMENTS, ("x", "y"), strict=True))
    runs = shard(1, early, count=1, environments=2)
    interrupted = msgspec.structs.replace(early, footer=None)
    assert find_missing_shards(merge(*map(whole_of, [runs]))) == [
        "shard 1/1 of plan pppppppp is not whole: it ended in 1 of 2 environments"
    ]
    both = [*runs, *shard(1, late, interrupted, count=1, environments=2)]
    assert find_missing_shards(whole_of(both)) == []


def whole_of(runs: list[Run]) -> Results:
    return Results(runs=tuple(runs))


def test_results_without_shards_lack_none(tmp_path: Path) -> None:
    folder = put(tmp_path / "results", run_of({"a": CLEAN}))
    assert main(["merge", str(folder), "--into", str(tmp_path / "merged")]) == ExitCode.DONE


def test_evidence_comes_along_and_what_was_altered_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "results"
    store = EvidenceStore(folder)
    kept, altered = (store.put(Evidence(finished=True, exit=Exit(code=code))) for code in (0, 1))
    (folder / make_evidence_path(altered)).write_bytes(b"something else")
    run = run_of({})
    outcomes = (outcome("a", evidence=kept), outcome("b", evidence=altered))
    put(folder, msgspec.structs.replace(run, outcomes=outcomes, footer=Footer(outcomes=2, finished="", wall=1.0)))
    assert main(["merge", str(folder), "--into", str(tmp_path / "merged")]) == ExitCode.DONE
    there = EvidenceStore(tmp_path / "merged")
    assert (there.holds(kept), there.holds(altered)) == (True, False)
    assert "none of the folders: 1 file" in capsys.readouterr().out


def test_two_verdicts_for_one_outcome_count_like_repeats(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [put(tmp_path / str(verdict.status), run_of({"a": verdict})) for verdict in (CLEAN, LEAKS)]
    assert main(["merge", *map(str, folders), "--into", str(tmp_path / "merged")]) == ExitCode.DONE
    assert "Two verdicts" in capsys.readouterr().out
    merged = read_results(tmp_path / "merged")
    assert not merged.broken
    (chosen,) = choose_newest(merged).runs
    assert {one.verdict.status for one in chosen.outcomes} == {CLEAN.status, LEAKS.status}
    (whole,) = read_whole(choose_newest(merged))
    assert whole.outcomes == chosen.outcomes


def test_a_line_that_cannot_be_read_fails_the_merge_and_one_torn_by_a_kill_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = put(tmp_path / "results", run_of({"a": CLEAN}))
    (path,) = folder.glob("*.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2]) + b'{"kind":"outc')
    assert main(["merge", str(folder), "--into", str(tmp_path / "one")]) == ExitCode.DONE
    path.write_bytes(lines[0] + b"{}\n" + b"".join(lines[1:]))
    assert main(["merge", str(folder), "--into", str(tmp_path / "other")]) == ExitCode.INFRASTRUCTURE
    assert f"{path}:2" in capsys.readouterr().err


def test_environments_of_one_name_in_one_run_get_files_of_their_own(tmp_path: Path) -> None:
    older, newer = environment(pytest="8.3.0"), environment(pytest="8.4.2")
    folders = [put(tmp_path / where.pytest, run_of({"a": CLEAN}, where)) for where in (older, newer)]
    main(["merge", *map(str, folders), "--into", str(tmp_path / "merged")])
    names = {path.name for path in (tmp_path / "merged").glob("*.jsonl")}
    assert len(names) == 2
    assert make_results_file_name(run_of({}, older).header) in names


def test_a_folder_without_results_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["merge", str(tmp_path), "--into", str(tmp_path / "merged")]) == ExitCode.USAGE
    assert "There are no results" in capsys.readouterr().err
    assert not (tmp_path / "merged").exists()
