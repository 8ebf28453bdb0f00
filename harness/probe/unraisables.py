"""Exceptions that nobody could catch, seen through an audit hook.

pytest and suites replace `sys.unraisablehook` at will, some for a phase only; the audit event `sys.unraisablehook` is
raised before whichever hook is in place (or the default one) runs, also while the interpreter shuts down. It is missed
only when `sys` has lost the attribute: somebody deleted it, or `sys` itself is being cleared, last of all.

An audit hook can't be removed and sees every other event too: each costs about 0.2 µs, and a small
session has a few thousand.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .chains import describe

if TYPE_CHECKING:
    from .clock import Clock
    from .guard import Guard
    from .places import Places
    from .writer import Writer


def watch(*, clock: Clock, places: Places, writer: Writer, guard: Guard) -> None:
    """Write every unraisable exception from now on.

    The hook lives as long as the interpreter, so it must reach nothing that holds asyncio or the suite's objects:
    they would be finalized in another order than without the probe.
    """

    def seen(unraisable: Any) -> None:
        record: dict[str, object] = {
            "test": clock.test,
            "when": clock.when,
            "message": places.text(unraisable.err_msg or "Exception ignored in"),
            "object": places.text(_representation(unraisable.object)),
            "chain": describe(unraisable.exc_value or unraisable.exc_type(), places),
        }
        writer.write("unraisable", record)

    def hook(event: str, arguments: Any, wanted: str = "sys.unraisablehook") -> None:
        if event == wanted:
            # Late in the interpreter's shutdown anything may be gone, the guard included.
            with suppress(Exception):
                guard.run(seen, arguments[1])

    sys.addaudithook(hook)


def _representation(thing: object) -> str:
    try:
        return repr(thing)
    except Exception as broken:  # noqa: BLE001 - the suite's own __repr__ may raise anything
        return f"<repr() of {type(thing).__name__} raised {type(broken).__name__}>"
