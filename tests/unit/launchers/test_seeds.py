"""Who holds the process that warm processes are forked from, and how long."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.launchers.messages import WarmLostError
from harness.launchers.model import Job
from harness.launchers.seed import Seeds
from harness.servers.model import Database

if TYPE_CHECKING:
    from collections.abc import Iterator


def make_job(python: str) -> Job:
    return Job(suite=Path(), python=Path(python), database=Database(url="valkey://localhost", number=0), limit=1.0)


class Made:
    """Stands in for a seed."""

    lost = False


class Starts:
    """Seeds without processes; those of the interpreter `cold` can't be started."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.ended: list[str] = []
        self.seeds = Seeds(self.make)

    @contextlib.contextmanager
    def make(self, job: Job) -> Iterator[Any]:
        self.started.append(str(job.python))
        if str(job.python) == "cold":
            raise WarmLostError("it warns")
        yield Made()
        self.ended.append(str(job.python))


def test_whoever_holds_one_at_the_same_time_has_the_same_until_the_last_lets_go() -> None:
    starts, meeting = Starts(), threading.Barrier(2, timeout=60)

    def hold() -> object:
        with starts.seeds.hold(make_job("3.13")) as seed:
            meeting.wait()
            assert starts.ended == []
            meeting.wait()
            return seed

    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(hold) for _ in range(2))
        assert first.result() is second.result()
    assert starts.started == starts.ended == ["3.13"]
    with starts.seeds.hold(make_job("3.13")), starts.seeds.hold(make_job("3.12")):
        assert starts.started == ["3.13", "3.13", "3.12"]
    assert starts.ended == ["3.13", "3.12", "3.13"]


def test_one_that_cannot_be_had_is_started_once_and_the_reason_is_kept() -> None:
    starts = Starts()
    for _ in range(2):
        with pytest.raises(WarmLostError, match="it warns"), starts.seeds.hold(make_job("cold")):
            pass
    assert starts.started == ["cold"]


def test_one_that_is_lost_is_replaced_by_another_for_whoever_comes_next() -> None:
    starts = Starts()
    with starts.seeds.hold(make_job("3.13")) as first:
        first.lost = True  # type: ignore[misc]
        with starts.seeds.hold(make_job("3.13")) as second, starts.seeds.hold(make_job("3.13")) as third:
            assert second is third is not first
    assert starts.started == starts.ended == ["3.13"] * 2
