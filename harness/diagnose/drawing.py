"""Loops and connections over the tests of a run, drawn with the letters of a terminal.

A row is a test. A loop is a bar from where it was made to where it was closed, and so is a connection; bars of which
one ends before the other begins share a column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.diagnose.wording import Timeline
from harness.output.table import fold
from harness.verdicts.pattern import make_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.evidence.model import Connection, Evidence, Loop, Moment

MOST_ROWS = 60
"""Rows that are drawn; of more, those in the middle are left out."""

_LONGEST_PERIOD = 4  # rows that repeat together
_FEWEST_HIDDEN = 3  # rows that are worth leaving out
_NARROWEST = 16  # columns of a test's name
_GAP = "  "

BARS = {"begin": "┌", "middle": "│", "end": "└", "lost": "×", "more": "…"}
PLAIN_BARS = {"begin": ",", "middle": "|", "end": "'", "lost": "x", "more": "..."}
"""For terminals that have no other signs than ASCII."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A loop or a connection: the rows it reaches over, and what stands in each."""

    first: int
    last: int
    cells: dict[int, str]


def draw(evidence: Evidence, width: int, *, plain: bool = False) -> list[str]:
    """The drawing's lines, none longer than `width`; none at all where there is nothing to draw."""
    rows = _Rows(evidence)
    signs = PLAIN_BARS if plain else BARS
    drawn = _choose_loops(evidence)
    loops = [_make_loop_bar(loop, rows, signs) for loop in evidence.loops if loop.name in drawn]
    connections = [_make_connection_bar(one, evidence, rows, signs) for one in evidence.connections]
    if not loops and not connections:
        return []
    columns = [*_make_columns("loops", loops), *_make_columns("connections", connections)]
    table = _Table(rows, columns, width, signs)
    hidden = len(evidence.loops) - len(drawn)
    legend = "\n".join(_explain_signs(signs, evidence, hidden, table.left_out))
    return [*table.lines(), "", *fold(legend, width)]


class _Rows:
    """The rows: what came before the tests, the tests, what came after."""

    def __init__(self, evidence: Evidence) -> None:
        line = Timeline(evidence)
        letters = dict(zip((test.id for test in evidence.tests), make_pattern(evidence), strict=True))
        outside = [moment for moment in _list_moments(evidence) if not moment.test]
        before = ["before the tests"] if any(one.when in ("import", "collect") for one in outside) else []
        after = ["after the tests"] if any(one.when == "session" for one in outside) else []
        self.names = [*before, *line.tests, *after]
        self.letters = ["" for _ in before] + [letters.get(test, "?") for test in line.tests] + ["" for _ in after]
        self._number = {test: number for number, test in enumerate(line.tests, start=len(before))}
        self.last = len(self.names) - 1

    def find(self, test: str, when: str) -> int:
        """The row of a phase."""
        return self._number[test] if test else 0 if when in ("import", "collect") else self.last

    def of(self, moment: Moment) -> int:
        """The row of a moment."""
        return self.find(moment.test, moment.when)


def _list_moments(evidence: Evidence) -> Iterator[Moment]:
    for loop in evidence.loops:
        yield loop.created
        if loop.closed is not None:
            yield loop.closed
    for connection in evidence.connections:
        yield connection.opened
        if connection.closed is not None:
            yield connection.closed


def _choose_loops(evidence: Evidence) -> frozenset[str]:
    """Those that a connection has to do with, and those that lasted longer than a phase."""
    used = {loop for one in evidence.connections for loop in (one.loop, one.closed_on, *(use.loop for use in one.uses))}
    long = {
        loop.name
        for loop in evidence.loops
        if loop.closed is None or (loop.created.test, loop.created.when) != (loop.closed.test, loop.closed.when)
    }
    return frozenset(name for name in used | long if name is not None)


def _make_loop_bar(loop: Loop, rows: _Rows, signs: dict[str, str]) -> Bar:
    first = rows.of(loop.created)
    last = rows.of(loop.closed) if loop.closed is not None else rows.last
    name = _number_of(loop.name)
    cells = dict.fromkeys(range(first + 1, last), signs["middle"])
    if loop.closed is None:
        cells |= {last: signs["middle"], first: signs["begin"] + name}
    elif first == last:
        cells[first] = f"[{name}]"
    else:
        cells |= {first: signs["begin"] + name, last: signs["end"] + name}
    return Bar(first=first, last=last, cells=cells)


def _make_connection_bar(connection: Connection, evidence: Evidence, rows: _Rows, signs: dict[str, str]) -> Bar:
    """One that nobody closed ends where it was used last, or with its loop."""
    first = rows.of(connection.opened)
    used = [rows.find(use.test, use.when) for use in connection.uses]
    loop = next((one for one in evidence.loops if one.name == connection.loop), None)
    if connection.closed is not None:
        last = rows.of(connection.closed)
    else:
        ended = [rows.of(loop.closed)] if loop is not None and loop.closed is not None else []
        last = max([first, *used, *ended])
    foreign: dict[int, list[str]] = {}
    for use, row in zip(connection.uses, used, strict=True):
        if None not in (use.loop, connection.loop) and use.loop != connection.loop:
            foreign.setdefault(row, []).append(_number_of(use.loop or ""))
    if connection.closed is not None and connection.closed_on not in (None, connection.loop):
        foreign.setdefault(last, []).append(_number_of(connection.closed_on or ""))
    name = f"c{_number_of(connection.name)}"
    cells = dict.fromkeys(range(first, last + 1), signs["middle"])
    for row in {*used, first, last}:
        begins, ends = row == first, row == last
        sign = "[" if begins and ends else signs["begin"] if begins else signs["end"] if ends else signs["middle"]
        on = f" on {_number_of(connection.loop)}" if begins and connection.loop else ""
        wrong = "".join(f" {number}!" for number in dict.fromkeys(foreign.get(row, ())))
        lost = f" {signs['lost']}" if ends and connection.closed is None else "]" if begins and ends else ""
        cells[row] = f"{sign}{name}{on}{wrong}{lost}"
    return Bar(first=first, last=max(last, first), cells=cells)


