"""Keeps the probe's own mistakes away from what it observes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from .chains import describe

if TYPE_CHECKING:
    from .places import Places
    from .writer import Writer

MOST_REPORTS = 20


class Guard:
    """Runs observers. One that fails becomes an internal problem of node `probe`; the suite never notices."""

    def __init__(self, writer: Writer, places: Places) -> None:
        self._writer = writer
        self._places = places
        self._failures = 0

    def run(self, observer: Callable[..., None], *args: object) -> None:
        """Call `observer(*args)`."""
        try:
            observer(*args)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not reach the suite
            self._failures += 1
            if self._failures <= MOST_REPORTS:
                chain = describe(error, self._places)
                self._writer.write("problem", {"where": "internal", "node": "probe", "chain": chain})
