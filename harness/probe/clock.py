"""Which test and which of its phases is running."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from .places import Places
    from .writer import Writer


class Clock:
    """`test` is a nodeid or empty; `when` one of import, collect, setup, call, teardown, session."""

    def __init__(self, writer: Writer, places: Places) -> None:
        self.test = self.when = ""
        self._writer = writer
        self._places = places

    def begin(self) -> None:
        """A session begins."""
        self.test = self.when = ""
        self.enter("", "import")

    def enter(self, test: str, when: str) -> None:
        """A phase begins; entering the one that already runs says nothing."""
        if (test, when) == (self.test, self.when):
            return
        self.test, self.when = test, when
        self._writer.write("phase-start", {"test": test, "when": when})

    def moment(self, frame: FrameType | None) -> dict[str, str]:
        """Now, and where the code comes from that is running in `frame`."""
        at, importing = self._places.nearest(frame, collecting=self.when == "collect")
        when = "import" if importing else self.when
        return {"test": self.test, "when": when, "at": at}
