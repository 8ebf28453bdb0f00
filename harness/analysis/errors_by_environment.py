"""Signature × environment: how many cells reproduce each error."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.analysis.grid import RAN, ran
from harness.analysis.label import hidden
from harness.output.table import Row, Table
from harness.output.text import one_line
from harness.verdicts.model import Status
from harness.verdicts.signatures import SignatureCategory

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.analysis.grid import Grid
    from harness.verdicts.model import Verdict

NOTE = (
    "Cells in which an error is met at least once; a cell can count in several rows. “└ hiding …” are those of the row "
    "above in which it is only the surface: raised while another error, the root, was being handled."
)
GROUPS = (
    ("errors", (SignatureCategory.ERROR, SignatureCategory.OUTCOME)),
    ("leaks", (SignatureCategory.LEAK,)),
    ("warnings", (SignatureCategory.WARNING,)),
)
_Counts = dict[tuple[str, str], list[int]]  # (signature, root it hides or "") → cells, one a column


def errors_by_environment(grid: Grid) -> Table:
    """Errors, leaks and warnings, most frequent first; what never happened is left out."""
    counts = _counted(grid)
    rows: list[Row] = []
    for title, categories in GROUPS:
        signatures = [name for name, root in counts if not root and _category(grid, name) in categories]
        if signatures:
            rows.append((title,))
        for name in sorted(signatures, key=lambda name: (-sum(counts[name, ""]), name)):
            rows.append((one_line(name, 40), *map(_shown, counts[name, ""])))
            rows += _hiding(counts, name)
    rows += [("cells",), *_totals(grid)]
    return Table(
        name="errors_by_environment",
        title="Cells that reproduce each error",
        headers=("signature", *(column.heading for column in grid.columns)),
        rows=tuple(rows),
        lead=grid.common(),
        note=NOTE,
        starts=grid.block_starts(keys=1),
    )


def _counted(grid: Grid) -> _Counts:
    counts: _Counts = {}
    empty = [0] * len(grid.columns)
    met: dict[int, list[tuple[str, str]]] = {}  # verdicts of a large set are mostly the same objects
    for cell in grid.cells:
        for column, samples in enumerate(grid.row(cell)):
            keys: set[tuple[str, str]] = set()
            for verdict in samples:
                if id(verdict) not in met:
                    met[id(verdict)] = _met(verdict)
                keys.update(met[id(verdict)])
            for key in keys:
                counts.setdefault(key, empty.copy())[column] += 1
    return counts


def _met(verdict: Verdict) -> list[tuple[str, str]]:
    if verdict.status not in RAN:
        return []
    return [*{(one.signature, "") for one in verdict.findings}, *hidden(verdict)]


def _hiding(counts: _Counts, signature: str) -> list[Row]:
    roots = [root for name, root in counts if name == signature and root]
    ordered = sorted(roots, key=lambda root: (-sum(counts[signature, root]), root))
    return [(f"└ hiding {one_line(root, 40)}", *map(_shown, counts[signature, root])) for root in ordered]


def _totals(grid: Grid) -> list[Row]:
    """Each cell once, by its worst sample."""
    statuses: list[Counter[Status]] = [Counter() for _ in grid.columns]
    for cell in grid.cells:
        for counter, samples in zip(statuses, grid.row(cell), strict=True):
            if ran(samples):
                counter[max((one.status for one in samples if one.status in RAN), key=_SEVERITY.index)] += 1
    rows = [
        _total("an error with a name", statuses, lambda found: found[Status.REPRODUCES]),
        _total("an error without a name", statuses, lambda found: found[Status.FAILS]),
        _total("leaks", statuses, lambda found: found[Status.LEAKS]),
        _total("warns", statuses, lambda found: found[Status.WARNS]),
        _total("clean", statuses, lambda found: found[Status.CLEAN]),
        _total("could run", statuses, lambda found: found.total()),
    ]
    return [row for row in rows if any(text != _shown(0) for text in row[1:])]


def _total(title: str, statuses: list[Counter[Status]], number: Callable[[Counter[Status]], int]) -> Row:
    return (title, *(_shown(number(counter)) for counter in statuses))


def _category(grid: Grid, signature: str) -> SignatureCategory:
    return grid.categories.get(signature, SignatureCategory.ERROR)


def _shown(number: int) -> str:
    return f"{number:,}" if number else "·"


_SEVERITY = (Status.CLEAN, Status.WARNS, Status.LEAKS, Status.REPRODUCES, Status.FAILS)
