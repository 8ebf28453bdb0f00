"""Whole environments under both launchers: what is compared, counted, written and used again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from harness.commands.fidelity import Comparison
from harness.planning.plan import Plan
from harness.store.fidelity import Fidelity, write_fidelity
from harness.store.model import EvidenceDifference
from tests.unit.pipeline.made_up_run import CELLS, REQUESTS, FakeLauncher, FakeProvisioner, made_up

if TYPE_CHECKING:
    from pathlib import Path

    from harness.evidence.model import Evidence, Timings
    from harness.launchers.model import Job
    from harness.store.fidelity import Compared


class Spawned(FakeLauncher):
    """The reference launcher by its name."""

    name = "spawn"


class Odd(FakeLauncher):
    """Shows something else of one cell."""

    def __init__(self, *, left: str = "", infrastructure: str = "") -> None:
        super().__init__()
        self._left = left
        self._infrastructure = infrastructure

    def run(self, job: Job) -> tuple[Evidence, Timings]:
        evidence, timings = super().run(job)
        if CELLS[1].id not in (job.suite / "conftest.py").read_text("utf-8"):
            return evidence, timings
        odd = "" if self._left or self._infrastructure else "odd"
        evidence = msgspec.structs.replace(evidence, output=odd, infrastructure=self._infrastructure)
        return evidence, msgspec.structs.replace(timings, spawned=self._left)


def compared(folder: Path, launcher: FakeLauncher, reference: FakeLauncher, **changed: Any) -> tuple[Compared, ...]:
    """What came of comparing three cells in two environments."""
    plan = Plan(cells=CELLS, requests=REQUESTS, repeat=1, profile="quick")
    settings = made_up(folder, launcher, **{"plan": plan, "reference_launcher": reference, **changed})
    comparison = Comparison(settings)
    comparison.execute(FakeProvisioner(), 2)  # type: ignore[arg-type]
    return comparison.found(finished=True).environments


def test_what_is_equal_is_counted_in_each_environment(tmp_path: Path) -> None:
    found = compared(tmp_path, FakeLauncher(), Spawned())
    assert [(one.compared, one.equal, one.reused, one.differing) for one in found] == [(3, 3, 0, ())] * 2


def test_what_differs_is_named_with_its_places(tmp_path: Path) -> None:
    for one in compared(tmp_path, Odd(), Spawned()):
        assert one.equal == 2
        assert one.differing == (
            EvidenceDifference(
                cell=CELLS[1].id,
                places=('output.0: null | "odd"',),
                repeated="1 kind of evidence in 5 runs under the reference, "
                "1 kind of evidence in 5 runs under the other",
            ),
        )


def test_what_goes_to_spawn_or_fails_is_not_counted_as_equal(tmp_path: Path) -> None:
    (tmp_path / "left").mkdir()
    for one in compared(tmp_path / "left", Odd(left="a rule"), Spawned()):
        assert (one.equal, one.compared, one.left, one.failed) == (2, 2, {"a rule": 1}, {})
    (tmp_path / "failed").mkdir()
    for one in compared(tmp_path / "failed", Odd(infrastructure="no memory"), Spawned()):
        assert (one.equal, one.compared, one.left, one.failed) == (2, 2, {}, {"no memory": 1})


def test_what_spawn_observed_before_is_not_run_again_unless_asked_for(tmp_path: Path) -> None:
    compared(tmp_path, FakeLauncher(), Spawned(), run="1")
    launcher, reference = FakeLauncher(), Spawned()
    found = compared(tmp_path, launcher, reference, run="2")
    assert [(one.equal, one.reused) for one in found] == [(3, 3)] * 2
    assert (launcher.count, reference.count) == (6, 0)
    compared(tmp_path, launcher, reference, run="3", fresh=True)
    assert reference.count == 8


def test_what_was_compared_is_known_when_it_ends_early(tmp_path: Path) -> None:
    class Failing(FakeLauncher):
        def run(self, job: Job) -> tuple[Evidence, Timings]:
            if self.count == 2:
                raise RuntimeError("no more")
            return super().run(job)

    plan = Plan(cells=CELLS, requests=REQUESTS, repeat=1, profile="quick")
    comparison = Comparison(made_up(tmp_path, Failing(), plan=plan, reference_launcher=Spawned(), run="1"))
    with pytest.raises(RuntimeError, match="no more"):
        comparison.execute(FakeProvisioner(), 1)  # type: ignore[arg-type]
    found = comparison.found(finished=False)
    assert sum(one.equal for one in found.environments) == 2
    path = write_fidelity(tmp_path / "fidelity", found)
    assert path.name == "1.json"
    assert msgspec.json.decode(path.read_bytes(), type=Fidelity) == found
