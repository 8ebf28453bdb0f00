"""What the system tells of a process, asked about real ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from harness.servers.exit_status import ChildStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

if sys.platform == "win32" or not hasattr(os, "waitid"):
    pytest.skip("the system doesn't tell a parent of its children", allow_module_level=True)

SLEEPS = "import sys, time; print(flush=True); sys.stdin.read(); sys.exit(7)"


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", SLEEPS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_process_that_runs_has_no_fate_yet(child: subprocess.Popen[bytes]) -> None:
    status = ChildStatus(child.pid)
    assert (status.ended(), status.stopped()) == ("", False)


def test_a_stop_is_reported_once_also_when_it_is_over(child: subprocess.Popen[bytes]) -> None:
    status = ChildStatus(child.pid)
    child.send_signal(signal.SIGSTOP)
    until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED)
    child.send_signal(signal.SIGCONT)
    until(lambda: psutil.Process(child.pid).status() != psutil.STATUS_STOPPED)
    assert [status.stopped(), status.stopped()] == [True, False]
    assert status.ended() == ""


def test_how_a_process_ended_is_reported_and_left_to_who_waits_for_it(child: subprocess.Popen[bytes]) -> None:
    status = ChildStatus(child.pid)
    child.kill()
    until(status.ended)
    assert status.ended() == "it was ended by SIGKILL"
    assert child.wait() == -signal.SIGKILL
    assert status.ended() == "it ended"


def test_an_exit_code_is_reported(child: subprocess.Popen[bytes]) -> None:
    status = ChildStatus(child.pid)
    assert child.stdin is not None
    child.stdin.close()
    until(status.ended)
    assert status.ended() == "it ended with exit code 7"


def test_of_a_process_that_is_not_our_child_nothing_is_known() -> None:
    status = ChildStatus(os.getppid())
    assert (status.ended(), status.stopped()) == ("", False)
