"""Keeps the probe's own mistakes, and the objects it makes, away from what it observes."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Callable

from .chains import describe

if TYPE_CHECKING:
    from .places import Places
    from .writer import Writer

MOST_REPORTS = 20


class Guard:
    """Runs observers. One that fails becomes an internal problem of node `probe`; the suite never notices.

    No garbage is collected meanwhile: a finalizer's warning names whatever code is running, and that isn't the probe's.
    """

    def __init__(self, writer: Writer, places: Places) -> None:
        # Bound here: modules are empty late in the interpreter's shutdown.
        self._collecting, self._stop, self._start = gc.isenabled, gc.disable, gc.enable
        self._writer = writer
        self._places = places
        self._failures = 0

    def run(self, observer: Callable[..., None], *args: object) -> None:
        """Call `observer(*args)`."""
        collecting = self._collecting()  # as `pause` and `resume` do, for this runs at every read of a stream
        self._stop()
        try:
            observer(*args)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not reach the suite
            self._failures += 1
            if self._failures <= MOST_REPORTS:
                chain = describe(error, self._places)
                self._writer.write("problem", {"where": "internal", "node": "probe", "chain": chain})
        finally:
            if collecting:
                self._start()

    def pause(self) -> bool:
        """No garbage is collected of itself until `resume`, which wants to be given what this returns."""
        collecting = self._collecting()
        self._stop()
        return collecting

    def resume(self, collecting: bool) -> None:
        """What fell due meanwhile is collected when the next object is made."""
        if collecting:
            self._start()
