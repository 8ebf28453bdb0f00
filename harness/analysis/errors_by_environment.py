"""Signature × environment: how many cells show each error, with its cause and what to do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.analysis.grid import RAN, has_run
from harness.analysis.label import ERRORS, find_hidden
from harness.output.table import Row, Table
from harness.output.text import first_sentence, one_line, show_number
from harness.verdicts.model import Status
from harness.verdicts.signatures import SignatureCategory, load_signatures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from harness.analysis.grid import Grid
    from harness.verdicts.model import Verdict
    from harness.verdicts.signatures import Signature

NOTE = (
    "Cells in which an error is met at least once; a cell can count in several rows. “└ hiding …” are those of the row "
    "above in which it is only the surface: raised while another error, the root, was being handled."
)
GROUPS = (
    ("errors", ERRORS),
    ("leaks", {SignatureCategory.LEAK}),
    ("warnings", {SignatureCategory.WARNING}),
)
SignatureCounts = dict[tuple[str, str], list[int]]  # (signature, root it hides or "") → cells, one a column


def make_errors_table(grid: Grid) -> Table | None:
    """Errors, leaks and warnings, most frequent first; what never happened is left out. None where all cells are clean.

    Where the environments ran different cells, each heading says how many.
    """
    counts = count_signatures(grid, grid.cells)
    if not counts:
        return None
    signatures = load_by_name()
    rows: list[Row] = []
    details: list[str] = []
    for title, categories in GROUPS:
        names = [name for name, root in counts if not root and find_category(grid, name) in categories]
        if names:
            rows.append((title,))
        for name in sorted(names, key=lambda name: (-sum(counts[name, ""]), name)):
            rows.append((one_line(name, 40), *map(show_number, counts[name, ""])))
            rows += _make_hiding_rows(counts, name)
            details += [""] * (len(rows) - len(details) - 1) + [explain(name, signatures)]
    rows += [("cells",), *_make_totals(grid)]
    return Table(
        name="errors",
        title="Errors, leaks and warnings: cells that show each",
        headers=("name", *_make_headings(grid)),
        rows=tuple(rows),
        details=(*details, *[""] * (len(rows) - len(details))),
        lead=grid.common(),
        note=NOTE,
        starts=grid.block_starts(keys=1),
    )


def list_cells_run_in(grid: Grid, places: Iterable[int]) -> tuple[str, ...]:
    """The cells that ran in all of these columns."""
    chosen = tuple(places)
    return tuple(
        cell for cell in grid.cells for row in [grid.row(cell)] if all(has_run(row[place]) for place in chosen)
    )


def _make_headings(grid: Grid) -> list[str]:
    headings = [column.heading for column in grid.columns]
    ran_here = [len(list_cells_run_in(grid, [place])) for place in range(len(headings))]
    if len(list_cells_run_in(grid, range(len(headings)))) == max(ran_here, default=0):
        return headings
    return [f"{heading}\nof {number:,}" for heading, number in zip(headings, ran_here, strict=True)]


def load_by_name() -> Mapping[str, Signature]:
    """The signatures by their names."""
    return {signature.name: signature for signature in load_signatures()}


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


def _make_totals(grid: Grid) -> list[Row]:
    """Each cell once, by its worst sample."""
    statuses: list[Counter[Status]] = [Counter() for _ in grid.columns]
    for cell in grid.cells:
        for counter, samples in zip(statuses, grid.row(cell), strict=True):
            if has_run(samples):
                counter[max((one.status for one in samples if one.status in RAN), key=_SEVERITY.index)] += 1
    rows = [
        _make_total("an error with a name", statuses, lambda found: found[Status.REPRODUCES]),
        _make_total("an error without a name", statuses, lambda found: found[Status.FAILS]),
        _make_total("leaks", statuses, lambda found: found[Status.LEAKS]),
        _make_total("warns", statuses, lambda found: found[Status.WARNS]),
        _make_total("clean", statuses, lambda found: found[Status.CLEAN]),
        _make_total("could run", statuses, lambda found: found.total()),
    ]
    return [row for row in rows if any(text != show_number(0) for text in row[1:])]


def _make_total(title: str, statuses: list[Counter[Status]], number: Callable[[Counter[Status]], int]) -> Row:
    return (title, *(show_number(number(counter)) for counter in statuses))


def find_category(grid: Grid, signature: str) -> SignatureCategory:
    """The signature's category; an error's where it isn't known."""
    return grid.categories.get(signature, SignatureCategory.ERROR)


_SEVERITY = (Status.CLEAN, Status.WARNS, Status.LEAKS, Status.REPRODUCES, Status.FAILS)
