"""The short summary at the end of pytest's output, and its summary of warnings."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import msgspec

from harness.evidence.model import Raised
from harness.explain.bodies import name_type
from harness.explain.complaints import make_warning, read_complaint
from harness.explain.model import TextError
from harness.explain.tracebacks import read_traceback, starts_traceback
from harness.verdicts.model import Channel
from harness.verdicts.observations import ObservationKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LINE = re.compile(r"^(?P<word>FAILED|ERROR|SUBFAIL(?:ED)?\S*) (?P<node>(?:\[.*?\] )?\S.*?)(?: - (?P<text>.*))?$")
_WARNED = re.compile(r"^  (?P<place>\S.*?:\d+): (?P<type>[\w.]+): (?P<text>.*)$")
_UNRAISABLE = "PytestUnraisableExceptionWarning"
_THREAD = "PytestUnhandledThreadExceptionWarning"


class SummaryLine(msgspec.Struct, frozen=True, kw_only=True):
    """`FAILED test_first.py::test_get - RuntimeError: Event loop is closed`."""

    failed: bool  # an error of setup, teardown or collection otherwise
    node: str
    text: str
    at: int

    @property
    def title(self) -> str:
        """How pytest writes the test above what it prints of its failure."""
        file, separator, inside = self.node.partition("::")
        return inside.replace("::", ".") if separator else file

    def make_error(self, *, cleanup: bool, line: int) -> TextError:
        """The error as far as this line shows it."""
        kind, text = name_type(self.text)
        collected = "::" not in self.node
        return TextError(
            chain=(Raised(type=kind, text=text, link="surface"),),
            channel=Channel.CLEANUP if cleanup else Channel.BODY,
            kind=ObservationKind.PROBLEM if collected else ObservationKind.EXCEPTION,
            test=self.node,
            line=line,
        )


def read_summary_line(line: str, at: int) -> SummaryLine | None:
    """The line, if it is one of a failure."""
    if not line.startswith(("FAILED ", "ERROR ", "SUBFAIL")):
        return None
    found = _LINE.match(line)
    if not found or not ("::" in found["node"] or found["node"].endswith((".py", ".txt", ".rst"))):
        return None
    failed = found["word"] != "ERROR"
    return SummaryLine(failed=failed, node=found["node"], text=found["text"] or "", at=at)


def read_warnings(lines: Sequence[str], begin: int, end: int) -> Iterator[tuple[int, TextError]]:
    """Each warning of a summary with the line that it begins in."""
    at = begin
    while at < end:
        found = _WARNED.match(lines[at])
        at += 1
        if not found:
            continue
        first = at - 1
        while at < end and (not lines[at] or lines[at].startswith("  ")) and not _WARNED.match(lines[at]):
            at += 1
        text = textwrap.dedent("\n".join(lines[first + 1 : at])).rstrip()
        yield first, _make_error(found, text.split("\n"))


def _make_error(found: re.Match[str], more: list[str]) -> TextError:
    """The warning; of a warning that reports an exception which nobody could catch, that exception."""
    kind = found["type"]
    if kind in (_UNRAISABLE, _THREAD):
        complaint = read_complaint([found["text"], *more], 0)
        if complaint is not None:
            return complaint.error
        heads = [at for at, line in enumerate(more) if starts_traceback(line)]
        chain = read_traceback(more, heads[0]).chain if heads else ()
        if chain:
            return TextError(chain=chain, channel=Channel.CLEANUP, kind=ObservationKind.UNRAISABLE)
    while more and (not more[-1].strip() or more[-1].startswith("  ")):
        more = more[:-1]  # the line of source that the warning came from
    return make_warning(found["place"], kind, "\n".join([found["text"], *more]).rstrip())
