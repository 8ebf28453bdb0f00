"""Servers that a suite turned to and that weren't started for it: what the ledgers can't see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.verdicts.observations import fold_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.model import Evidence, OtherServer

LOOPBACK = "127.0.0.1"

_OWN = "the suite has a network of its own; --network host gives it this machine's"

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
    more = [f"it turned to {len(others) - MOST} more servers that aren't of this program"] if others[MOST:] else []
    return (*map(_describe, others[:MOST]), *more, *_describe_refused(network.unseen))


def _describe(server: OtherServer) -> str:
    name = _name(server)
    first = f", first in {server.test}" if server.test else ""
    times = f"({_count_times(server.count)}{first})"
    if server.outcome == "refused":
        start = f", and --port {server.port} starts an empty server there" if server.host == LOOPBACK else ""
        return fold_text(f"nobody answered at {name} {times}: {_OWN}{start}")
    if server.outcome == "somebody":
        return fold_text(
            f"somebody connected to {name} while it ran {times}: it, by another process or a library in C, or another "
            "program. That is no server of this program: what it leaves there isn't seen"
        )
    did = "connected" if server.outcome == "connected" else "turned"
    return fold_text(f"it {did} to {name} {times}, which is no server of this program: what it leaves there isn't seen")


def _describe_refused(count: int) -> Iterator[str]:
    if count:
        yield (
            f"{_count_times(count)} a connection was refused that another process or a library in C made, so where to "
            f"isn't known: {_OWN}"
        )


def _count_times(count: int) -> str:
    return f"{count} time" if count == 1 else f"{count} times"


def _name(server: OtherServer) -> str:
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"{host}:{server.port}" if server.port else host
