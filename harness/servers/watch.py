"""Keeping an eye on a server while suites use it."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import msgspec
import valkey

from harness.servers import condition, secrecy
from harness.servers.asking import Asking
from harness.servers.condition import Condition
from harness.servers.patience import expect_answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.servers.asking import Command

BEAT = 0.5
"""Seconds between two questions whether the server is there."""

STILL = 3.0
"""Seconds without an answer from which on what suites saw meanwhile counts for nothing.

Long enough for a machine that is busy, and less than any suite of the catalogue waits for an answer (5 s).
"""


INFO = ("INFO", "all")


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """The moment from which on somebody relies on the server."""

    at: float  # time.monotonic()
    condition: Condition


def make_mark(info: bytes) -> Mark:
    """The mark from the answer to `INFO`, which has just come. Raises `valkey.InvalidResponse`."""
    with expect_answers():
        return Mark(at=time.monotonic(), condition=condition.read_condition(info.decode("utf-8", "replace")))


class Watch:
    """One connection to a server, over which it is asked again and again whether it still answers.

    So a pause is known of that has ended by the time anybody asks, and `lost` is called, from any thread and maybe more
    than once, as soon as the server doesn't answer at all. Safe to call from threads. Raises `valkey.ValkeyError` or
    `OSError` where the server doesn't answer.
    """

    def __init__(self, url: str, *, lost: Callable[[str], None] = lambda _why: None) -> None:
        self._url = url
        self._lost = lost
        self._lock = threading.Lock()
        self._server = Asking(url, longest=None)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="watch", daemon=True)
        self._still_until = float("-inf")
        self._still = ""

    def __enter__(self) -> Self:
        self._server.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._ended.set()
        self._thread.join()
        self._server.__exit__()

    def ask(self, *commands: Command) -> list[Any]:
        """The answers to some commands. A suite may have ended our connection: that alone is no failure."""
        with self._lock:
            asked = time.monotonic()
            try:
                try:
                    answers = self._server.ask(*commands)
                except valkey.ConnectionError:
                    answers = self._server.ask(*commands)
            except (valkey.ConnectionError, valkey.TimeoutError, OSError) as error:
                self._remember(self._silent(error))
                self._lost(self._still)
                raise
            waited = time.monotonic() - asked
            if waited > STILL:
                self._remember(f"it didn't answer for {waited:.0f} s")
            return answers

    def mark(self) -> Mark:
        """The server's condition now, for `trouble` later on."""
        (info,) = self.ask(INFO)
        return make_mark(info)

    def trouble(self, since: Mark, now: Mark | None = None) -> str:
        """What kept the server from serving at any time since, until `now` if that is known.

        Empty if it is there and was all the time.
        """
        try:
            now = now or self.mark()
        except (valkey.ValkeyError, OSError) as error:
            return self._silent(error)
        if self._still_until > since.at:
            return self._still
        return condition.find_trouble(since.condition, now.condition)

    def _silent(self, error: Exception) -> str:
        return f"it didn't answer: {secrecy.hide_password(str(error), self._url)}"

    def _remember(self, what: str) -> None:
        self._still_until = time.monotonic()
        self._still = what

    def _beat(self) -> None:
        while not self._ended.wait(BEAT):
            with contextlib.suppress(valkey.ValkeyError, OSError):
                self.ask(("PING",))
