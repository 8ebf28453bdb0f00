"""Signature × environment: how many cells show each error, with its cause and what to do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.analysis.cell_sets import COMMON, FURTHER, NOT_THE_SAME, are_same, count_run, list_common, list_further
from harness.analysis.grid import RAN, has_run
from harness.analysis.label import ERRORS, find_hidden
from harness.output.table import Row, Table
from harness.output.text import first_sentence, one_line, show_number
from harness.verdicts.model import Status
from harness.verdicts.signatures import SignatureCategory, load_signatures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from harness.analysis.grid import Grid
    from harness.verdicts.model import Verdict
    from harness.verdicts.signatures import Signature

NOTE = (
    f"Cells in which each is met at least once; a cell can count in several rows. Headings say of how many {COMMON}. "
    f"Of {FURTHER}, each column counts its own, see “could run”. “└ hiding …” are those of the row above in which it "
    "is only the surface: raised while another error, the root, was being handled."
)
GROUPS = (
    ("errors", ERRORS),
    ("leaks", {SignatureCategory.LEAK}),
    ("warnings", {SignatureCategory.WARNING}),
)
SignatureCounts = dict[tuple[str, str], list[int]]  # (signature, root it hides or "") → cells, one a column


def make_errors_table(grid: Grid) -> Table | None:
    """Errors, leaks and warnings, most frequent first; what never happened is left out. None where all cells are clean.

    The cells that can run everywhere come first, and each heading says how many of them ran there; below are those that
    need a certain version or package.
    """
    if not count_signatures(grid, grid.cells):
        return None
    common, further = list_common(grid.cells), list_further(grid.cells)
    headings = [column.heading for column in grid.columns]
    if common:
        numbers = count_run(grid, common, range(len(headings)))
        headings = [f"{heading}\nof {number:,}" for heading, number in zip(headings, numbers, strict=True)]
    rows = [*_make_section(grid, common, "cells", ""), *_make_section(grid, further, FURTHER, " in those")]
    return Table(
        name="errors",
        title="Errors, leaks and warnings: cells that show each",
        headers=("name", *headings),
        rows=tuple(row for row, _, _ in rows),
        details=explain_once(name for _, name, _ in rows),
        lead=f"{grid.common()}\n{'' if are_same(grid, common) else NOT_THE_SAME}".strip(),
        note=NOTE,
        starts=grid.block_starts(keys=1),
        ranked=frozenset(at for at, (_, _, ranked) in enumerate(rows) if ranked),
    )


def _make_section(grid: Grid, cells: Sequence[str], who: str, where: str) -> Iterator[tuple[Row, str, bool]]:
    """What became of the cells, then each group of signatures; nothing where none of them ran.

    With each row stands the name of the signature that is explained below it, if one is, and whether it is ranked.
    """
    totals = _make_totals(grid, cells)
    if totals:
        yield from ((row, "", False) for row in [(who,), *totals])
    counts = count_signatures(grid, cells)
    for title, categories in GROUPS:
        names = [name for name, root in counts if not root and find_category(grid, name) in categories]
        if names:
            yield (f"{title}{where}",), "", False
        for name in sorted(names, key=lambda name: (-sum(counts[name, ""]), name)):
            hiding = _make_hiding_rows(counts, name)
            yield (one_line(name, 40), *map(show_number, counts[name, ""])), "" if hiding else name, True
            yield from ((row, name if row is hiding[-1] else "", False) for row in hiding)


def load_by_name() -> Mapping[str, Signature]:
    """The signatures by their names."""
    return {signature.name: signature for signature in load_signatures()}


def explain_once(names: Iterable[str]) -> tuple[str, ...]:
    """Of each name what `explain` says, the first time that it comes."""
    signatures = load_by_name()
    seen: set[str] = set()
    found = []
    for name in names:
        found.append("" if name in seen else explain(name, signatures))
        seen.add(name)
    return tuple(found)


def explain(name: str, signatures: Mapping[str, Signature]) -> str:
    """A signature's cause and advice, a line each; empty for a name that isn't known."""
    signature = signatures.get(name)
    if signature is None:
        return ""
    advice = [f"advice: {first_sentence(signature.advice)}"] if signature.advice else []
    return "\n".join([f"cause: {first_sentence(signature.cause)}", *advice])


def count_signatures(grid: Grid, cells: Iterable[str]) -> SignatureCounts:
    """In how many of these cells each signature is met, and each root that another hides. One number a column."""
    counts: SignatureCounts = {}
    empty = [0] * len(grid.columns)
    met: dict[int, list[tuple[str, str]]] = {}  # verdicts of a large set are mostly the same objects
    for cell in cells:
        for column, samples in enumerate(grid.row(cell)):
            keys: set[tuple[str, str]] = set()
            for verdict in samples:
                if id(verdict) not in met:
                    met[id(verdict)] = _list_met(verdict)
                keys.update(met[id(verdict)])
            for key in keys:
                counts.setdefault(key, empty.copy())[column] += 1
    return counts


def _list_met(verdict: Verdict) -> list[tuple[str, str]]:
    if verdict.status not in RAN:
        return []
    return [*{(one.signature, "") for one in verdict.findings}, *find_hidden(verdict)]


def _make_hiding_rows(counts: SignatureCounts, signature: str) -> list[Row]:
    roots = [root for name, root in counts if name == signature and root]
    ordered = sorted(roots, key=lambda root: (-sum(counts[signature, root]), root))
    return [(f"└ hiding {one_line(root, 40)}", *map(show_number, counts[signature, root])) for root in ordered]


def _make_totals(grid: Grid, cells: Iterable[str]) -> list[Row]:
    """Each cell once, by its worst sample."""
    statuses: list[Counter[Status]] = [Counter() for _ in grid.columns]
    for cell in cells:
        for counter, samples in zip(statuses, grid.row(cell), strict=True):
            if has_run(samples):
                counter[max((one.status for one in samples if one.status in RAN), key=_SEVERITY.index)] += 1
    rows = [
        _make_total("could run", statuses, lambda found: found.total()),
        _make_total("an error with a name", statuses, lambda found: found[Status.REPRODUCES]),
        _make_total("an error without a name", statuses, lambda found: found[Status.FAILS]),
        _make_total("leaks", statuses, lambda found: found[Status.LEAKS]),
        _make_total("warns", statuses, lambda found: found[Status.WARNS]),
        _make_total("clean", statuses, lambda found: found[Status.CLEAN]),
    ]
    return [row for row in rows if any(text != show_number(0) for text in row[1:])]


def _make_total(title: str, statuses: list[Counter[Status]], number: Callable[[Counter[Status]], int]) -> Row:
    return (title, *(show_number(number(counter)) for counter in statuses))


def find_category(grid: Grid, signature: str) -> SignatureCategory:
    """The signature's category; an error's where it isn't known."""
    return grid.categories.get(signature, SignatureCategory.ERROR)


_SEVERITY = (Status.CLEAN, Status.WARNS, Status.LEAKS, Status.REPRODUCES, Status.FAILS)
