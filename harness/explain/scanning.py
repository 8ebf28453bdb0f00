"""The errors in one part of a text, in the order in which they stand there."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from harness.evidence.model import Raised
from harness.explain.bodies import ERROR_LINE, LINKS, join_chain, name_type, read_error_lines
from harness.explain.complaints import read_complaint
from harness.explain.model import TextError
from harness.explain.summaries import read_warnings
from harness.explain.tracebacks import HINT, read_traceback, shorten_place, starts_traceback
from harness.verdicts.model import Channel
from harness.verdicts.observations import ObservationKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.explain.model import Link
    from harness.explain.regions import Region

    Found = tuple[int, TextError]

_INTERESTING = re.compile(
    rf"{ERROR_LINE.pattern}|Traceback \(most recent|{HINT.pattern}|^ERROR: |^(?:During handling|The above exception)"
)
_AT_PLACE = re.compile(r"^(?P<place>\S.*?:\d+): (?P<text>\S.*)$")
_USAGE = re.compile(r"^ERROR: (?!\w+ \(\S+\)$)(?P<text>.+)$")
_CRASHED = re.compile(r"^worker '\w+' crashed while running")
_CONFTEST = "ImportError while loading conftest"


def read_region(lines: Sequence[str], region: Region, *, internal: bool) -> Iterator[Found]:
    """Each error with the line that it begins in. `internal`: pytest itself has failed, and shows how."""
    if region.part == "warnings":
        yield from read_warnings(lines, region.begin, region.end)
        return
    empty = True
    for found in _Scan(lines, region, internal=internal).run():
        empty = False
        yield found
    if region.is_failure and empty:
        yield from _read_plain(lines, region) if region.title else _read_places(lines, region)


class _Scan:
    """Goes through the lines once. A chain in pytest's own styles waits until it is whole."""

    def __init__(self, lines: Sequence[str], region: Region, *, internal: bool) -> None:
        self._lines = lines
        self._region = region
        self._internal = internal
        self._chain: list[tuple[Raised, Link]] = []
        self._link: Link = "surface"
        self._first = region.begin
        self._at = region.begin

    def run(self) -> Iterator[Found]:
        while self._at < self._region.end:
            line = self._lines[self._at]
            if not _INTERESTING.search(line):
                self._at += 1
            elif line in LINKS and self._chain:
                self._link = LINKS[line]
                self._at += 1
            elif ERROR_LINE.match(line) and self._region.part != "captured":
                yield from self._add()
            else:
                yield from self._read_other(line)
        yield from self._end_chain()

    def _add(self) -> Iterator[Found]:
        """What a line that begins with `E` shows is one more of the chain that waits, or begins another."""
        read = read_error_lines(self._lines, self._at)
        if self._link == "surface":
            yield from self._end_chain()
        if not self._chain:
            self._first = self._at
        self._chain.append((read.raised, self._link))
        self._link, self._at = "surface", read.end

    def _end_chain(self) -> Iterator[Found]:
        if self._chain:
            yield self._first, self._make_error(join_chain(self._chain), problem=self._is_of_conftest())
        self._chain = []

    def _read_other(self, line: str) -> Iterator[Found]:
        begin = self._at
        complaint = read_complaint(self._lines, begin)
        if complaint is not None:
            self._at = complaint.end
            yield begin, complaint.error
        elif starts_traceback(line):
            read = read_traceback(self._lines, begin)
            self._at = max(read.end, begin + 1)
            if read.chain:
                yield begin, self._make_traceback(read.chain)
        else:
            self._at += 1
            if (usage := _USAGE.match(line)) and self._may_be_usage(begin):
                raised = Raised(type="UsageError", text=usage["text"], link="surface")
                yield begin, TextError(chain=(raised,), kind=ObservationKind.PROBLEM)

    def _may_be_usage(self, at: int) -> bool:
        """Whether it is pytest that complains: other programs begin lines like that too."""
        if self._region.part != "loose":
            return self._region.part == "after"
        return self._header < at or self._begin == at

    @cached_property
    def _header(self) -> int:
        """The line in which pytest, or how it is used, is named first; past the end where it isn't."""
        return self._find("platform ", "rootdir: ", "usage: ")

    @cached_property
    def _conftest(self) -> int:
        """The line that says that a conftest can't be imported; past the end where none does."""
        return self._find(_CONFTEST)

    @cached_property
    def _begin(self) -> int:
        """The first line that isn't empty."""
        lines = range(self._region.begin, self._region.end)
        return next((at for at in lines if self._lines[at]), self._region.end)

    def _find(self, *beginnings: str) -> int:
        lines = range(self._region.begin, self._region.end)
        return next((at for at in lines if self._lines[at].startswith(beginnings)), self._region.end)

    def _make_traceback(self, chain: tuple[Raised, ...]) -> TextError:
        if self._region.part == "captured":
            return TextError(chain=chain, channel=Channel.BACKGROUND, kind=ObservationKind.LOG)
        if self._region.part == "after":
            return TextError(chain=chain, channel=Channel.CLEANUP, kind=ObservationKind.OUTPUT_AFTER)
        return self._make_error(chain, problem=self._internal and self._region.part == "loose")

    def _make_error(self, chain: tuple[Raised, ...], *, problem: bool) -> TextError:
        return _make_failure(chain, self._region, problem=problem)

    def _is_of_conftest(self) -> bool:
        return self._region.part == "loose" and self._conftest < self._first


def _make_failure(chain: tuple[Raised, ...], region: Region, *, problem: bool = False) -> TextError:
    collected = problem or region.phase == "collect"
    kind = ObservationKind.PROBLEM if collected else ObservationKind.EXCEPTION
    return TextError(chain=chain, channel=region.channel, kind=kind)


def _read_plain(lines: Sequence[str], region: Region) -> Iterator[Found]:
    """A failure of which pytest prints nothing but the text."""
    if region.part != "body":
        return
    text = "\n".join(line for line in lines[region.begin : region.end] if not line.startswith("[gw")).strip()
    kind, rest = name_type(text)
    if not kind.endswith(("Error", "Exception", "Warning")):
        kind, rest = "Failed", text
    if _CRASHED.match(text):
        raised = Raised(type="ended early", text=text, link="surface")
        yield region.begin, TextError(chain=(raised,), kind=ObservationKind.EXIT)
    elif text:
        yield region.begin, _make_failure((Raised(type=kind, text=rest, link="surface"),), region)


def _read_places(lines: Sequence[str], region: Region) -> Iterator[Found]:
    """Failures in the style `line`: one line each."""
    for at in range(region.begin, region.end):
        if found := _AT_PLACE.match(lines[at]):
            kind, text = name_type(found["text"])
            raised = Raised(type=kind, text=text, link="surface", origin=shorten_place(found["place"]))
            yield at, _make_failure((raised,), region)
