"""Locks on what several threads and processes write in the cache."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from harness.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextlib.contextmanager
def hold_lock(path: Path, *, given_up: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Hold the lock file `path`; blocks while another thread or process holds it.

    Raises `InfrastructureError` when `given_up` returns true meanwhile. The operating system releases the lock when its
    holder dies, so a killed run leaves nothing to clean up.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(poll_interval=0.02, cancel_check=given_up)
    except Timeout:
        raise InfrastructureError("The run was stopped.", remedy="Run again.") from None
    try:
        yield
    finally:
        lock.release()
