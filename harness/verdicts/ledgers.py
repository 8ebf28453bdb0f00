"""What the ledgers show: connections, loops, tasks and keys that are left, and connections used on the wrong loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.verdicts.model import Channel
from harness.verdicts.observations import Observation, ObservationKind, find_channel, fold_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.model import Connection, Evidence, Loop, Moment, When

UNKNOWN = "the server still sees"
"""Begins the text about connections that are in no ledger."""

_PHASES = frozenset({"setup", "call", "teardown"})
_WELL = frozenset({"passed", "xpassed"})


def find_leaks(evidence: Evidence) -> Iterator[Observation]:
    """Whatever was opened and never closed. Nothing for a process that was killed: it had no chance to."""
    if not evidence.finished or evidence.exit.signal is not None:
        return
    yield from _find_connections_left(evidence)
    for loop in evidence.loops:
        yield from _observe_loop(loop)
    yield from _find_keys_left(evidence)


def find_wrong_loops(evidence: Evidence) -> Iterator[Observation]:
    """Connections used or closed from another loop than the one they were opened on, with nothing to show for it.

    A phase that failed, was expected to and did, or never ended says so itself.
    """
    well = {(test.id, phase.when) for test in evidence.tests for phase in test.phases if phase.outcome in _WELL}
    for connection in evidence.connections:
        for done, loop, test, when in _list_uses(connection):
            elsewhere = None not in (loop, connection.loop) and loop != connection.loop
            if elsewhere and (when not in _PHASES or (test, when) in well):
                yield Observation(
                    kind=ObservationKind.CONNECTION,
                    channel=find_channel(when),
                    type="used from another loop",
                    text=f"opened on {connection.loop}, {done} from {loop} without an error",
                    test=test,
                )


def _list_uses(connection: Connection) -> Iterator[tuple[str, str | None, str, When]]:
    """What was done with a connection, on which loop, in which test and phase."""
    for use in connection.uses:
        yield "written to" if use.writes else "read", use.loop, use.test, use.when
    if connection.closed is not None and not connection.close_failed:
        yield "closed", connection.closed_on, connection.closed.test, connection.closed.when


def _find_connections_left(evidence: Evidence) -> Iterator[Observation]:
    """Connections nobody closed, those included that somebody tried to and couldn't."""
    unclosed = [each for each in evidence.connections if each.closed is None or each.close_failed]
    for connection in unclosed:
        yield _make_left(
            ObservationKind.CONNECTION, "never closed", _describe_connection(connection), connection.opened
        )
    at_end = len(evidence.at_end.clients) if evidence.at_end else 0
    before = len(evidence.before.clients) if evidence.before else 0
    unknown = at_end - before - len(unclosed)
    if unknown > 0:
        text = f"{UNKNOWN} {unknown} more than the connection ledger knows of"
        yield _make_left(ObservationKind.CONNECTION, "never closed", text)


def _describe_connection(connection: Connection) -> str:
    text = f"opened at {connection.opened.at or 'an unknown place'}, never closed"
    if connection.close_failed:
        failure = connection.close_failed[0]
        text += f"; closing it failed: {failure.type}: {failure.text}"
    return text


def _observe_loop(loop: Loop) -> Iterator[Observation]:
    place = loop.created.at or "an unknown place"
    if loop.closed is None:
        yield _make_left(ObservationKind.LOOP, "never closed", f"created at {place}, never closed", loop.created)
    for task in loop.pending:
        yield _make_left(ObservationKind.TASK, "pending", f"{task} on the loop created at {place}")


def _find_keys_left(evidence: Evidence) -> Iterator[Observation]:
    before = set(evidence.before.keys) if evidence.before else set()
    at_end = set(evidence.at_end.keys) if evidence.at_end else set()
    left = sorted((set(evidence.keys_left) | at_end) - before)
    if left:
        yield _make_left(ObservationKind.KEYS, "left", ", ".join(left))


def _make_left(kind: ObservationKind, what: str, text: str, moment: Moment | None = None) -> Observation:
    return Observation(
        kind=kind,
        channel=Channel.CLEANUP,
        type=what,
        text=fold_text(text),
        test=moment.test if moment else "",
    )
