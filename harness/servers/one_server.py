"""One server that the harness has started, used by one suite at a time."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import psutil
import valkey

from harness.errors import ServerUnavailableError
from harness.servers import urls, views
from harness.servers.exit_status import follow
from harness.servers.model import Database
from harness.servers.watch import INFO, Watch, make_mark

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from harness.servers.asking import Command
    from harness.servers.model import Running
    from harness.servers.watch import Mark

NUMBER = 1
"""The database that is leased. A connection that has not selected its database yet stands in number 0."""

CLEAR: tuple[tuple[str, ...], ...] = (
    # Connections go first: what a killed suite had sent may still wait in their buffers, to be carried out after the
    # flush.
    ("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"),
    ("CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes"),
    ("FLUSHALL", "SYNC"),
)
"""What leaves a server as it was after its start, unless it was given a lasting command."""

HARMLESS = frozenset({"client|kill", "client|list", "config|get", "role"})
"""Administrator's commands that change nothing but connections. The server itself gives some of them."""

STOPPED = "it was stopped for a while"


def _in_database(*commands: Command) -> tuple[Command, ...]:
    """The commands, for the database that is leased. Our connection is a client of it no longer than these take."""
    return ("SELECT", NUMBER), *commands, ("SELECT", 0)


class LocalServer:
    """A running server. Raises `ServerUnavailableError` when it doesn't start."""

    def __init__(self, running: AbstractContextManager[Running]) -> None:
        with contextlib.ExitStack() as stack:
            started = stack.enter_context(running)
            self.note = started.note
            url = urls.replace_number(started.url, NUMBER)
            self.database = Database(url=url, number=NUMBER, made=True, viewer=self)
            self._trouble = ""
            self._before: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
            self._after: Mark | None = None
            try:
                self._status = follow(started)
                self._watch = stack.enter_context(Watch(started.url, lost=self._give_up))
                self._mark: Mark = self._watch.mark()
                self._lasting = self._ask_lasting()
            except (psutil.Error, valkey.ValkeyError, OSError) as error:
                raise ServerUnavailableError(f"The server did not stay: {error}", remedy="Run again.") from error
            self._stack = stack.pop_all()

    def renew(self) -> str:
        """Make it as it was after its start, for the next suite; or say why it can't be used any more."""
        if self._trouble:
            return self._trouble
        self._status.stopped()  # nobody relied on it before now
        try:
            self._after = None
            *_, own, listed, _, scanned, _, info = self._watch.ask(
                *CLEAR, *views.LIST_CLIENTS, *_in_database(views.SCAN), INFO
            )
            self._before = views.read_names(own, listed, NUMBER), views.collect_keys(self._ask, scanned)
            self._mark = make_mark(info)
        except (valkey.ValkeyError, OSError) as error:
            return self._status.ended() or f"it doesn't answer: {error}"
        lasting = self._mark.condition.commands & self._lasting
        return f"it was given commands that last: {', '.join(sorted(lasting))}" if lasting else ""

    def look_before(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the database's clients and its keys when it was made ready."""
        return self._before

    def read_keys(self) -> tuple[str, ...]:
        """The database's keys now. What it is in for a condition is asked at the same time, for `trouble`."""
        _, scanned, _, info = self._watch.ask(*_in_database(views.SCAN), INFO)
        keys = views.collect_keys(self._ask, scanned)
        self._after = make_mark(info)
        return keys

    def trouble(self) -> str:
        """What kept it from serving since it was made ready; empty if nothing did."""
        found = self._watch.trouble(self._mark, self._after)
        if not self._trouble:
            # Asked last, so that no stop is missed that ended while the server was asked.
            self._trouble = self._why(found)
        return self._trouble

    def end(self) -> None:
        """Kill it, also if it stands still."""
        self._status.kill()
        self._stack.close()

    def _ask(self, *commands: Command) -> list[Any]:
        return self._watch.ask(*_in_database(*commands))[1:-1]

    def _why(self, found: str) -> str:
        """What the system says about it, or else what was found."""
        ended = self._status.soon_ended() if found else self._status.ended()
        return ended or (STOPPED if self._status.stopped() else found)

    def _give_up(self, why: str) -> None:
        """Kill it, as it doesn't answer: the suite that waits for it, in vain, need not wait until its time limit."""
        self._trouble = self._trouble or self._why(why)
        self._status.kill()

    def _ask_lasting(self) -> frozenset[str]:
        """The commands that change what later suites meet, connections and keys apart."""
        answers = self._watch.ask(*(("ACL", "CAT", category) for category in ("admin", "scripting")))
        return frozenset(command.decode() for answer in answers for command in answer) - HARMLESS
