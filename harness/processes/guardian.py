"""Nothing a run started outlives it, not even when the harness is ended by `kill -9`."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Self

from harness.processes import killing as guard
from harness.processes.systems import ignore_broken_pipe

if TYPE_CHECKING:
    from collections.abc import Iterator


NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""For `creationflags`: keeps Ctrl-C away from a child on Windows, as `start_new_session` does elsewhere."""


class Guardian:
    """The harness's end of the pipe to a process that waits for the harness to be gone.

    The other end sees the pipe close however the harness ends, then kills every process it was asked to watch with all
    its descendants, everything started with `environment()`, and removes the folders made with `folder()`. It lives in
    a session of its own, so Ctrl-C or a kill of the harness's process group doesn't reach it. Safe to call from
    threads.
    """

    def __init__(self) -> None:
        self.marker = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._making = threading.Lock()
        self._scratch: Path | None = None
        self._numbers = itertools.count()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        # Nothing of ours may stay open in it: whoever reads our output waits until the last writer is gone.
        self._process = subprocess.Popen(
            [sys.executable, "-P", guard.__file__, self.marker],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=tempfile.gettempdir(),
            start_new_session=True,
            creationflags=NEW_GROUP,
        )
        return self

    def __exit__(self, *exc: object) -> None:
        """Let it put away whatever is still registered, and wait until it has."""
        self._stack.close()
        process, self._process = self._process, None
        if process is not None:
            with ignore_broken_pipe():
                process.communicate()

    def environment(self, unit: str = "") -> dict[str, str]:
        """The variable that marks a process as part of this run, or of one `unit` of it."""
        return {guard.MARKER: f"{self.marker}:{unit}" if unit else self.marker}

    @contextlib.contextmanager
    def watch_process(self, pid: int) -> Iterator[None]:
        """A process is killed with its descendants should the harness end inside this context."""
        self._tell("watch", str(pid))
        try:
            yield
        finally:
            self._tell("forget", str(pid))

    @contextlib.contextmanager
    def folder(self, purpose: str, parent: str | None = None) -> Iterator[Path]:
        """A new temporary folder that nobody else may look into, removed when the context or the harness ends."""
        folder = Path(parent or tempfile.gettempdir(), f"valkey-loop-matrix-{purpose}-{secrets.token_urlsafe(6)}")
        self._tell("remove", str(folder))  # first: the harness may end before its next line
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            self._tell("keep", str(folder))

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """The same for what is made again and again: all of them in one folder that the guardian knows of."""
        with self._making:
            if self._scratch is None:
                self._scratch = self._stack.enter_context(self.folder("cells"))
            folder = self._scratch / str(next(self._numbers))
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _tell(self, command: str, argument: str) -> None:
        with self._lock:
            if self._process is None or self._process.stdin is None:
                raise RuntimeError("The guardian is not running: use it as a context manager.")
            # Somebody killed the guard. Losing the second line of defence is no reason to end a run.
            with ignore_broken_pipe():
                self._process.stdin.write(os.fsencode(f"{command} {argument}\n"))
                self._process.stdin.flush()
