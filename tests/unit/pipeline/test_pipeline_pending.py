"""Waiting for many pieces of work, of which any may fail."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from harness.pipeline.run import Pending


def test_waiting_for_nothing_is_over_at_once() -> None:
    Pending().wait()


def test_the_first_failure_is_raised_while_others_still_run() -> None:
    running: Future[None] = Future()
    failed: Future[None] = Future()
    pending = Pending()
    pending.add([running, failed])
    failed.set_exception(LookupError("first"))
    running.set_exception(ValueError("second"))
    with pytest.raises(LookupError, match="first"):
        pending.wait()


def test_what_one_piece_of_work_adds_is_waited_for_as_well() -> None:
    release = threading.Event()
    ended: list[str] = []
    pending = Pending()

    def inner() -> None:
        release.wait(30)
        ended.append("inner")

    with ThreadPoolExecutor(2) as pool:
        pending.add([pool.submit(lambda: pending.add([pool.submit(inner)]))])
        threading.Timer(0.1, release.set).start()
        pending.wait()
    assert ended == ["inner"]


def test_what_was_cancelled_is_no_failure() -> None:
    future: Future[None] = Future()
    pending = Pending()
    pending.add([future])
    future.cancel()
    future.set_running_or_notify_cancel()
    pending.wait()
