"""Servers that a suite turned to and that weren't started for it: what the ledgers can't see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.verdicts.observations import fold_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.model import Evidence, OtherServer

MOST = 5
"""Servers that are named."""


def list_unseen(evidence: Evidence) -> tuple[str, ...]:
    """Servers that it used, or may have used, such as `127.0.0.1:5432`: what it left there nobody looked for."""
    others = evidence.network.others if evidence.network else ()
    return tuple(sorted(_name(server) for server in others if server.outcome != "refused"))


def describe_others(evidence: Evidence) -> tuple[str, ...]:
    """A sentence for each server that it used, and in a network of its own for each that it didn't find."""
    network = evidence.network
    if network is None:
        return ()
    others = [server for server in network.others if network.kind == "own" or server.outcome != "refused"]
    more = [f"It turned to {len(others) - MOST} more servers that aren't of this program."] if others[MOST:] else []
    return (*map(_describe, others[:MOST]), *more, *_describe_refused(network.unseen))


def _describe(server: OtherServer) -> str:
    name = _name(server)
    first = f", first in {server.test}" if server.test else ""
    times = f"({server.count} {'time' if server.count == 1 else 'times'}{first})"
    if server.outcome == "refused":
        start = f", or --port {server.port} for an empty server there" if server.port else ""
        text = (
            f"It found nobody at {name} {times}: its network is its own. Take --network host for this machine's{start}."
        )
    else:
        did = "connected" if server.outcome == "connected" else "turned"
        text = f"It {did} to {name} {times}, which is no server of this program: what it leaves there isn't seen."
    return fold_text(text)


def _describe_refused(count: int) -> Iterator[str]:
    if count:
        yield (
            f"{count} {'connection was' if count == 1 else 'connections were'} refused that didn't come from Python's own "
            "sockets, so where to isn't known: its network is its own. Take --network host for this machine's."
        )


def _name(server: OtherServer) -> str:
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"{host}:{server.port}" if server.port else host
