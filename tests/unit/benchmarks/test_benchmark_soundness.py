"""What a measurement of forks doesn't take for one."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, cast

import pytest

from benchmarks.contenders import Contender, ContenderRunner
from benchmarks.outcome_letters import read_observed
from harness.environments.model import Built, EnvironmentRequest
from harness.errors import InfrastructureError
from harness.evidence.model import Evidence, Timings
from harness.launchers.model import NeedsNewProcessError
from harness.servers.model import Database
from tests.unit.benchmarks.made_up_benchmark import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.launchers.model import Job

REASON = "the suite has a module that the warm process has imported"


class MadeUpServer:
    """Leases what nobody connects to."""

    @contextlib.contextmanager
    def lease(self) -> Iterator[Database]:
        yield Database(url="valkey://127.0.0.1:1/0", number=0)


class Leaves:
    """A launcher that leaves every suite to be spawned, and says so in one of the two ways there are."""

    name = "fork"

    def __init__(self, *, spawns: bool) -> None:
        self.spawns = spawns

    def run(self, _job: Job) -> tuple[Evidence, Timings]:
        if not self.spawns:
            raise NeedsNewProcessError(REASON)
        return Evidence(), Timings(started="", wall=1.0, cpu=1.0, spawned=REASON)


@pytest.mark.parametrize("spawns", [True, False], ids=["spawned instead", "left undone"])
def test_a_suite_that_is_not_forked_is_no_measurement_of_forks(tmp_path: Path, spawns: bool) -> None:
    built = Built(request=EnvironmentRequest(python="3.12", plugin="1.0.0"), environment=ENVIRONMENT, python=tmp_path)
    contender = Contender(launcher=cast("Any", Leaves(spawns=spawns)), course=read_observed)
    bench = ContenderRunner(cast("Any", MadeUpServer()), tmp_path)
    with pytest.raises(InfrastructureError) as caught:
        bench.run(contender, built, "a/b/c/d", {"test_it.py": ""})
    assert str(caught.value) == (
        f"a/b/c/d in {ENVIRONMENT.id} was not forked but spawned: {REASON}.\n"
        "  → Leave that cell out: it says nothing about forks."
    )
