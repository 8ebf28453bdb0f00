"""A Dask scheduler and workers as processes, as people start them."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[3]
PATIENCE = 60.0
"""Seconds that only keep a broken test from waiting for ever."""


class DaskCluster:
    """Workers have one thread each and no nanny: one that is killed is gone."""

    def __init__(self, folder: Path, *, protocol: str, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._file = folder / "scheduler.json"
        self._environ = {**os.environ, **environ, "PYTHONPATH": str(ROOT)}
        self._processes: list[subprocess.Popen[bytes]] = []
        place = ("--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0", "--protocol", protocol)
        self.scheduler = self._start("scheduler", *place, "--scheduler-file", str(self._file))
        wait_until(self._is_announced, "the scheduler has started")
        self.address: str = json.loads(self._file.read_text())["address"]

    def add_workers(self, count: int, *arguments: str) -> None:
        for _ in range(count):
            self._start(
                *("worker", self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard"),
                *("--local-directory", str(self._folder), *arguments),
            )

    def connect(self) -> Any:
        return importlib.import_module("distributed").Client(self.address, set_as_default=False)

    def _is_announced(self) -> bool:
        return self._file.exists() and self._file.read_text().rstrip().endswith("}")

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        log = self._folder / f"{len(self._processes)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments], cwd=ROOT, env=self._environ, stdout=output, stderr=output
            )
        self._processes.append(process)
        return process

    def end(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def kill_busy_worker(client: Any) -> None:
    """End a worker by SIGKILL that has just begun with a piece."""
    pids: dict[str, int] = client.run(os.getpid)
    found: list[str] = []

    def look() -> bool:
        for worker, keys in client.processing().items():
            for key in keys:
                run, _, number = str(key).rpartition("-")
                events: Any = client.get_events(run)
                if any(event == {"started": int(number), "worker": worker} for _, event in events):
                    found.append(worker)
        return bool(found)

    wait_until(look, "a worker is at a piece")
    psutil.Process(pids[found[0]]).kill()


def wait_until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"not yet: {what}"
        time.sleep(0.05)