def _make_columns(title: str, bars: Sequence[Bar]) -> list[tuple[str, dict[int, str]]]:
    """As few columns as there are bars side by side; the first has the title."""
    columns: list[tuple[int, dict[int, str]]] = []
    for bar in sorted(bars, key=lambda bar: (bar.first, bar.last)):
        free = next((at for at, (end, _) in enumerate(columns) if end < bar.first), None)
        if free is None:
            columns.append((bar.last, dict(bar.cells)))
        else:
            columns[free] = bar.last, columns[free][1] | bar.cells
    return [(title if number == 0 else "", cells) for number, (_, cells) in enumerate(columns)]


class _Table:
    """Rows and columns, as many as fit."""

    def __init__(
        self, rows: _Rows, columns: Sequence[tuple[str, dict[int, str]]], width: int, signs: dict[str, str]
    ) -> None:
        self._rows = rows
        self._signs = signs
        self._shown = list(self._choose_rows(columns))
        longest = max(len(name) for name in rows.names)
        room = width - min(longest, max(_NARROWEST, width * 2 // 5)) - len(_GAP) - 1
        self._columns: list[tuple[str, dict[int, str], int]] = []
        for title, cells in columns:
            wide = max(len(title), *(len(text) for text in cells.values()))
            if room < wide + len(_GAP):
                break
            room -= wide + len(_GAP)
            self._columns.append((title, cells, wide))
        self.left_out = len(columns) - len(self._columns)
        taken = sum(wide + len(_GAP) for _, _, wide in self._columns) + len(_GAP) + 1
        self._name = min(longest, width - taken)

    def lines(self) -> Iterator[str]:
        """The heading, then the rows."""
        yield self._join("test", "", [title for title, _, _ in self._columns])
        for row in self._shown:
            if isinstance(row, str):
                yield row
            else:
                name = _cut_front(self._rows.names[row], self._name, self._signs["more"])
                yield self._join(name, self._rows.letters[row], [cells.get(row, "") for _, cells, _ in self._columns])

    def _join(self, name: str, letter: str, cells: Sequence[str]) -> str:
        parts = [f"{name:{self._name}}", f"{letter:1}"]
        parts += [f"{text:{wide}}" for text, (_, _, wide) in zip(cells, self._columns, strict=True)]
        return _GAP.join(parts).rstrip()

    def _choose_rows(self, columns: Sequence[tuple[str, dict[int, str]]]) -> Iterator[int | str]:
        """Row numbers; a text stands for rows that are like those above it."""
        shapes = [
            (self._rows.letters[row], *(re.sub(r"\d+", "#", cells.get(row, "")) for _, cells in columns))
            for row in range(len(self._rows.names))
        ]
        chosen: list[int | str] = []
        row = 0
        while row < len(shapes):
            period, times = _find_repetition(shapes, row)
            chosen += range(row, row + period)
            hidden = period * (times - 1)
            if hidden >= _FEWEST_HIDDEN:
                above = "the one above" if period == 1 else f"the {period} above"
                chosen.append(f"{self._signs['more']} {hidden:,} more like {above}")
                row += period * times
            else:
                row += period
        if len(chosen) <= MOST_ROWS:
            yield from chosen
            return
        half = MOST_ROWS // 2
        yield from chosen[:half]
        yield f"{self._signs['more']} {len(chosen) - 2 * half:,} rows are left out here"
        yield from chosen[-half:]


def _find_repetition(shapes: Sequence[tuple[str, ...]], start: int) -> tuple[int, int]:
    """How many rows from there repeat together, and how often; the repetition that takes in most rows."""
    best = (1, 1)
    for period in range(1, _LONGEST_PERIOD + 1):
        block = shapes[start : start + period]
        times = 1
        while shapes[start + times * period : start + (times + 1) * period] == block and len(block) == period:
            times += 1
        if period * (times - 1) > best[0] * (best[1] - 1):
            best = period, times
    return best


def _explain_signs(signs: dict[str, str], evidence: Evidence, hidden: int, left_out: int) -> Iterator[str]:
    begin, end = signs["begin"], signs["end"]
    yield f"{begin}3 loop 3 is made, {end}3 closed, [3] both in one test."
    if evidence.connections:
        yield f"{begin}c1 on 3: connection 1 is opened on loop 3; {end}c1: closed; 4!: used or closed on loop 4."
    if any(one.closed is None for one in evidence.connections):
        yield f"{signs['lost']}: nobody closed it."
    if hidden:
        yield f"Not drawn: {hidden:,} loops that lasted for a part of a test and had no connection."
    if left_out:
        yield f"{left_out:,} columns more don't fit."


def _cut_front(name: str, width: int, more: str) -> str:
    """A test's own name says most, and stands at the end."""
    return name if len(name) <= width else more + name[len(name) - width + len(more) :]


def _number_of(name: str) -> str:
    return name.rpartition("-")[2]
