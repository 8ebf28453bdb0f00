"""Which launcher runs the suites."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.launchers.fork import ForkLauncher, can_fork
from harness.launchers.spawn import SpawnLauncher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.launchers.model import Launcher
    from harness.processes.guardian import Guardian


@contextlib.contextmanager
def open_launcher(name: str | None, guardian: Guardian) -> Iterator[Launcher]:
    """The launcher of that name, its warm processes ended with the context. Raises `UsageError`.

    Without a name `fork` where the system can, else `spawn`.
    """
    if name == SpawnLauncher.name or (name is None and not can_fork()):
        yield SpawnLauncher(guardian=guardian)
        return
    if not can_fork():
        raise UsageError("This system has no fork.", remedy="Leave out --launcher, or use --launcher spawn.")
    with contextlib.closing(ForkLauncher(guardian=guardian)) as launcher:
        yield launcher
