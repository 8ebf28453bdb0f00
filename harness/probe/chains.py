"""An exception and everything behind it, as JSON. The surface error comes first, the root last."""

from __future__ import annotations

import builtins
import re
import sys
from typing import TYPE_CHECKING

from .limits import relax
from .places import PROBE, type_name

if TYPE_CHECKING:
    from types import TracebackType

    from .places import Places

LONGEST_CHAIN = 50

_PRINTED = re.compile(r"((?:[A-Za-z_]\w*\.)*[A-Z]\w*)(?:: (.*))?$")


def describe(error: BaseException | None, places: Places) -> list[dict[str, str]]:
    """The chain of `error`: each exception's type, text, link to the one before it, and innermost frame.

    Follows what a user is shown: `__cause__`, otherwise `__context__` unless `raise … from None` hid it. The members
    of an exception group follow it, linked as members, each with its own chain.
    """
    if isinstance(error, MemoryError):
        relax()
    chain: list[dict[str, str]] = []
    waiting = [(error, "surface")] if error is not None else []
    seen: set[int] = set()
    while waiting and len(chain) < LONGEST_CHAIN:
        current, link = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        prune(current, places)
        chain.append(_item(current, link, places))
        waiting.extend(_behind(current))
    return chain


def describe_printed(text: str, places: Places) -> list[dict[str, str]]:
    """The surface error of a traceback as Python prints it, of which nothing else is left."""
    lines = text.rstrip().splitlines() or [""]
    named = [at for at, line in enumerate(lines) if _PRINTED.match(line)]
    found = _PRINTED.match(lines[named[-1]]) if named else None
    kind = found.group(1) if found else ""
    rest = [found.group(2) or "", *lines[named[-1] + 1 :]] if found else lines
    return [{"type": kind, "text": places.text("\n".join(rest)), "link": "surface", "origin": ""}]


def prune(error: BaseException, places: Places) -> None:
    """Take the probe's own frames out of a traceback, so that what is printed reads as it would without the probe."""
    entry = error.__traceback__
    while entry is not None and _is_own(entry, places):
        entry = entry.tb_next
    if entry is not error.__traceback__ and entry is not None:
        error.__traceback__ = entry
    while entry is not None:
        following = entry.tb_next
        while following is not None and _is_own(following, places):
            following = following.tb_next
        if following is not entry.tb_next and following is not None:
            entry.tb_next = following
        entry = following


def _is_own(entry: TracebackType, places: Places) -> bool:
    return places.kind(entry.tb_frame.f_code.co_filename) == PROBE


def _item(error: BaseException, link: str, places: Places) -> dict[str, str]:
    return {
        "type": type_name(type(error)),
        "text": _text(error, places),
        "link": link,
        "origin": _origin(error, places),
    }


def _text(error: BaseException, places: Places) -> str:
    try:
        text = "\n".join([_missing_fixture(error) or str(error), *getattr(error, "__notes__", ())])
    except Exception as broken:  # noqa: BLE001 - the suite's own __str__ may raise anything
        text = f"<str() raised {type(broken).__name__}>"
    return places.text(text)


def _missing_fixture(error: BaseException) -> str:
    """What pytest prints of a fixture that can't be had, whose `str()` is a tuple of objects. Empty for others."""
    name = getattr(error, "argname", None)
    if name is None or type(error).__name__ != "FixtureLookupError":
        return ""
    if getattr(error, "msg", None):
        return str(getattr(error, "msg"))  # noqa: B009 - the attribute is pytest's, unknown to the type checker
    if any(getattr(asking, "argname", None) == name for asking in getattr(error, "fixturestack", ())):
        return f"recursive dependency involving fixture {name!r} detected"
    return f"fixture {name!r} not found"


def _origin(error: BaseException, places: Places) -> str:
    innermost = error.__traceback__
    if innermost is None:
        return ""
    while innermost.tb_next is not None:
        innermost = innermost.tb_next
    code = innermost.tb_frame.f_code
    if places.kind(code.co_filename) == PROBE:  # raised while the probe collects garbage: from nowhere in particular
        return ""
    return places.line(code.co_filename, innermost.tb_lineno, code.co_name)


def _behind(error: BaseException) -> list[tuple[BaseException, str]]:
    """What hangs on `error`, last to be shown first (the caller pops from the end)."""
    behind: list[tuple[BaseException, str]] = []
    if error.__cause__ is not None:
        behind.append((error.__cause__, "cause"))
    elif error.__context__ is not None and not error.__suppress_context__:
        behind.append((error.__context__, "context"))
    members = getattr(error, "exceptions", ()) if _is_group(error) else ()
    behind.extend((member, "member") for member in reversed(members))
    return behind


def _is_group(error: BaseException) -> bool:
    group = getattr(builtins, "BaseExceptionGroup", None)
    if group is None:  # before Python 3.11 pytest and anyio use the backport
        group = getattr(sys.modules.get("exceptiongroup"), "BaseExceptionGroup", None)
    return group is not None and isinstance(error, group)
