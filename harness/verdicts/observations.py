"""Evidence as a flat list of observations, each of which can be compared with a signature.

An *incident* is a run of observations that belong together: one exception chain, or a single observation. Two decisions
are made here, because the evidence alone decides them:

- **Channel.** Setup and call are the test body; teardown is cleanup; what ended a thread or was logged is background,
  unless a test failed of the same. Unraisable exceptions, calls of a loop's exception
  handler, unclosed resources, leaks and output after the session are cleanup, *whenever* they surface: none of them
  belongs to the test that happened to be running.
- **Test.** Those same observations carry no test, because which test the garbage collector ran in is chance.

A process that did not end by itself (hang, crash) closed nothing because it couldn't: its ledgers show no leaks.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from harness.verdicts.model import Channel
from harness.verdicts.windows_paths import shorten_windows_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.evidence.model import Raised, When


class ObservationKind(StrEnum):
    """What kind of thing was observed.

    `exception` is a test phase's, or a deeper one of any chain; `problem` is an error outside any test; `thread` and
    `log` are exceptions that ended a thread, or that a log record carries. Where there is
    no exception or warning, an observation's type says what is wrong with the thing: a connection "never closed" or
    "used from another loop", a loop "never closed", a task "pending", keys "left", of a limit "memory" or "output", and
    of an exit "signal", "ended early" or "unexplained".
    """

    EXCEPTION = "exception"
    PROBLEM = "problem"
    WARNING = "warning"
    UNRAISABLE = "unraisable"
    HANDLER_CALL = "handler-call"
    THREAD = "thread"
    LOG = "log"
    OUTPUT_AFTER = "output-after"
    CONNECTION = "connection"
    LOOP = "loop"
    TASK = "task"
    KEYS = "keys"
    HANG = "hang"
    LIMIT = "limit"
    EXIT = "exit"


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was observed. `link` says how it hangs on the observation before it in the same incident."""

    kind: ObservationKind
    channel: Channel
    type: str = ""
    text: str = ""
    origin: str = ""
    test: str = ""
    meanwhile: str = ""  # what others did while the test ran
    link: str = "surface"  # surface | cause | context

    @property
    def sample(self) -> str:
        """One line that says what was observed, place first: `conftest.py:12: DeprecationWarning: …`."""
        text = f"{self.type}: {self.text}" if self.type and self.kind in _TYPED else self.text or self.type
        place = f"{self.origin}: " if self.origin and self.kind is ObservationKind.WARNING else ""
        return fold_text(place + text)


_TYPED = frozenset(
    {
        ObservationKind.EXCEPTION,
        ObservationKind.PROBLEM,
        ObservationKind.WARNING,
        ObservationKind.UNRAISABLE,
        ObservationKind.THREAD,
        ObservationKind.LOG,
        ObservationKind.OUTPUT_AFTER,
    }
)

Incident = tuple[Observation, ...]


def fold_text(text: str, limit: int = 400) -> str:
    """The text on one line, at most `limit` characters, with paths as they are written on POSIX."""
    line = " ".join(shorten_windows_paths(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def find_channel(when: When | str) -> Channel:
    """Body up to and including the call, cleanup after it."""
    return Channel.CLEANUP if when in ("teardown", "session") else Channel.BODY


def make_chain_incidents(
    chain: Iterable[Raised], *, kind: ObservationKind, channel: Channel, test: str = "", meanwhile: str = ""
) -> Iterator[Incident]:
    """An incident for the chain; for an exception group, one for each of its members and none for the group.

    A group is only a bag: holding a named error must not name the unnamed one beside it. Below the surface every
    observation is a plain exception, so that a root is recognised the same wherever its chain surfaced.
    """
    for part in split_members(tuple(chain)):
        yield tuple(
            Observation(
                kind=kind if position == 0 else ObservationKind.EXCEPTION,
                channel=channel,
                type=raised.type,
                text=raised.text,
                origin=raised.origin,
                test=test,
                meanwhile=meanwhile,
                link="surface" if position == 0 else raised.link,
            )
            for position, raised in enumerate(part)
        )


def split_members(chain: tuple[Raised, ...]) -> list[tuple[Raised, ...]]:
    """The chains of an exception group's members; of any other chain, itself."""
    starts = [position for position, raised in enumerate(chain) if raised.link == "member"]
    bounds = [0, *starts, len(chain)]
    parts = [chain[start:end] for start, end in pairwise(bounds) if start < end]
    last = len(parts) - 1
    return [part for at, part in enumerate(parts) if at == last or not part[0].type.endswith("ExceptionGroup")]
