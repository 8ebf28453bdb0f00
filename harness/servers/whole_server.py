"""Servers that one suite has to itself while it runs.

Suites of the user's own have `localhost:6379` and the number of a database written down, and they use whatever a server
can do. So each run of one gets servers that were just started, in a network of its own where the system has that, and
there is no connection of ours on them while it runs. Cells that use several databases have a server to themselves, too.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import psutil

from harness.errors import ServerUnavailableError, UsageError
from harness.processes import networks
from harness.servers import urls
from harness.servers.backends import docker
from harness.servers.exit_status import WELL, follow
from harness.servers.listeners import describe_listener
from harness.servers.model import Database, Place, Whole
from harness.servers.urls import PORT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from harness.servers.model import Demand, Running, ServerStatus

    Run = Callable[[Place], AbstractContextManager[Running]]


class WholeServer:
    """What a suite was given, and what became of it."""

    def __init__(self, database: Database, processes: list[ServerStatus]) -> None:
        self.database = database
        self._processes = processes

    def trouble(self) -> str:
        """What ended one of the servers; empty if nothing did but the suite, by asking for it."""
        ended = [process.ended() for process in self._processes]
        return next((how for how in ended if how and how != WELL), "")


@contextlib.contextmanager
def run_whole(run: Run, demand: Demand, backend: str) -> Iterator[WholeServer]:
    """Servers as the suite asks for them. Raises `ServerUnavailableError` when one doesn't start."""
    alone = is_alone(demand, backend)
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(
            run(Place(port=_choose_port(demand), network=networks.NEW if alone else None, open=True))
        )
        network = first.pid if alone else None
        more = [stack.enter_context(run(Place(port=port, network=network, open=True))) for port in list_further(demand)]
        running = [first, *more]
        whole = Whole(
            ports=tuple(urls.read_port(one.url) for one in running),
            views=tuple(one.view or one.url for one in running),
            network=network,
        )
        try:
            processes = [follow(one) for one in running]
        except psutil.Error as error:
            raise ServerUnavailableError(f"The server did not stay: {error}", remedy="Run again.") from error
        yield WholeServer(Database(url=urls.replace_number(first.url, 0), number=0, made=True, whole=whole), processes)


@contextlib.contextmanager
def run_own(run: Run) -> Iterator[WholeServer]:
    """A server with all its databases, for a cell that uses several. Raises `ServerUnavailableError`."""
    with run(Place()) as one:
        try:
            processes = [follow(one)]
        except psutil.Error as error:
            raise ServerUnavailableError(f"The server did not stay: {error}", remedy="Run again.") from error
        whole = Whole(ports=(urls.read_port(one.url),), views=(one.url,))
        yield WholeServer(Database(url=urls.replace_number(one.url, 0), number=0, made=True, whole=whole), processes)


def is_alone(demand: Demand, backend: str) -> bool:
    """Whether a suite that asks for this runs in a network of its own."""
    return not demand.host and not _find_obstacle(backend)


def _find_obstacle(backend: str) -> str:
    """Why the servers of a backend can't be in a network of a suite's own; empty if they can."""
    return "a container can't be put into it" if backend == docker.NAME else networks.find_obstacle()


def list_further(demand: Demand) -> list[int]:
    """The ports of further servers, each once."""
    return [port for port in dict.fromkeys(demand.ports) if port != PORT]


def accept(demand: Demand, backend: str) -> tuple[str, ...]:
    """What the user should know before such suites run.

    Raises `UsageError` where somebody has a port that a suite needs.
    """
    if is_alone(demand, backend):
        return ()
    sharing = _explain_sharing(demand, backend)
    taken = {port: found for port in (PORT, *list_further(demand)) if (found := describe_listener(port))}
    for port, found in taken.items():
        if not demand.host:
            raise UsageError(
                f"{sharing} Port {port} of this machine, where a server of this program is to be, is taken by {found}.",
                remedy="End that program while the suite runs. Or take --network host: the suite then uses what it "
                "finds on this machine.",
            )
        if port in demand.ports:
            raise UsageError(
                f"Port {port} of this machine is taken by {found}, so --port {port} can't put a server there.",
                remedy=f"Leave out --port {port}, if the suite is to use that one, or end that program.",
            )
    where = f"on port {PORT}"
    if PORT in taken:
        where = f"on another port, which VALKEY_URL names. Port {PORT} is {taken[PORT]}, no server of this program"
    return (f"{sharing} They have a server of this program {where}.", OPEN)


OPEN = "That server has no password, as suites have none written down: other users of this machine can reach it."


def _explain_sharing(demand: Demand, backend: str) -> str:
    text = "Your own suites run in this machine's network, one at a time"
    return f"{text}." if demand.host else f"{text}, as they can't have one of their own: {_find_obstacle(backend)}."


def _choose_port(demand: Demand) -> int:
    """The first server's: any, if somebody else has the usual one and the suite is to see this machine's servers."""
    return 0 if demand.host and describe_listener(PORT) else PORT
