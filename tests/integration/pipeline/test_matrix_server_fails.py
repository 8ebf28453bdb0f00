"""A run whose server fails at any moment ends as one whose server does not.

`VALKEY_LOOP_MATRIX_FAILURES` says how often the server fails in each run; without it, 3. `VALKEY_LOOP_MATRIX_SEED`
chooses other moments.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from harness.errors import ExitCode
from harness.store.reading import read_results
from tests.integration.pipeline.essence import Essence, Identity, essence, identity

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.pipeline.conftest import Harness

if sys.platform == "win32":
    pytest.skip("the default server has no process of its own that stops", allow_module_level=True)

pytestmark = pytest.mark.integration

FAILURES = int(os.environ.get("VALKEY_LOOP_MATRIX_FAILURES", "3"))
SEED = int(os.environ.get("VALKEY_LOOP_MATRIX_SEED", "0"))
CELLS = (
    "default/function/module_global/none",
    "default/function/async_fixture/flush_around",
    "default/session/async_fixture/aclose",
    "default/class/shared_pool/none",
)
OPTIONS = [argument for cell in CELLS for argument in ("--cell", cell)]


def kill(server: psutil.Process) -> None:
    server.kill()


def end(server: psutil.Process) -> None:
    server.terminate()


def stop(server: psutil.Process) -> None:
    server.send_signal(signal.SIGSTOP)


def stop_for_a_moment(server: psutil.Process) -> None:
    server.send_signal(signal.SIGSTOP)
    time.sleep(0.3)
    server.send_signal(signal.SIGCONT)


WAYS = (kill, stop_for_a_moment, end, stop)


def servers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(process.pid).children():
        with contextlib.suppress(psutil.Error):
            if child.name() == "valkey-server" and child.status() != psutil.STATUS_ZOMBIE:
                found.append(child)
    return found


@pytest.fixture(scope="module")
def options(python: str) -> list[str]:
    count = max(1, FAILURES)
    return [*OPTIONS, "--python", python, "--pytest-asyncio", "1.0.0", "--repeat", str(count)]


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, new_harness: Callable[[Path], Harness], options: list[str]
) -> dict[Identity, Essence]:
    """What a run ends with whose server does not fail."""
    harness = new_harness(tmp_path_factory.mktemp("undisturbed"))
    done = harness.run(*options, "--launcher", "fork")
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "The server failed" not in done.stderr
    return {identity(one): essence(one) for one in harness.outcomes()}


def more_are_through(harness: Harness, process: subprocess.Popen[str], count: int) -> None:
    wanted = len(harness.outcomes()) + count
    harness.until(lambda: process.poll() is not None or len(harness.outcomes()) >= wanted, "nothing goes on")


def disturb(harness: Harness, process: subprocess.Popen[str], chance: random.Random) -> int:
    """Make servers of the run fail until it ends, or as often as wanted; how often.

    After each time some suites must be through, so that it isn't always the same that suffers.
    """
    ways = [*WAYS]
    chance.shuffle(ways)
    for number in range(FAILURES):
        more_are_through(harness, process, 2)
        time.sleep(chance.uniform(0, 0.2))
        running = servers(process) if process.poll() is None else []
        if not running:
            return number
        with contextlib.suppress(psutil.NoSuchProcess):
            ways[number % len(ways)](chance.choice(running))
    return FAILURES


@pytest.mark.parametrize("launcher", ["spawn", "fork"])
def test_a_run_whose_server_fails_at_random_moments_ends_as_one_whose_server_does_not(
    harness: Harness, options: list[str], undisturbed: dict[Identity, Essence], launcher: str
) -> None:
    process = harness.start(*options, "--launcher", launcher, "--jobs", "2")
    failures = disturb(harness, process, random.Random(f"{SEED} {launcher}"))  # noqa: S311 - no secret
    _, output = process.communicate(timeout=300)
    assert process.returncode == ExitCode.DONE, output
    assert "Traceback" not in output
    assert failures >= min(FAILURES, 2)  # a fast run may end before all have happened
    assert output.count("The server failed: it ") >= 1, output
    assert len(harness.outcomes()) == len(undisturbed)
    assert {identity(one): essence(one) for one in harness.outcomes()} == undisturbed
    assert [run.interrupted for run in read_results(harness.results).runs] == [False]
    harness.until(lambda: not harness.left(), "something is left")


def test_a_run_that_is_killed_leaves_none_of_the_servers_it_started_meanwhile(
    harness: Harness, options: list[str], undisturbed: dict[Identity, Essence]
) -> None:
    process = harness.start(*options, "--jobs", "2")
    for _ in range(2):
        more_are_through(harness, process, 1)
        for server in servers(process):
            server.kill()
    more_are_through(harness, process, 1)
    assert process.poll() is None
    harness.look()
    process.kill()
    process.wait()
    harness.until(lambda: not harness.left(), "something is left")
    assert {essence(one) for one in harness.outcomes()} <= set(undisturbed.values())
