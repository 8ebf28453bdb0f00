"""What pytest prints of one failure in its own styles: lines that begin with `E`, and places below or above them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from harness.evidence.model import Raised
from harness.explain.tracebacks import TYPE, parse_raised, shorten_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.explain.model import Link

ERROR_LINE = re.compile(r"^E {3,}\S")
LINKS: dict[str, Link] = {
    "The above exception was the direct cause of the following exception:": "cause",
    "During handling of the above exception, another exception occurred:": "context",
}

_MORE = re.compile(r"^E(?:$| {1,})")
_PLACE = re.compile(rf"^(?P<file>\S.*?):(?P<line>\d+): (?P<type>{TYPE})$")
_FRAME = re.compile(r"^(?P<file>\S.*?):(?P<line>\d+): in (?P<name>\S+)$")
_FUNCTION = re.compile(r"^    +(?:async )?def (?P<name>\w+)")
_BOUND = re.compile(r"^(?:_ _ _|_{3,}|={3,}|-{3,}|During handling|The above)")
_FAILED = re.compile(r"^(?:ScopeMismatch: |async def functions are not natively supported|\[XPASS\(strict\)\])")
_FIXTURE = re.compile(r"^(?:fixture '.*' not found|recursive dependency involving fixture)")
_BELOW = 8  # lines below an error that are looked at for its place
_ABOVE = 20  # lines above it, for its frame
_FURTHER = 200  # lines above it, for the beginning of its function
_LONG = 60  # characters of a line that a terminal may have folded
FIXTURE_TYPE = "_pytest.fixtures.FixtureLookupError"


class ReadError(msgspec.Struct, frozen=True, kw_only=True):
    """One exception, the line that it began in, and the first line after it."""

    raised: Raised
    begin: int
    end: int


def read_error_lines(lines: Sequence[str], at: int) -> ReadError:
    """The exception whose first line is `at`, where `ERROR_LINE` matches."""
    begin = at
    message: list[str] = []
    while at < len(lines) and _MORE.match(lines[at]):
        message.append(lines[at])
        at += 1
    folded = _read_folded(lines, at, message[-1])
    at += len(folded)
    text = "\n".join(_dedent(message)) + "".join(folded)
    kind, rest = name_type(text)
    place, after = _find_place(lines, at)
    if place is not None:
        at = after
        kind = kind or place["type"]
        name = _find_function(lines, begin)
    else:
        place = _find_frame(lines, begin)
        name = place["name"] if place else ""
    origin = f"{shorten_place(place['file'])}:{place['line']}" + (f" in {name}" if name else "") if place else ""
    return ReadError(raised=Raised(type=kind, text=rest, link="surface", origin=origin), begin=begin, end=at)


def name_type(text: str) -> tuple[str, str]:
    """The type that a printed text begins with, as far as pytest prints it, and the rest."""
    first, line_end, more = text.partition("\n")
    if _FIXTURE.match(first):
        return FIXTURE_TYPE, text
    if _FAILED.match(first):
        return "Failed", text
    if first.startswith("assert "):
        return "AssertionError", text
    raised = parse_raised(first)
    if raised and is_type(raised[0]):
        return raised[0], raised[1] + line_end + more
    return "", text


def is_type(name: str) -> bool:
    """Whether a word before a colon is a type's name: dotted, or as such names end."""
    return "." in name or _TYPE_NAME.match(name) is not None


_TYPE_NAME = re.compile(r"^[A-Z]\w*$|^_?[A-Z]\w*(?:Error|Exception|Warning)$|^(?:error|timeout|gaierror|herror)$")


def join_chain(errors: Sequence[tuple[Raised, Link]]) -> tuple[Raised, ...]:
    """Surface first, of exceptions in the order they are printed, each with how it hangs on the one before it."""
    chain: list[Raised] = []
    link: Link = "surface"
    for raised, before in reversed(errors):
        chain.append(msgspec.structs.replace(raised, link=link))
        link = before
    return tuple(chain)


def _dedent(message: Sequence[str]) -> list[str]:
    bare = [line[1:] for line in message]
    margin = len(bare[0]) - len(bare[0].lstrip())
    return [line[margin:] if not line[:margin].strip() else line.strip() for line in bare]


def _read_folded(lines: Sequence[str], at: int, above: str) -> list[str]:
    """What a terminal has put on lines of their own."""
    folded: list[str] = []
    while at < len(lines) and len(above) >= _LONG and lines[at].strip() and not _is_structure(lines[at]):
        above = lines[at]
        folded.append(above)
        at += 1
    return folded


def _is_structure(line: str) -> bool:
    return bool(
        _BOUND.match(line) or _PLACE.match(line) or _FRAME.match(line) or line.startswith((">  ", "FAILED ", "ERROR "))
    )


def _find_place(lines: Sequence[str], at: int) -> tuple[re.Match[str] | None, int]:
    """`conftest.py:12: RuntimeError` below, in the style `long`, and the line after it. What is between is source."""
    for below in range(at, min(at + _BELOW, len(lines))):
        if found := _PLACE.match(lines[below]):
            return found, below + 1
        if ERROR_LINE.match(lines[below]) or _BOUND.match(lines[below]) or _FRAME.match(lines[below]):
            break
    return None, at


def _find_function(lines: Sequence[str], at: int) -> str:
    for above in range(at - 1, max(-1, at - _FURTHER), -1):
        if _BOUND.match(lines[above]):
            break
        if found := _FUNCTION.match(lines[above]):
            return found["name"]
    return ""


def _find_frame(lines: Sequence[str], at: int) -> re.Match[str] | None:
    for above in range(at - 1, max(-1, at - _ABOVE), -1):
        if found := _FRAME.match(lines[above]):
            return found
        if _BOUND.match(lines[above]) or ERROR_LINE.match(lines[above]):
            break
    return None
