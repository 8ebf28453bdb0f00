"""Files in the cache that several threads and processes read and write at once."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from harness.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextlib.contextmanager
def exclusive(path: Path, *, given_up: Callable[[], bool] = lambda: False) -> Iterator[None]:
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


def replace_file(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader sees the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not `tempfile`: what it makes only its owner can read, and the mode would stay with the file.
    beside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
