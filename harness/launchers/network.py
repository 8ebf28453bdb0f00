"""Where in the network a suite runs, and what its probe is to know of that."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from harness.processes.networks import enter_network
from harness.servers import urls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.launchers.model import Job

LOOPBACK = "localhost"


def enter(job: Job) -> list[str]:
    """What stands before the command of the suite's process."""
    whole = job.database.whole
    return enter_network(whole.network) if whole is not None and whole.network is not None else []


def list_probe_options(job: Job) -> Iterator[str]:
    """The network, the servers of ours in it, and where these are looked at; nothing for what is run like a cell.

    All of a suite's connections are observed, and the user's own suites alone may have others than to our server.
    """
    whole = job.database.whole
    if job.conditions is None:
        return
    yield from ("--network", "own" if enter(job) else "host")
    yield from ("--served", ",".join(_list_served(job)))
    if whole is not None:
        yield from ("--views", ",".join(whole.views))


def _list_served(job: Job) -> Iterator[str]:
    if job.database.whole is not None:
        yield from (f"{LOOPBACK}:{port}" for port in job.database.whole.ports)
        return
    parts = urlsplit(job.database.url)
    yield unquote(parts.path) if parts.scheme == "unix" else f"{parts.hostname}:{urls.read_port(job.database.url)}"
