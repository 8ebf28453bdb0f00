"""Cells that were forked are run again under the reference launcher, and what differs is reported and marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from harness.errors import ExitCode, LaunchersDifferError
from harness.evidence.model import Hang
from harness.pipeline.soundness import require_equal_launchers
from harness.store.model import Recheck
from harness.store.reading import read_results
from tests.unit.pipeline.made_up_run import CELLS, FakeLauncher, FakeProvisioner, execute

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.evidence.model import Evidence, Timings
    from harness.launchers.model import Job
    from harness.store.model import Results

ODD = CELLS[1].id


class Says(FakeLauncher):
    """Of the odd cell it shows an output of its own; each run takes the next one."""

    def __init__(self, *outputs: str, left: str = "", hang: Hang | None = None) -> None:
        super().__init__()
        self._outputs = outputs
        self._hang = hang
        self._left = left
        self._reported = 0

    def run(self, job: Job) -> tuple[Evidence, Timings]:
        evidence, timings = super().run(job)
        timings = msgspec.structs.replace(timings, spawned=self._left)
        if ODD not in (job.suite / "conftest.py").read_text("utf-8"):
            return evidence, timings
        text = self._outputs[self._reported % len(self._outputs)] if self._outputs else ""
        self._reported += 1
        return msgspec.structs.replace(evidence, output=text, hang=self._hang), timings


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Results]:
    """Executes a plan, every cell re-checked, and gives what was written."""

    def run(launcher: FakeLauncher, reference: FakeLauncher, **changed: Any) -> Results:
        changed = {"recheck": 100.0, "jobs": 1, **changed}
        execute(tmp_path, launcher, FakeProvisioner(), reference_launcher=reference, **changed)
        return read_results(tmp_path / "results")

    return run


def rechecks(results: Results) -> list[Recheck | None]:
    return [run.recheck for run in results.runs if run.footer]


def test_what_is_equal_is_marked_as_re_checked(run: Callable[..., Results]) -> None:
    reference = FakeLauncher()
    results = run(FakeLauncher(), reference)
    assert reference.count == 12
    cells = tuple(sorted(cell.id for cell in CELLS))
    assert rechecks(results) == [Recheck(cells=cells), Recheck(cells=cells)]
    require_equal_launchers(results)


def test_a_difference_is_reported_at_once_marked_and_ends_the_command(
    run: Callable[..., Results], capsys: pytest.CaptureFixture[str]
) -> None:
    results = run(Says("a forked text"), Says("a spawned text"))
    for found in rechecks(results):
        assert found is not None
        assert {one.cell for one in found.differing} == {ODD}
        assert found.differing[0].places == ('output.0: "a spawned text" | "a forked text"',)
        assert found.varying == ()
    assert f"{ODD} DIFFERS between the launchers" in capsys.readouterr().err
    with pytest.raises(LaunchersDifferError, match=ODD) as caught:
        require_equal_launchers(results)
    assert caught.value.exit_code == ExitCode.INFRASTRUCTURE


def test_a_cell_that_differs_from_itself_is_no_difference_of_launchers(
    run: Callable[..., Results], capsys: pytest.CaptureFixture[str]
) -> None:
    results = run(Says("a", "b", "c"), Says("c"))
    found = [one for one in rechecks(results) if one is not None]
    assert {one.cell for each in found for one in each.varying} == {ODD}
    assert not any(each.differing for each in found)
    (repeated, *_) = (one.repeated for each in found for one in each.varying)
    assert repeated == "1 kind of evidence in 3 runs under the reference, 3 kinds of evidence in 3 runs under the other"
    printed = capsys.readouterr().err
    assert f"{ODD} varies from run to run by itself. Nothing needs to be done.\n    output.0: " in printed
    assert "DIFFERS" not in printed
    require_equal_launchers(results)


@pytest.mark.parametrize(
    ("hang", "runs"),
    [(None, 5), (Hang(limit=15.0, test="test_it", when="call", stacks="", tasks=""), 2)],
    ids=["ends", "hangs"],
)
def test_what_differs_is_repeated_four_times_and_only_once_where_it_hangs(
    run: Callable[..., Results], hang: Hang | None, runs: int
) -> None:
    results = run(Says("a", hang=hang), Says("b"))
    (repeated,) = {one.repeated for found in rechecks(results) if found for one in found.differing}
    kinds = f"1 kind of evidence in {runs} runs"
    assert repeated == f"{kinds} under the reference, {kinds} under the other"


def test_a_suite_of_which_no_two_runs_are_alike_says_nothing_of_launchers(run: Callable[..., Results]) -> None:
    results = run(Says(*(f"at {number}" for number in range(99))), Says(*(f"at -{number}" for number in range(99))))
    assert all(each is not None and each.varying and not each.differing for each in rechecks(results))
    require_equal_launchers(results)


def test_what_ran_in_a_new_process_is_not_run_again(run: Callable[..., Results]) -> None:
    reference = FakeLauncher()
    assert rechecks(run(Says(left="a rule"), reference)) == [None, None]
    assert reference.count == 0


def test_a_sample_follows_from_the_run_s_name_and_has_at_least_one_cell(tmp_path: Path) -> None:
    def sample(folder: str, name: str) -> list[tuple[str, ...]]:
        (tmp_path / folder).mkdir()
        execute(
            tmp_path / folder,
            FakeLauncher(),
            FakeProvisioner(),
            reference_launcher=FakeLauncher(),
            recheck=1.0,
            run=name,
        )
        return [found.cells for found in rechecks(read_results(tmp_path / folder / "results")) if found]

    first = sample("1", "a")
    assert [len(cells) for cells in first] == [1, 1]
    assert sample("2", "a") == first
    assert any(sample(f"other-{name}", name) != first for name in "bcdefghijk")


def test_none_is_none(run: Callable[..., Results]) -> None:
    assert rechecks(run(Says("a"), Says("b"), recheck=0.0)) == [None, None]


def test_a_re_check_that_comes_to_nothing_is_not_counted(
    run: Callable[..., Results], capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken(FakeLauncher):
        def run(self, job: Job) -> tuple[Evidence, Timings]:
            evidence, timings = super().run(job)
            return msgspec.structs.replace(evidence, infrastructure="no memory"), timings

    assert rechecks(run(FakeLauncher(), Broken())) == [None, None]
    assert "could not be re-checked: no memory" in capsys.readouterr().err


class Spawned(FakeLauncher):
    """The reference launcher by its name."""

    name = "spawn"


def test_what_spawn_measured_holds_for_another_launcher_and_not_the_other_way_round(tmp_path: Path) -> None:
    def count(launcher: FakeLauncher, run: str) -> int:
        execute(tmp_path, launcher, FakeProvisioner(), run=run)
        return launcher.count

    assert count(FakeLauncher(), "1") == 14
    assert count(Spawned(), "2") == 14
    assert count(FakeLauncher(), "3") == 0


def test_a_run_whose_launchers_differed_is_not_reused(run: Callable[..., Results], tmp_path: Path) -> None:
    run(Says("a"), Says("b"), run="1")
    launcher = FakeLauncher()
    execute(tmp_path, launcher, FakeProvisioner(), run="2")
    assert launcher.count == 14
