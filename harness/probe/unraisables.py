"""Exceptions that nobody could catch, seen through an audit hook.

pytest and suites replace `sys.unraisablehook` at will, some for a phase only; the audit event `sys.unraisablehook` is
raised before whichever hook is in place (or the default one) runs, also while the interpreter shuts down. It is missed
only when `sys` has lost the attribute: somebody deleted it, or `sys` itself is being cleared, last of all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .chains import describe

if TYPE_CHECKING:
    from .auditing import AuditHook
    from .clock import Clock
    from .guard import Guard
    from .places import Places
    from .writer import Writer


def watch(audit: AuditHook, *, clock: Clock, places: Places, writer: Writer, guard: Guard) -> None:
    """Write every unraisable exception from now on."""

    def seen(unraisable: Any) -> None:
        record: dict[str, object] = {
            "test": clock.test,
            "when": clock.when,
            "message": places.text(unraisable.err_msg or "Exception ignored in"),
            "object": places.text(_representation(unraisable.object)),
            "chain": describe(unraisable.exc_value or unraisable.exc_type(), places),
        }
        writer.write("unraisable", record)

    def hear(_: Any, unraisable: Any) -> None:
        guard.run(seen, unraisable)

    audit.observe("sys.unraisablehook", hear)


def _representation(thing: object) -> str:
    try:
        return repr(thing)
    except Exception as broken:  # noqa: BLE001 - the suite's own __repr__ may raise anything
        return f"<repr() of {type(thing).__name__} raised {type(broken).__name__}>"
