"""What can only be read out of text: warnings given while pytest was configuring, and interpreter shutdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.verdicts.model import Channel
from harness.verdicts.observations import Observation, ObservationKind, fold_text

if TYPE_CHECKING:
    from collections.abc import Iterator

# A place may hold spaces where it is a whole path.
_WARNING = re.compile(r"^(?P<place>\S*?:\d+|(?:[\\/]|[A-Za-z]:[\\/]).*?\.py:\d+): (?P<type>\w+Warning): (?P<text>.+)$")
_EXCEPTION = re.compile(r"^(?P<type>[A-Za-z_][\w.]*)(?:: ?(?P<text>.*))?$")
_IGNORED = re.compile(r"^Exception ignored\b")
_UNRETRIEVED = re.compile(r"^(?:Task|Future) exception was never retrieved")
_THREAD = re.compile(r"^Exception in thread ")
_TRACEBACK = re.compile(r"^Traceback \(most recent call last\):")
_ALONE = re.compile(
    r"^(?:Task was destroyed but it is pending!|Unclosed (?:\w+ client|client session|connector|connection|response)$"
    r"|Fatal Python error: .*)"
)
_USAGE = re.compile(r"^ERROR: (?P<text>.+)$")
_CONFTEST = re.compile(r"^E   (?P<type>[A-Za-z_][\w.]*): ?(?P<text>.*)$")
_INTERNAL = re.compile(r"^INTERNALERROR> (?P<type>[A-Za-z_][\w.]*): ?(?P<text>.*)$")


def find_printed_warnings(output: str) -> Iterator[Observation]:
    """Warnings that Python itself printed because pytest wasn't recording yet, one for each distinct text.

    pytest's own summary indents what it prints, so nothing recorded is read twice.
    """
    seen: set[tuple[str, str]] = set()
    for line in output.splitlines() if "Warning: " in output else ():
        found = _WARNING.match(line)
        if found and (found["type"], found["text"]) not in seen:
            seen.add((found["type"], found["text"]))
            yield _make_warning(found, ObservationKind.WARNING, Channel.BODY)


def find_startup_error(output: str) -> Observation | None:
    """Why pytest gave up before collecting: a usage error, a conftest that can't be imported, an internal error."""
    lines = output.splitlines()
    for pattern in (_CONFTEST, _INTERNAL):
        found = [match for line in lines if (match := pattern.match(line))]
        if found:
            return _make_problem(found[-1]["type"], found[-1]["text"])
    usage = [match["text"] for line in lines if (match := _USAGE.match(line))]
    return _make_problem("UsageError", usage[0]) if usage else None


def observe_shutdown(output_after: str) -> Iterator[Observation]:
    """What the interpreter printed after the session, an observation for each complaint."""
    for head, block in _split_blocks(output_after.splitlines()):
        warned = _WARNING.match(head)
        if warned:
            yield _make_warning(warned, ObservationKind.OUTPUT_AFTER, Channel.CLEANUP)
        elif _ALONE.match(head):
            yield _make_after("", head)
        elif _UNRETRIEVED.match(head):
            kind, text = _find_last_exception(block)
            yield _make_after("", f"{head} ({kind}: {text})")
        elif _THREAD.match(head):
            kind, text = _find_last_exception(block)
            yield Observation(kind=ObservationKind.THREAD, channel=Channel.BACKGROUND, type=kind, text=fold_text(text))
        else:
            kind, text = _find_last_exception([head, *block])
            yield _make_after(kind or "Exception", text or head)


def _split_blocks(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Each complaint's first line with the lines that belong to it; anything before the first complaint is dropped."""
    head: str | None = None
    block: list[str] = []
    for line in lines:
        if _starts_complaint(line, head):
            if head is not None:
                yield head, block
            head, block = line, []
        else:
            block.append(line)
    if head is not None:
        yield head, block


def _starts_complaint(line: str, head: str | None) -> bool:
    if any(pattern.match(line) for pattern in (_WARNING, _IGNORED, _UNRETRIEVED, _THREAD, _ALONE)):
        return True
    # A traceback belongs to the complaint above it; one that nothing introduced is a complaint of its own.
    return bool(_TRACEBACK.match(line)) and (head is None or bool(_WARNING.match(head) or _ALONE.match(head)))


def _find_last_exception(block: list[str]) -> tuple[str, str]:
    """Type and text of the last exception named after a traceback: of a chain, the surface.

    An exception that was ignored in C code has no traceback: it stands right below the line that says so.
    """
    found = ("", "")
    in_traceback = bool(block and _IGNORED.match(block[0]))
    for line in block:
        if _TRACEBACK.match(line):
            in_traceback = True
        elif in_traceback and line and not line[0].isspace() and (match := _EXCEPTION.match(line)):
            found = (match["type"], match["text"] or "")
            in_traceback = False
    return found


def _make_warning(found: re.Match[str], kind: ObservationKind, channel: Channel) -> Observation:
    place = found["place"].replace("\\", "/").rpartition("site-packages/")[2]
    return Observation(kind=kind, channel=channel, type=found["type"], text=fold_text(found["text"]), origin=place)


def _make_after(kind: str, text: str) -> Observation:
    return Observation(kind=ObservationKind.OUTPUT_AFTER, channel=Channel.CLEANUP, type=kind, text=fold_text(text))


def _make_problem(kind: str, text: str) -> Observation:
    return Observation(kind=ObservationKind.PROBLEM, channel=Channel.BODY, type=kind, text=fold_text(text))
