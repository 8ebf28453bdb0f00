"""What Python, asyncio and clients print of errors nobody can catch: between tests, captured, or at the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from harness.evidence.model import Raised
from harness.explain.model import TextError
from harness.explain.tracebacks import HINT, parse_raised, read_traceback, shorten_place, starts_traceback
from harness.verdicts.model import Channel
from harness.verdicts.observations import ObservationKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Reader = Callable[[Sequence[str], int, "re.Match[str]"], "Complaint | None"]

_BEFORE = r"^(?:.{0,200}?[\s:\])>])?"  # a log record's time, level and logger
_HANDLER = re.compile(
    _BEFORE + r"(?P<text>(?:Task|Future|_GatheringFuture) exception was never retrieved(?: \(.*\))?"
    r"|Exception in callback .*|unhandled exception during asyncio\.run\(\) shutdown)\.?$"
)
_ALONE = re.compile(
    _BEFORE + r"(?P<text>Task was destroyed but it is pending!"
    r"|Unclosed (?:\w+ client|ClusterNode object|client session|connector|connection|response))$"
)
_IGNORED = re.compile(r"^(?P<margin> *)(?P<text>Exception ignored (?:in|while|on)\b.*)$")
_THREAD = re.compile(r"^ *(?P<text>Exception in thread .*)$")
_WARNING = re.compile(
    r"^(?P<place>\S[^:]*(?::\\[^:]*)?|[A-Za-z]:[^:]*):(?P<line>\d+): (?P<type>[\w.]*Warning): (?P<text>.+)$"
)
_FATAL = re.compile(
    r"^(?P<text>Fatal Python error: (?:Segmentation fault|Aborted|Bus .*|Illegal instruction|Floating.point .*))"
)
_STORED = re.compile(r"exception=(?P<raised>[A-Za-z_][\w.]*\(.*)$")
_REPR = re.compile(r"""(?<![\w.])(?P<type>[A-Za-z_][\w.]*)\((?P<quote>['"])(?P<text>.*?)(?P=quote),?\)""", re.DOTALL)
_NOTE = "Enable tracemalloc to get the"
_FEW = 6  # lines below a complaint in which its traceback or its exception begins


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """What was complained of, and the first line after it."""

    error: TextError
    end: int


def read_complaint(lines: Sequence[str], at: int) -> Complaint | None:
    """The complaint that begins in this line, if one does."""
    line = lines[at]
    if not HINT.search(line):
        return None
    for pattern, read in _READERS:
        if found := pattern.match(line):
            return read(lines, at, found)
    return None


def parse_repr(text: str) -> tuple[str, str] | None:
    """Type and text of the first `RuntimeError('Event loop is closed')` in a text."""
    found = _REPR.search(text)
    return (found["type"], found["text"].replace("\\'", "'")) if found else None


def make_warning(place: str, kind: str, text: str) -> TextError:
    """A warning, in the channel that the same warning has in evidence."""
    collected = kind == "ResourceWarning" or "was never awaited" in text
    return TextError(
        chain=(Raised(type=kind, text=text, link="surface", origin=shorten_place(place)),),
        channel=Channel.CLEANUP if collected else Channel.BODY,
        kind=ObservationKind.WARNING,
    )


def _read_handler_call(lines: Sequence[str], at: int, found: re.Match[str]) -> Complaint:
    chain, end = _find_chain(lines, at + 1)
    if not chain:
        stored = [_STORED.search(line) for line in lines[at : at + 3]]
        raised = next((parse_repr(one["raised"]) for one in stored if one), None)
        chain = (Raised(type=raised[0], text=raised[1], link="surface"),) if raised else ()
    text = found["text"] + (f" ({chain[0].type}: {chain[0].text})" if chain else "")
    below = (msgspec.structs.replace(chain[0], link="cause"), *chain[1:]) if chain else ()
    return _make(ObservationKind.HANDLER_CALL, (Raised(type="", text=text, link="surface"), *below), end)


def _read_alone(_: Sequence[str], at: int, found: re.Match[str]) -> Complaint:
    return _make(ObservationKind.HANDLER_CALL, (Raised(type="", text=found["text"], link="surface"),), at + 1)


def _read_ignored(lines: Sequence[str], at: int, found: re.Match[str]) -> Complaint:
    chain, end = _find_chain(lines, at + 1)
    if not chain:
        following = lines[at + 1].strip() if at + 1 < len(lines) else ""
        raised = parse_raised(following) or ("", found["text"])
        chain = (Raised(type=raised[0], text=raised[1], link="surface"),)
    return _make(ObservationKind.UNRAISABLE, chain, end)


def _read_thread(lines: Sequence[str], at: int, _: re.Match[str]) -> Complaint | None:
    chain, end = _find_chain(lines, at + 1)
    if not chain:
        return None
    return Complaint(error=TextError(chain=chain, channel=Channel.BACKGROUND, kind=ObservationKind.THREAD), end=end)


def _read_warning(_: Sequence[str], at: int, found: re.Match[str]) -> Complaint | None:
    if found["text"].startswith(_NOTE):
        return None
    error = make_warning(f"{found['place']}:{found['line']}", found["type"], found["text"])
    return Complaint(error=error, end=at + 1)


def _read_fatal(_: Sequence[str], at: int, found: re.Match[str]) -> Complaint:
    return _make(ObservationKind.EXIT, (Raised(type="signal", text=found["text"], link="surface"),), at + 1)


_READERS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (_IGNORED, _read_ignored),
    (_THREAD, _read_thread),
    (_HANDLER, _read_handler_call),
    (_ALONE, _read_alone),
    (_FATAL, _read_fatal),
    (_WARNING, _read_warning),
)


def _find_chain(lines: Sequence[str], at: int) -> tuple[tuple[Raised, ...], int]:
    """The chain of the traceback that belongs to the complaint above `at`, and the first line after it."""
    for begin in range(at, min(at + _FEW, len(lines))):
        if starts_traceback(lines[begin]):
            read = read_traceback(lines, begin)
            return read.chain, max(read.end, begin + 1)
        if HINT.search(lines[begin]) and begin > at:
            break
    return (), at


def _make(kind: ObservationKind, chain: tuple[Raised, ...], end: int) -> Complaint:
    channel = Channel.BODY if kind is ObservationKind.EXIT else Channel.CLEANUP
    return Complaint(error=TextError(chain=chain, channel=channel, kind=kind), end=end)
