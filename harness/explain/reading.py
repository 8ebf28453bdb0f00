"""From any text to the errors in it: a message, a traceback, all that pytest printed, a JUnit file, a log."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Literal

import msgspec

from harness.errors import UsageError
from harness.evidence.model import Raised
from harness.explain.bodies import ERROR_LINE
from harness.explain.decoding import is_binary, split_lines
from harness.explain.header import find_client, guess_from_paths, read_versions
from harness.explain.joining import LocatedError, join_summary
from harness.explain.junit import is_junit, read_junit
from harness.explain.messages import read_messages
from harness.explain.model import ReadText, TextError
from harness.explain.regions import split_regions
from harness.explain.scanning import read_region
from harness.explain.summaries import read_summary_line
from harness.explain.tracebacks import starts_traceback
from harness.verdicts.observations import ObservationKind

if TYPE_CHECKING:
    from collections.abc import Sequence


MOST_ERRORS = 10_000
"""Errors and warnings that are read in a text."""

_INTERNAL = "INTERNALERROR> "
_SESSION = re.compile(r"^=+ (?:test session starts|FAILURES|ERRORS|short test summary info|warnings summary).* =+$")
_HEADER = re.compile(r"^(?:platform \S+ -- Python |rootdir: |plugins: )")
_NO_TESTS = re.compile(r"^(?:=+ )?no tests (?:ran|collected).* in [\d.]+s|^collected 0 items$")


def read_text(data: bytes) -> ReadText:
    """All that is read in a text. Raises `UsageError` for one that is empty or no text at all."""
    if not data.strip(b"\0 \t\r\n\f\xff\xfe\xef\xbb\xbf"):
        raise UsageError("The text is empty.", remedy="Give an error's text, or what pytest has printed.")
    if is_binary(data):
        raise UsageError(
            "That is no text: it holds bytes that no text has.",
            remedy="Give what pytest has printed, as text, or a JUnit file. Unpack what is compressed first.",
        )
    if is_junit(data):
        return read_junit(data, read_lines)
    lines = split_lines(data)
    read = read_lines(lines.texts)
    if not read.errors and read.kind != "pytest":
        messages = [msgspec.structs.replace(error, line=at) for at, error in read_messages(lines.texts)]
        read = msgspec.structs.replace(read, kind="message", errors=tuple(messages))
    numbered = tuple(msgspec.structs.replace(error, line=lines.number(error.line)) for error in read.errors)
    return msgspec.structs.replace(read, errors=numbered, notes=(*lines.notes, *read.notes))


def read_lines(lines: Sequence[str]) -> ReadText:
    """The same of lines without colours and prefixes. Lines are counted from 0."""
    summary = []
    met: list[LocatedError] = []
    internal = any(line.startswith(_INTERNAL) for line in lines)
    if internal:
        lines = [line.removeprefix(_INTERNAL).removeprefix(_INTERNAL.rstrip()) for line in lines]
    for region in split_regions(lines):
        if region.part == "summary" or not region.section:
            shown = (read_summary_line(lines[at], at) for at in range(region.begin, region.end))
            summary += [line for line in shown if line is not None]
        if region.part != "summary":
            found = read_region(lines, region, internal=internal)
            met += [
                LocatedError(error=msgspec.structs.replace(error, line=at), region=region)
                for at, error in islice(found, MOST_ERRORS - len(met))
            ]
    errors = join_summary(met, summary)
    kind = _find_kind(lines, summary=bool(summary))
    if not errors and any(map(_NO_TESTS.match, lines)):
        raised = Raised(type="no tests", text="pytest found no test to run", link="surface")
        errors = [TextError(chain=(raised,), kind=ObservationKind.EXIT)]
    versions, note = guess_from_paths(lines, find_client(lines, read_versions(lines)))
    notes = [note] if note else []
    if len(met) >= MOST_ERRORS:
        notes.append(f"The text has more than {MOST_ERRORS:,} errors and warnings. The first were read.")
    return ReadText(kind=kind, errors=tuple(errors), versions=versions, notes=tuple(notes))


def _find_kind(lines: Sequence[str], *, summary: bool) -> Literal["message", "traceback", "pytest"]:
    if summary or any(ERROR_LINE.match(line) or _SESSION.match(line) or _HEADER.match(line) for line in lines):
        return "pytest"
    return "traceback" if any(map(starts_traceback, lines)) else "message"
