"""What to do when the server fails while a suite runs: what was observed says nothing, so the suite runs again."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

import msgspec

from harness.errors import ServerGoneError
from harness.pipeline.server_failures import ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.evidence.model import Evidence, Timings
    from harness.pipeline.settings import Settings
    from harness.servers.model import Database, Demand

    Observed = tuple[Evidence, Timings]

PATIENCE = 30.0
"""Seconds to wait for somebody's server to come back."""

PAUSE = 0.25
"""Seconds between two looks whether it has, and before a suite runs again. A run that is stopped knows it by then."""


def retry_until_served(settings: Settings, name: str, attempt: Callable[[], tuple[Observed, str]]) -> Observed:
    """What was observed in the first attempt through which the server served the suite called `name`.

    An attempt gives what was observed and what kept the server from serving, if anything did. After `ATTEMPTS` the
    evidence says that nothing was measured. Raises `CancelledError` when the run is stopped, and `InfrastructureError`
    when no suite is served any more.
    """
    for number in range(1, ATTEMPTS + 1):
        (evidence, timings), trouble = attempt()
        if settings.stopping.is_set():
            raise CancelledError
        if not trouble:
            settings.server_failures.reset()
            return evidence, timings
        if number < ATTEMPTS:
            if settings.stopping.wait(PAUSE):
                raise CancelledError
            settings.progress.note(f"The server failed: {trouble}. Runs again: {name}")
    settings.server_failures.record(trouble)
    reason = f"the server failed each of {ATTEMPTS} times that this ran: {trouble}"
    return msgspec.structs.replace(evidence, infrastructure=reason), timings


@contextlib.contextmanager
def lease(settings: Settings, owns: Callable[[str], bool], demand: Demand | None) -> Iterator[Database]:
    """A database of the run's server. One that has gone and may come back is waited for.

    Raises what `Server.lease` raises, and `CancelledError` when the run is stopped meanwhile.
    """
    deadline = None
    with contextlib.ExitStack() as stack:
        while True:
            try:
                database = stack.enter_context(settings.server.lease(owns=owns, demand=demand))
                break
            except ServerGoneError as error:
                deadline = deadline or time.monotonic() + PATIENCE
                if time.monotonic() > deadline:
                    raise
                if settings.server_failures.begin_waiting():
                    settings.progress.note(f"{error.problem} Waiting {PATIENCE:.0f} s for it to come back.")
            if settings.stopping.wait(PAUSE):
                raise CancelledError
        yield database
