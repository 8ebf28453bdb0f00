"""`python -m harness matrix` as a process, and what is needed to look at it from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import psutil
import pytest

from harness.environments.interpreters import discover, find_newest
from harness.processes.killing import is_alive
from harness.store.reading import read_results
from tests.integration.somebodys import run_somebodys_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from harness.store.model import Outcome

ROOT = Path(__file__).parents[3]
PATIENCE = 120.0
"""Seconds that only keep a broken test from waiting for ever."""


@pytest.fixture(scope="session")
def python() -> str:
    """A Python that every release of pytest-asyncio used here supports."""
    found = discover().found
    here = [each.minor for each in found]
    return next((minor for minor in ("3.12", "3.11", "3.13") if minor in here), find_newest(found).minor)


class Harness:
    """Starts the program, with its scratch folders in a place of its own."""

    def __init__(self, folder: Path) -> None:
        self.results = folder / "results"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.environ = {**os.environ, "TMPDIR": str(self.temporary)}
        self.started: list[subprocess.Popen[str]] = []
        self.seen: set[psutil.Process] = set()

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "harness", "matrix", *arguments, "--results", str(self.results)]

    def run(
        self,
        *arguments: str,
        root: Path = ROOT,
        environ: Mapping[str, str] = MappingProxyType({}),
        patience: float = PATIENCE,
    ) -> subprocess.CompletedProcess[str]:
        """The program, to its end; `root` is the project's folder, `environ` holds further variables."""
        return subprocess.run(
            self.command(*arguments),
            cwd=root,
            env={**self.environ, **environ},
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=patience,
        )

    def start(self, *arguments: str, command: list[str] | None = None) -> subprocess.Popen[str]:
        """The program in a process group of its own, as a shell starts it."""
        process = subprocess.Popen(
            command or self.command(*arguments),
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def outcomes(self) -> list[Outcome]:
        """What the results files hold by now; a line that is being written is not there yet."""
        if not self.results.exists():
            return []
        return [outcome for run in read_results(self.results).runs for outcome in run.outcomes]

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait, and keep in mind every process that is seen meanwhile."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"{what}: {self.left()}"
            self.look()
            time.sleep(0.02)

    def look(self) -> None:
        for process in self.started:
            if process.poll() is None:
                self.seen.update(psutil.Process(process.pid).children(recursive=True))

    def left(self) -> list[object]:
        """Processes and folders that are still there.

        A file is none of ours: the first use of `tempfile` tries a folder out with one, which stays when it is killed
        just then.
        """
        return [*filter(is_alive, self.seen), *filter(Path.is_dir, self.temporary.iterdir())]

    def end(self) -> None:
        """Nothing that a failed test has started may stay."""
        self.look()
        for process in self.started:
            process.kill()
            process.wait()
            assert process.stderr is not None
            process.stderr.close()
        for left in filter(is_alive, self.seen):
            left.kill()


@pytest.fixture(scope="session")
def new_harness() -> Iterator[Callable[[Path], Harness]]:
    """Makes a `Harness` that keeps everything in a folder."""
    made: list[Harness] = []

    def new(folder: Path) -> Harness:
        made.append(Harness(folder))
        return made[-1]

    yield new
    for harness in made:
        harness.end()


@pytest.fixture
def harness(tmp_path: Path, new_harness: Callable[[Path], Harness]) -> Iterator[Harness]:
    harness = new_harness(tmp_path)
    yield harness
    harness.end()


@pytest.fixture(scope="session")
def somebodys() -> Iterator[str]:
    """A server with 16 databases that isn't the harness's: its URL without a number."""
    with run_somebodys_server() as url:
        yield url
