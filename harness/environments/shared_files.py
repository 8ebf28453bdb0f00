"""Locks on what several threads and processes write in the cache."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import IO, TYPE_CHECKING

from harness.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: IO[bytes]) -> bool:
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(handle: IO[bytes]) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextlib.contextmanager
def exclusive(path: Path, *, given_up: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Hold the lock file `path`; blocks while another thread or process holds it.

    Raises `InfrastructureError` when `given_up` says so meanwhile.

    The operating system releases it when its holder dies, so a killed run leaves nothing to clean up. The file itself
    stays: removing it would let two holders lock two different files of the same name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as handle:
        # Polling: a blocking `msvcrt.locking` gives up after ten seconds, and a blocking `flock` holds back Ctrl-C.
        while not _try_lock(handle):
            if given_up():
                raise InfrastructureError("The run was stopped.", remedy="Run again.")
            time.sleep(0.02)
        yield
