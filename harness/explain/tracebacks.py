"""Tracebacks as Python prints them: chains of exceptions, and exception groups with their members."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from harness.evidence.model import Raised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.explain.model import Link

TYPE = r"(?:[A-Za-z_][\w]*|<locals>)(?:\.(?:[A-Za-z_]\w*|<locals>))*"

_HEAD = re.compile(r"^(?P<margin>[ |]*)(?P<group>\+ Exception Group )?Traceback \(most recent call last\):?(?: .*)?$")
_INNER_GROUP = re.compile(r"^Exception Group Traceback \(most recent call last\):$")
_CAUSE = "The above exception was the direct cause of the following exception:"
_CONTEXT = "During handling of the above exception, another exception occurred:"
_FRAME = re.compile(r'^File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<name>.+))?$')
_RAISED = re.compile(rf"^(?P<type>{TYPE})(?::(?: (?P<text>.*))?)?$")
_RAISES = re.compile(rf"^raise (?P<type>{TYPE})\(f?(?P<quote>['\"])(?P<text>.+?)(?P=quote)")
_BAR = re.compile(r"^(?P<margin> *)(?:\| ?(?P<text>.*)|\+-(?P<deeper>\+-)?-*(?P<number> (?:\d+|\.\.\.) -+)?$)")
_PACKAGES = re.compile(r"^.*/(?:site|dist)-packages/")
_STANDARD = re.compile(r"^.*(?:/lib/(?:python|pypy)\d+\.\d+/|/Lib/)")
_NEXT = re.compile(  # what no message goes on with
    r"^(?:[=_-]{3,}|Traceback \(|Exception ignored|Task was |(?:Task|Future) exception|FAILED |ERROR |PASSED "
    r"|\[gw\d+\]|\d+ (?:passed|failed)|##\[|(?:E|>) {3,}|  File \"|Exception in thread|sys:1: "
    r"|(?:\w+/)*\w+\.py:\d+(?::|$)|During handling|The above exception|\S+:\d+: \w*Warning: )"
)
HINT = re.compile(
    r"never retrieved|Exception in |Exception ignored|was destroyed|Unclosed |Warning: |Fatal Python|asyncio\.run\(\)"
)
"""Found in every line that complains of an error which nobody could catch."""

_LONGEST_MESSAGE = 40  # lines


class ReadChain(msgspec.Struct, frozen=True, kw_only=True):
    """A chain, surface first, and the first line after it."""

    chain: tuple[Raised, ...]
    end: int


def starts_traceback(line: str) -> bool:
    """Whether a traceback begins here."""
    return "Traceback (most recent call last)" in line and _HEAD.match(line) is not None


def read_traceback(lines: Sequence[str], at: int) -> ReadChain:
    """The chain that begins at `at`, where `starts_traceback` holds. Empty where it is cut off before the exception."""
    segments: list[tuple[tuple[Raised, ...], Link]] = []
    link: Link = "surface"
    while at < len(lines) and (head := _HEAD.match(lines[at])):
        found, at = _read_group(lines, at) if head["group"] else _read_one(lines, at + 1, head["margin"])
        segments.append((found, link))
        following = _find_link(lines, at, head["margin"][:-2] if head["group"] else head["margin"])
        if following is None:
            break
        link, at = following
    return ReadChain(chain=_join(segments), end=at)


def parse_raised(line: str) -> tuple[str, str] | None:
    """Type and text of `RuntimeError: Event loop is closed`."""
    found = _RAISED.match(line)
    return (found["type"], found["text"] or "") if found else None


def shorten_place(path: str) -> str:
    """`valkey/asyncio/connection.py` and `asyncio/base_events.py`, wherever they are installed."""
    path = path.replace("\\", "/")
    short = _PACKAGES.sub("", path)
    return short if short != path else _STANDARD.sub("", path)


def _join(segments: Sequence[tuple[tuple[Raised, ...], Link]]) -> tuple[Raised, ...]:
    """Surface first. Each segment comes with how it hangs on the one before it, which is the one raised earlier."""
    chain: list[Raised] = []
    members: list[Raised] = []
    link: Link = "surface"
    for found, before in reversed(segments):
        if found:
            own = [raised for raised in found if raised.link == "surface"][:1]
            chain += [msgspec.structs.replace(raised, link=link) for raised in own]
            members += found[len(own) :]
        link = before
    return (*chain, *members)


def _find_link(lines: Sequence[str], at: int, margin: str) -> tuple[Link, int] | None:
    """How the next exception hangs on the one before `at`, and where it begins."""
    at = _skip_blank(lines, at, margin)
    text = _inside(lines[at], margin) if at < len(lines) else None
    link: Link | None = "cause" if text == _CAUSE else "context" if text == _CONTEXT else None
    if link is None:
        return None
    at = _skip_blank(lines, at + 1, margin)
    return (link, at) if at < len(lines) and _HEAD.match(lines[at]) else None


def _skip_blank(lines: Sequence[str], at: int, margin: str) -> int:
    while at < len(lines) and not (_inside(lines[at], margin) or "").strip() and not lines[at].strip(" |"):
        at += 1
    return at


def _inside(line: str, margin: str) -> str | None:
    """The line without the margin; None where it doesn't have it."""
    if line.startswith(margin):
        return line[len(margin) :]
    return "" if not line.strip(" |") else None


