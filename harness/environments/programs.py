"""Programs that the harness runs and must be able to end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import psutil

from harness.errors import InfrastructureError
from harness.processes.guardian import NEW_GROUP
from harness.processes.killing import find_tree
from harness.processes.systems import name_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class Programs:
    """Runs programs to their end; `stop` ends those that are running. Safe to use from threads.

    Each is in a session of its own, so that Ctrl-C in a terminal reaches the harness alone, which decides what goes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._marks: dict[str, str] = {}
        self.stopped = False

    def mark(self, variables: Mapping[str, str]) -> None:
        """Put these variables into the environment of every program from now on."""
        self._marks.update(variables)

    def run(
        self, command: Sequence[str], *, stdin: str, environment: Mapping[str, str], folder: str
    ) -> subprocess.CompletedProcess[str]:
        """Like `subprocess.run` with everything captured. Raises `OSError`, and `InfrastructureError` after `stop`."""
        with self._start(command, environment, folder) as process:
            stdout, stderr = process.communicate(stdin)
        return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)

    def stop(self) -> None:
        """Kill what is running, and run no more. For any thread."""
        with self._lock:
            self.stopped = True
            running = list(self._running)
        for process in running:
            _kill(process)

    @contextlib.contextmanager
    def _start(
        self, command: Sequence[str], environment: Mapping[str, str], folder: str
    ) -> Iterator[subprocess.Popen[str]]:
        with self._lock, name_program(command[0]):
            if self.stopped:
                raise InfrastructureError("The run was stopped.", remedy="Run again.")
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                env={**environment, **self._marks},
                cwd=folder,
                start_new_session=True,
                creationflags=NEW_GROUP,
            )
            self._running.add(process)
        # Popen waits for its process on leaving, so whatever cuts the run short has to kill it first.
        with process, self._kill_on_error(process):
            yield process

    @contextlib.contextmanager
    def _kill_on_error(self, process: subprocess.Popen[str]) -> Iterator[None]:
        try:
            yield
        except BaseException:
            _kill(process)
            raise
        finally:
            with self._lock:
                self._running.discard(process)


def _kill(process: subprocess.Popen[str]) -> None:
    """Kill a program with its helpers, if it hasn't ended."""
    if process.poll() is not None:
        return
    if sys.platform != "win32" and hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        for one in find_tree([psutil.Process(process.pid)]):
            with contextlib.suppress(psutil.Error):
                one.kill()
