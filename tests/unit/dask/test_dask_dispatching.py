"""Tasks are given to workers a few at a time, and none is waited for that nobody can run."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import pytest

from harness.dask import dispatching
from harness.dask.connection import DaskMessage
from harness.dask.dispatching import AHEAD, DaskTask, Dispatcher
from harness.dask.offers import Offer
from harness.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

LINUX, WINDOWS = frozenset({"system:linux"}), frozenset({"system:win32"})


class FakeConnection:
    """Ends tasks in the order in which they were submitted, when it is waited for them and somebody can run them."""

    def __init__(self, *offered: frozenset[str]) -> None:
        self.offered = [*offered]
        self.submitted: deque[tuple[str, Collection[str]]] = deque()
        self.most = 0
        self.error: Exception | None = None

    def list_offers(self) -> dict[str, Offer]:
        return {
            f"worker-{number}": Offer(program="", system="", interpreters=(), names=names)
            for number, names in enumerate(self.offered)
        }

    def submit(
        self,
        name: str,
        function: Callable[[bytes], bytes],  # noqa: ARG002 - the real one's
        data: bytes,  # noqa: ARG002 - the real one's
        *,
        needs: Collection[str],
        urgent: bool,  # noqa: ARG002 - the real one's
    ) -> None:
        self.submitted.append((name, needs))
        self.most = max(self.most, len(self.submitted))

    def wait(self, seconds: float) -> DaskMessage | None:  # noqa: ARG002 - the real one's
        for name, needs in self.submitted:
            if any(frozenset(needs) <= names for names in self.offered):
                self.submitted.remove((name, needs))
                return DaskMessage(name=name, data=name.encode(), error=self.error)
        return None


def make_task(
    name: str, done: Callable[[bytes], None], needs: frozenset[str] = LINUX, *, urgent: bool = False
) -> DaskTask:
    return DaskTask(name=name, function=bytes, data=b"", needs=needs, done=done, about="a piece", urgent=urgent)


def make_dispatcher(connection: FakeConnection) -> Dispatcher:
    return Dispatcher(connection, heard=lambda _: None)  # type: ignore[arg-type]


def test_each_task_is_done_once_and_no_worker_has_more_than_a_few() -> None:
    connection = FakeConnection(LINUX, LINUX, WINDOWS)
    dispatcher = make_dispatcher(connection)
    done: list[bytes] = []
    for number in range(20):
        dispatcher.add(make_task(f"{number}", done.append))
    dispatcher.run()
    assert sorted(done, key=int) == [b"%d" % number for number in range(20)]
    assert connection.most == 2 * AHEAD


def test_what_a_task_adds_runs_too_and_what_is_urgent_first() -> None:
    dispatcher = make_dispatcher(FakeConnection(LINUX))
    done: list[bytes] = []

    def add_more(name: bytes) -> None:
        done.append(name)
        dispatcher.add(make_task("last", done.append))

    for number in range(AHEAD + 1):
        dispatcher.add(make_task(f"{number}", done.append))
    dispatcher.add(make_task("first", add_more, urgent=True))
    dispatcher.run()
    assert done == [b"first", *(b"%d" % number for number in range(AHEAD + 1)), b"last"]


def test_tasks_that_no_worker_can_run_any_more_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "PATIENCE", 0.0)
    monkeypatch.setattr(dispatching, "LOOK", 0.0)
    connection = FakeConnection(LINUX, WINDOWS)
    dispatcher = make_dispatcher(connection)
    done: list[bytes] = []

    def lose_worker(name: bytes) -> None:
        done.append(name)
        connection.offered = [LINUX]

    dispatcher.add(make_task("1", lose_worker, WINDOWS))
    for number in range(9):
        dispatcher.add(make_task(f"on-windows-{number}", done.append, WINDOWS))
    with pytest.raises(InfrastructureError, match="No worker with system:win32 is left"):
        dispatcher.run()
    assert done == [b"1"]


def test_a_worker_that_comes_while_there_is_patience_takes_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "LOOK", 0.0)
    connection = FakeConnection(LINUX)
    dispatcher = make_dispatcher(connection)
    done: list[bytes] = []

    def bring_worker(name: bytes) -> None:
        done.append(name)
        connection.offered.append(WINDOWS)

    dispatcher.add(make_task("on-windows", done.append, WINDOWS))
    dispatcher.add(make_task("1", bring_worker))
    dispatcher.run()
    assert done == [b"1", b"on-windows"]


def test_what_a_worker_raises_ends_the_run_with_its_words() -> None:
    connection = FakeConnection(LINUX)
    connection.error = ModuleNotFoundError("No module named 'harness'")
    dispatcher = make_dispatcher(connection)
    dispatcher.add(make_task("1", lambda _: None))
    with pytest.raises(InfrastructureError, match="ModuleNotFoundError: No module named 'harness'"):
        dispatcher.run()