def _read_one(lines: Sequence[str], at: int, margin: str) -> tuple[tuple[Raised, ...], int]:
    """The exception below frames that begin at `at`, and the first line after its message."""
    origin = source = ""
    while at < len(lines):
        text = _inside(lines[at], margin)
        if text is None:
            return _read_source(source, origin), at
        if text and not text[0].isspace():
            break
        if frame := _FRAME.match(text.strip()):
            origin = _make_origin(frame)
        if _RAISES.match(text.strip()):
            source = text.strip()
        elif text.strip():
            source = ""
        at += 1
    text = _inside(lines[at], margin) if at < len(lines) else None
    raised = parse_raised(text) if text else None
    if raised is None:
        return _read_source(source, origin), at
    if shown := _read_source(raised[1].strip(), origin):  # a log viewer has put `Error: ` before the last line
        return shown, at + 1
    kind, first = raised
    message = [first]
    at += 1
    while at < len(lines) and len(message) < _LONGEST_MESSAGE and goes_on(text := _inside(lines[at], margin)):
        message.append(text or "")
        at += 1
    return (Raised(type=kind, text="\n".join(message), link="surface", origin=origin),), at


def _read_source(line: str, origin: str) -> tuple[Raised, ...]:
    """What `raise RuntimeError('Event loop is closed')` raises, the last line of a traceback that is cut off."""
    found = _RAISES.match(line)
    return (Raised(type=found["type"], text=found["text"], link="surface", origin=origin),) if found else ()


def goes_on(text: str | None) -> bool:
    """Whether a message may go on with this line."""
    return bool(text and text.strip()) and not (_NEXT.match(text or "") or HINT.search(text or ""))


def _make_origin(frame: re.Match[str]) -> str:
    return f"{shorten_place(frame['file'])}:{frame['line']} in {frame['name'] or '<module>'}"


def _read_group(lines: Sequence[str], at: int) -> tuple[tuple[Raised, ...], int]:
    """An exception group and its members, which follow it, each linked as a member."""
    head = _HEAD.match(lines[at])
    outer = head["margin"] if head else ""
    runs, end = _split_runs(lines, at + 1, outer)
    found: list[Raised] = []
    for position, run in enumerate(runs):
        chain = _read_run(run, group=position == 0)
        if chain:
            first = chain[0] if position == 0 else msgspec.structs.replace(chain[0], link="member")
            found += [first, *chain[1:]]
    return tuple(found), end


def _split_runs(lines: Sequence[str], at: int, outer: str) -> tuple[list[list[str]], int]:
    """The lines of a group and of each member, without margins, and the first line after all of them."""
    runs: list[list[str]] = [[]]
    while at < len(lines):
        found = _BAR.match(lines[at])
        if not found or len(found["margin"]) < len(outer):
            break
        if found["text"] is None and "|" not in lines[at]:
            if runs[-1]:
                runs.append([])
        else:
            runs[-1].append(found["text"] or "")
        at += 1
    return [run for run in runs if run], at


def _read_run(run: Sequence[str], *, group: bool) -> tuple[Raised, ...]:
    """A member's chain, or the group's own."""
    at = next((at for at, line in enumerate(run) if starts_traceback(line) or _INNER_GROUP.match(line)), None)
    if group or at is None:
        return _read_one(run, 0, "")[0]
    if _INNER_GROUP.match(run[at]):
        return _read_one(run, at + 1, "")[0]
    return read_traceback(run, at).chain
