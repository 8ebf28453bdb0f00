"""Locks that several processes share."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from harness.environments.shared_files import hold_lock
from harness.errors import InfrastructureError

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys, time, pathlib
from harness.environments.shared_files import hold_lock
with hold_lock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_only_one_thread_is_inside_at_a_time(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def enter(number: int) -> None:
        with hold_lock(tmp_path / "locks" / "one"):
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(40)))
    assert most == [1] * 40


def test_waiting_for_a_lock_can_be_given_up(tmp_path: Path) -> None:
    def wait() -> None:
        with hold_lock(tmp_path / "one", given_up=lambda: True):
            pass

    with (
        hold_lock(tmp_path / "one"),
        ThreadPoolExecutor(1) as pool,
        pytest.raises(InfrastructureError, match="stopped"),
    ):
        pool.submit(wait).result(30)


def test_a_lock_is_free_again_when_its_holder_was_killed(tmp_path: Path) -> None:
    lock = tmp_path / "one"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        entered = threading.Event()

        def wait() -> None:
            with hold_lock(lock):
                entered.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not entered.wait(0.2)
        holder.kill()
        waiting.join(30)
        assert entered.is_set()
