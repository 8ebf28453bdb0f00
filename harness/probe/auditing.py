"""The probe's one audit hook.

It can't be removed and sees every event: a session has many thousands, and each costs about 0.1 µs, whatever it is.
Reading `f_code` of a frame is one, and so is `id`.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any, Callable, Dict


class AuditHook:
    """Calls an observer with the arguments of its event. Whatever it raises is ignored.

    The hook lives as long as the interpreter, so an observer must reach nothing that holds asyncio or the suite's
    objects: they would be finalized in another order than without the probe.
    """

    def __init__(self) -> None:
        observers: Dict[str, Callable[..., None]] = {}  # noqa: UP006 - evaluated by nobody, kept as 3.8 would have it
        self._observers = observers

        # Bound to the function: late in the interpreter's shutdown anything may be gone, the observers' modules, too.
        def hook(event: str, arguments: Any, observers: Any = observers, quiet: Any = suppress) -> None:
            if event in observers:
                with quiet(Exception):
                    observers[event](*arguments)

        sys.addaudithook(hook)

    def observe(self, event: str, observer: Callable[..., None]) -> None:
        """From now on."""
        self._observers[event] = observer

    def ignore(self, event: str) -> None:
        """Observe it no more."""
        self._observers.pop(event, None)
