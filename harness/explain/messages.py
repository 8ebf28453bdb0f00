"""Bare messages: an error's text alone, with or without its type, and wherever it stands in a line."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from harness.evidence.model import Raised
from harness.explain.bodies import FIXTURE_TYPE, name_type
from harness.explain.complaints import make_warning, parse_repr
from harness.explain.model import TextError
from harness.explain.tracebacks import goes_on, shorten_place
from harness.verdicts.model import Channel
from harness.verdicts.observations import ObservationKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TYPED = re.compile(
    r"(?:(?P<file>[^\s:]+\.pyx?):(?P<line>\d+): )?"
    r"(?<![\w.])(?P<type>(?:[A-Za-z_]\w*\.)*_?[A-Z]\w*(?:Error|Exception|Warning|Interrupt|Exit)|(?:\w+\.)*(?:Failed|MissingGreenlet))"
    r": (?P<text>\S.*)"
)
_HINT = re.compile(r"(?:Error|Exception|Warning|Interrupt|Exit|Failed|MissingGreenlet): ")
_ENDINGS = ("Error", "Exception", "Warning", "Failed")
_NEAR = 200  # characters before a hint
_LONG = 2000  # characters after it, in the form that `repr` has
_OWN: tuple[tuple[str, ObservationKind, str], ...] = (
    (
        r"^opened at .+, never closed|more than the connection ledger knows of$",
        ObservationKind.CONNECTION,
        "never closed",
    ),
    (r"^opened on (?:\w+-)?loop-\d+, .+ without an error$", ObservationKind.CONNECTION, "used from another loop"),
    (r"^created at .+, never closed$", ObservationKind.LOOP, "never closed"),
    (r"^\S.* on the loop created at .+$", ObservationKind.TASK, "pending"),
    (r"^no end after [\d.]+ s |^no test began or ended for [\d.]+ s ", ObservationKind.HANG, ""),
    (r"^more than \S+ of memory in ", ObservationKind.LIMIT, "memory"),
    (r"^more than \S+ in a file of output in ", ObservationKind.LIMIT, "output"),
    (r"^SIG[A-Z]{3,6}(?:;|$)", ObservationKind.EXIT, "signal"),
    (r"^exit code -?\d+ before the session had ended", ObservationKind.EXIT, "ended early"),
    (r"^leaked-keys: .", ObservationKind.KEYS, "left"),
    (r"^pytest found no test to run, exit code 5$", ObservationKind.EXIT, "no tests"),
)
"""What this project prints itself of things that no exception shows."""

_LEAD = re.compile(r"^(?:[-*•>$#]+ +|\d+[.)] +)+")
_QUOTED = (("`", "`"), ("'", "'"), ('"', '"'), ("“", "”"), ("‘", "’"), ("*", "*"), ("_", "_"))
_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')
_FRAME_LINES = 3  # of a frame: its place, its source and the marks below that
_WORDS = 40  # lines of a text that may be one message
_MOST = 1000


def read_messages(lines: Sequence[str]) -> Iterator[tuple[int, TextError]]:
    """Each message with the line that it begins in; all of a short text where nothing in it looks like an error."""
    filled = [at for at, line in enumerate(lines) if line.strip()]
    if not filled:
        return
    first = filled[0]
    whole = _strip("\n".join(lines[at] for at in filled[:_WORDS]))
    if own := _read_own(whole):
        yield first, own
        return
    found = list(islice(_find_typed(lines), _MOST))
    if found:
        yield from found
    elif len(filled) <= _WORDS:
        yield first, _make(*name_type(whole))


def _strip(text: str) -> str:
    """Without what sets a quoted message off; quotation marks inside are the message's own."""
    text = _LEAD.sub("", text.strip()).removeprefix("**").removesuffix("**").strip()
    for begin, end in _QUOTED:
        inside = text[1:-1]
        if len(text) > 2 and text[0] == begin and text[-1] == end and begin not in inside and end not in inside:
            return inside.strip()
    return text


def _read_own(text: str) -> TextError | None:
    for pattern, kind, name in _OWN:
        if re.search(pattern, text) or re.search(pattern, text.partition(": ")[2]):
            raised = Raised(type=name, text=text, link="surface")
            return TextError(chain=(raised,), channel=Channel.CLEANUP, kind=kind)
    return None


def _find_typed(lines: Sequence[str]) -> Iterator[tuple[int, TextError]]:
    at = 0
    while at < len(lines):
        begin, line = at, lines[at]
        at += 1
        if found := _search(line):
            text = [found["text"]]
            while at < len(lines) and len(text) < _WORDS and goes_on(lines[at]) and not _search(lines[at]):
                text.append(lines[at])
                at += 1
            frame = found if found["file"] else _find_frame(lines, begin)
            place = f"{shorten_place(frame['file'])}:{frame['line']}" if frame else ""
            yield begin, _make(found["type"], _end_quote(found.string[: found.start()], "\n".join(text)), place)
        elif (raised := _search_repr(line)) and raised[0].endswith(_ENDINGS):
            yield begin, _make(*raised)


def _find_frame(lines: Sequence[str], at: int) -> re.Match[str] | None:
    """The frame right above a message, of a traceback without its first lines."""
    found = (_FRAME.search(line) for line in reversed(lines[max(0, at - _FRAME_LINES) : at]))
    return next((frame for frame in found if frame), None)


def _search(line: str) -> re.Match[str] | None:
    """The first type with a text. Only what stands near is looked at: lines may be long."""
    hint = _HINT.search(line)
    return _TYPED.search(line[max(0, hint.start() - _NEAR) :]) if hint else None


def _search_repr(line: str) -> tuple[str, str] | None:
    at = max(line.find("('"), line.find('("'))
    return parse_repr(line[max(0, at - _NEAR) : at + _LONG]) if at > 0 else None


def _end_quote(before: str, text: str) -> str:
    """The text up to the quotation mark that ends it, where one begins right before it."""
    ends = [end for begin, end in _QUOTED if before.endswith(begin)]
    return text.partition(ends[0])[0].rstrip() if ends else text.rstrip()


def _make(kind: str, text: str, place: str = "") -> TextError:
    if kind.rpartition(".")[2].endswith("Warning"):
        warned = make_warning(place, kind, text)
        return warned if place else msgspec.structs.replace(warned, kind=ObservationKind.EXCEPTION)
    problem = ObservationKind.PROBLEM if kind == FIXTURE_TYPE else ObservationKind.EXCEPTION
    return TextError(chain=(Raised(type=kind, text=text, link="surface", origin=place),), kind=problem)
