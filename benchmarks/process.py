"""Commands of the harness, measured in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchmarks.timed import Spent
from harness.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.processes.guardian import Guardian

ROOT = Path(__file__).parents[1]

PATIENCE = 30.0
"""Seconds an interrupted run gets to end what it has started."""

LAST = 2000
"""Characters of what a failed run printed that are repeated."""


class Took(msgspec.Struct, frozen=True, kw_only=True):
    """What a command took, and what it printed."""

    wall: float
    spent: Spent
    printed: bytes


class Commands:
    """Runs commands one after another, each in a new process, with what it measures by in `folder`."""

    def __init__(self, folder: Path, guardian: Guardian, variables: Mapping[str, str]) -> None:
        self._spent = folder / "spent.json"
        self._printed = folder / "printed"
        self._log = folder / "log"
        self._guardian = guardian
        self._variables = {**os.environ, **variables, **guardian.environment("run")}

    def run(self, *arguments: str) -> Took:
        """Run `python -m harness …` to its end. Raises `InfrastructureError` where that is not a good one."""
        command = [sys.executable, "-m", "benchmarks.timed", str(self._spent), *arguments]
        with self._printed.open("wb") as printed, self._log.open("wb") as log:
            clock = time.perf_counter()
            process = subprocess.Popen(
                command, cwd=ROOT, env=self._variables, stdin=subprocess.DEVNULL, stdout=printed, stderr=log
            )
            with self._guardian.watch_process(process.pid):
                code = _wait(process)
            wall = time.perf_counter() - clock
        if code:
            text = self._log.read_text(encoding="utf-8", errors="replace")[-LAST:]
            raise InfrastructureError(
                f"The measured run ended with exit code {code}:\n{text}", remedy="Mend that, then run again."
            )
        spent = msgspec.json.decode(self._spent.read_bytes(), type=Spent)
        return Took(wall=wall, spent=spent, printed=self._printed.read_bytes())


def _wait(process: subprocess.Popen[bytes]) -> int:
    """The exit code. Whatever cuts the wait short tells the run to end, and waits until it has put its things away."""
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
