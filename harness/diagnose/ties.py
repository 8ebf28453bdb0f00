"""Which connection an error comes from: ties between the errors of a phase and what was done in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from harness.diagnose.wording import read_at
from harness.evidence.model import Connection, Raised

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.evidence.model import Evidence

    Chain = Sequence[Raised]

STREAMS = "asyncio/streams.py"
"""Where asyncio waits for a stream: what is raised there comes from a connection."""

OF_HANDLES = frozenset({"uvloop-handler-closed", "proactor-none-send"})
"""Signatures that only a connection's own transport can give."""


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Something done with a connection on a loop that isn't its own, or a close that failed."""

    connection: Connection
    how: Literal["used", "closed"]
    loop: str | None
    at: str
    late: bool = False  # a use, and the connection's own loop was closed by then
    failed: tuple[Raised, ...] = ()


class Tie(msgspec.Struct, frozen=True, kw_only=True):
    """An error of a phase and the acts that explain it; none where nothing does."""

    certain: tuple[Act, ...] = ()
    possible: tuple[Act, ...] = ()


def list_acts(evidence: Evidence, test: str, when: str) -> Iterator[Act]:
    """What was done in one phase on a loop that isn't the connection's own, in the order of the connections."""
    for connection in evidence.connections:
        for use in connection.uses:
            if (
                (use.test, use.when) == (test, when)
                and None not in (use.loop, connection.loop)
                and use.loop != connection.loop
            ):
                yield Act(connection=connection, how="used", loop=use.loop, at=use.at, late=use.late)
        closed = connection.closed
        if closed is not None and (closed.test, closed.when) == (test, when):
            elsewhere = None not in (connection.closed_on, connection.loop) and connection.closed_on != connection.loop
            if elsewhere or connection.close_failed:
                yield Act(
                    connection=connection,
                    how="closed",
                    loop=connection.closed_on,
                    at=closed.at,
                    failed=connection.close_failed,
                )


def tie_error(chain: Chain, named: Sequence[frozenset[str]], acts: Sequence[Act]) -> Tie:
    """The acts that an error comes from. `named` are the signatures of each exception of the chain.

    What closing a connection raised is in the ledger word for word. What is raised where asyncio waits for a stream
    comes from one that was used in that phase, and where it waits for the end of one, from one that was closed.
    """
    texts = {(one.type, one.text) for one in chain}
    certain = [act for act in acts if any((one.type, one.text) in texts for one in act.failed)]
    for raised, names in zip(chain, named, strict=True):
        how = _find_how(raised, names)
        if how:
            found = [act for act in acts if act.how == how and act not in certain]
            # Of several, those of a connection that is explained already come first.
            known = [act for act in found if any(act.connection is one.connection for one in certain)]
            certain += known or (found if len(found) == 1 else [])
    certain.sort(
        key=lambda act: (acts.index(next(one for one in acts if one.connection is act.connection)), act.how == "closed")
    )
    return Tie(certain=tuple(certain), possible=tuple(act for act in acts if act not in certain))


def list_failed_closes(evidence: Evidence) -> Iterator[Act]:
    """Every close that failed, whenever."""
    for connection in evidence.connections:
        if connection.closed is not None and connection.close_failed:
            yield from (
                act
                for act in list_acts(evidence, connection.closed.test, connection.closed.when)
                if act.connection is connection and act.failed
            )


def tie_report(chain: Chain, closes: Iterable[Act]) -> Tie:
    """The close that an error which reached no test comes from, if there is only one like it."""
    texts = {(one.type, one.text) for one in chain}
    found = [act for act in closes if any((one.type, one.text) in texts for one in act.failed)]
    return Tie(certain=tuple(found)) if len(found) == 1 else Tie(possible=tuple(found))


def _find_how(raised: Raised, names: frozenset[str]) -> Literal["used", "closed", ""]:
    origin = read_at(raised.origin)
    if names & OF_HANDLES:
        return "used"
    if not names or origin is None or origin.file.replace("\\", "/") != STREAMS:
        return ""
    return "closed" if origin.function == "wait_closed" else "used"
