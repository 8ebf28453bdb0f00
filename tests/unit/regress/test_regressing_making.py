"""Which runs become a baseline, and what keeps one from being made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.catalogue.loading import load_catalogue
from harness.cli.main import main
from harness.cli.options import CompareOptions
from harness.commands import bisect, repro
from harness.compare import planning as comparing
from harness.compare.sides import read_side
from harness.environments.model import Interpreter
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode, UsageError
from harness.regress.baseline_making import ASIDE, choose_runs
from harness.reported import planning as reporting
from harness.store.files import make_packed_file_name
from harness.store.model import EvidenceDifference, Recheck, Results, Run
from harness.store.reading import read_results
from harness.verdicts.model import Status, Verdict
from tests.unit.store.made_up_results import CLEAN, MASKED, environment, header, outcome, run_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LATER, LAST = "20261123T125500Z-4f2b", "20261124T125500Z-4f2c"
FAILED = Verdict(status=Status.INFRASTRUCTURE, reason="the server was killed")
UNRESOLVABLE = Verdict(status=Status.UNRESOLVABLE, reason="no version fits")
OLD = environment("1.4.1")


def of_profile(run: Run, profile: str) -> Run:
    return msgspec.structs.replace(run, header=msgspec.structs.replace(run.header, profile=profile))


def rechecked(run: Run) -> Run:
    assert run.footer is not None
    recheck = Recheck(cells=("a",), differing=(EvidenceDifference(cell="a", places=("exit",)),))
    return msgspec.structs.replace(run, footer=msgspec.structs.replace(run.footer, recheck=recheck))


def unended(run: Run) -> Run:
    return msgspec.structs.replace(run, footer=None)


def chosen(*runs: Run) -> list[tuple[str, int]]:
    return [(run.header.run, len(run.outcomes)) for run in choose_runs(Results(runs=runs)).runs]


def stored(folder: Path, *runs: Run) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, run in enumerate(runs):
        lines = [run.header, *run.outcomes, *([run.footer] if run.footer else [])]
        path = folder / f"{run.header.run}.{number}.jsonl"
        path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return folder


def made(results: Path, into: Path) -> int:
    return main(["baseline", "--results", str(results), "--into", str(into)])


def cells_in(folder: Path, where: str) -> set[str]:
    runs: Iterable[Run] = read_results(folder / make_packed_file_name(where)).runs
    return {outcome.cell for run in runs for outcome in run.outcomes}


def test_of_each_environment_the_run_with_most_outcomes_is_kept_and_of_equally_many_the_newest() -> None:
    large = run_of({"a": CLEAN, "b": CLEAN})
    again = run_of({"a": MASKED, "b": CLEAN}, run=LATER)
    tiny = run_of({"a": CLEAN}, run=LAST)
    assert chosen(tiny, again, large) == [(LATER, 2)]
    choice = choose_runs(Results(runs=(large, again, tiny, unended(run_of({"c": CLEAN}, OLD)))))
    assert (choice.smaller, choice.interrupted, choice.aside) == (1, 1, 0)


def test_runs_of_other_commands_do_not_count_however_large_they_are() -> None:
    small = run_of({"a": CLEAN})
    larger = run_of(dict.fromkeys("abc", CLEAN), run=LATER)
    others = [of_profile(larger, profile) for profile in ASIDE]
    assert chosen(small, *others) == [(small.header.run, 1)]
    assert choose_runs(Results(runs=(small, *others))).aside == len(ASIDE)
    assert {bisect.PROFILE, repro.PROFILE, comparing.PROFILE, reporting.PROFILE} == ASIDE


def test_what_compare_runs_is_distinguished_from_a_run_of_a_profile() -> None:
    options = CompareOptions(before="0.26.0", after="1.0.0", cells=("default/function/module_global/none",))
    sides = (read_side(options.before), read_side(options.after))
    here = Provisioner(interpreters=(Interpreter(version="3.13.0", executable="/pythons/3.13.0"),))
    assert comparing.plan_sides(options, sides, load_catalogue(), here).plan.profile in ASIDE


def test_suites_of_public_reports_do_not_become_a_baseline() -> None:
    mixed = run_of({"a": CLEAN, "reported/pa-744/before": MASKED})
    (kept,) = choose_runs(Results(runs=(mixed, run_of({"reported/pa-744/before": CLEAN}, OLD)))).runs
    assert [each.cell for each in kept.outcomes] == ["a"]
    assert kept.footer is not None
    assert kept.footer.outcomes == 1


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (run_of({"a": FAILED}), "failed 1 cell in "),
        (run_of({"a": FAILED, "b": FAILED}), "failed 2 cells in "),
        (rechecked(run_of({"a": CLEAN})), "launchers observed different things"),
    ],
)
def test_what_went_wrong_does_not_become_a_baseline(run: Run, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        choose_runs(Results(runs=(run,)))


def test_a_run_of_which_lines_can_not_be_read_is_refused_and_no_smaller_one_takes_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = stored(tmp_path / "results", run_of({"a": CLEAN, "b": CLEAN}), run_of({"a": CLEAN}, run=LATER))
    path = next(results.glob("*.0.jsonl"))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b"{nonsense\n", *lines[3:]]))
    assert made(results, tmp_path / "baseline") == ExitCode.USAGE
    output = capsys.readouterr().err
    assert f"{path} is damaged: it was written with 2 outcomes" in output
    assert "and 1 can be read" in output
    assert not (tmp_path / "baseline").exists()


def test_nothing_is_written_where_a_file_holds_what_the_results_lack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline = tmp_path / "baseline"
    assert made(stored(tmp_path / "one", run_of(dict.fromkeys("abc", CLEAN))), baseline) == ExitCode.DONE
    smaller = stored(tmp_path / "two", run_of({"a": CLEAN, "z": CLEAN}, run=LATER), run_of({"a": CLEAN}, OLD))
    capsys.readouterr()
    assert made(smaller, baseline) == ExitCode.USAGE
    output = capsys.readouterr().err
    assert f"{environment().id}: 2 of 3 outcomes" in output
    assert "Take these files away first" in output
    assert "--into" in output
    assert cells_in(baseline, environment().id) == {"a", "b", "c"}
    assert not (baseline / make_packed_file_name(OLD.id)).exists()
    (baseline / make_packed_file_name(environment().id)).unlink()
    assert made(smaller, baseline) == ExitCode.DONE
    assert cells_in(baseline, environment().id) == {"a", "z"}


def test_a_sample_that_would_be_lost_counts_like_a_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    single = run_of({"a": CLEAN}, run=LATER)
    assert single.footer is not None
    twice = msgspec.structs.replace(
        single,
        outcomes=(*single.outcomes, outcome("a", run=LATER, sample=1)),
        footer=msgspec.structs.replace(single.footer, outcomes=2),
    )
    assert made(stored(tmp_path / "one", twice), tmp_path / "baseline") == ExitCode.DONE
    assert made(stored(tmp_path / "two", single), tmp_path / "baseline") == ExitCode.USAGE
    assert "1 of 2 outcomes" in capsys.readouterr().err


def test_the_same_or_more_replaces_what_is_there(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline"
    for name, verdicts in {"one": {"a": CLEAN}, "two": {"a": MASKED, "b": CLEAN}}.items():
        assert made(stored(tmp_path / name, run_of(verdicts)), baseline) == ExitCode.DONE
    assert cells_in(baseline, environment().id) == {"a", "b"}


def test_cells_of_environments_that_can_not_be_resolved_are_not_counted_as_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resolved = run_of({"a": CLEAN})
    head = msgspec.structs.replace(header(OLD), environment=None)
    unresolved = msgspec.structs.replace(run_of({"a": UNRESOLVABLE, "b": UNRESOLVABLE}, OLD), header=head)
    results = stored(tmp_path / "results", resolved, unresolved)
    assert main(["baseline", "--results", str(results), "--into", str(tmp_path / "baseline"), "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert {(one["environment"], one["cells"], one["ran"]) for one in files} == {
        (OLD.id, 2, 0),
        (environment().id, 1, 1),
    }


def test_what_is_left_out_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    aside = of_profile(run_of({"a": CLEAN}, run=LAST), "repro")
    results = stored(tmp_path / "results", run_of({"a": CLEAN}), unended(run_of({"a": CLEAN}, run=LATER)), aside)
    assert made(results, tmp_path / "baseline") == ExitCode.DONE
    output = " ".join(capsys.readouterr().out.split())
    assert "Left out: 1 run that did not end; 1 run of bisect, compare, reported, repro." in output


def test_without_a_finished_run_the_reason_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = tmp_path / "results"
    results.mkdir()
    path = results / "a.jsonl"
    for content, reason in ((b"", "is empty"), (b"{nonsense\n", "malformed")):
        path.write_bytes(content)
        assert made(results, tmp_path / "baseline") == ExitCode.USAGE
        output = capsys.readouterr().err
        assert str(path) in output
        assert reason in output
    path.unlink()
    stored(results, of_profile(run_of({"a": CLEAN}), "bisect"))
    assert made(results, tmp_path / "baseline") == ExitCode.USAGE
    assert "but those of bisect, compare, reported, repro" in capsys.readouterr().err
