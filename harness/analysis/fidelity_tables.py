"""What `fidelity` prints."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from harness.analysis.columns import columns_of
from harness.output.table import Row, Table
from harness.output.text import count, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.launchers.rules import Left
    from harness.store.fidelity import Compared, Fidelity
    from harness.store.model import EvidenceDifference

_LONGEST = 200
_MOST_PLACES = 12
_REASON = 34  # columns


def fidelity_table(found: Fidelity) -> Table:
    """A row an environment."""
    short = _short_names(found)
    rows = [
        (
            one_line(short[one.environment_id]),
            *map(_number, (one.compared, one.equal, len(one.varying), len(one.differing))),
            *map(_number, (sum(one.left.values()), sum(one.failed.values()), one.not_applicable, one.reused)),
            f"{_milliseconds(one.reference_cpu)} → {_milliseconds(one.cpu)}",
        )
        for one in found.environments
    ]
    return Table(
        name="fidelity",
        title=f"What {found.launcher} observes, held against {found.reference}",
        headers=(
            *("environment", "com-\npared", "equal", "not\nstable", "differ", f"left to\n{found.reference}"),
            *("failed", "n/a", "reused", "CPU a cell,\nmedian"),
        ),
        rows=tuple(rows),
        note=_summed(found),
    )


def details(found: Fidelity) -> Table | None:
    """Each difference, and what was not compared and why; None if there is nothing of that."""
    groups: list[tuple[str, list[Row]]] = [
        ("the launchers differ", [row for one in found.environments for row in _told(one, one.differing)]),
        ("not stable: differ from themselves", [row for one in found.environments for row in _told(one, one.varying)]),
        (f"left to {found.reference} by rule", _reasons([one.left for one in found.environments])),
        ("could not be compared", _reasons([one.failed for one in found.environments])),
        (
            "unresolvable",
            [
                (one_line(one.environment_id), one_line(one.unresolvable, _LONGEST))
                for one in found.environments
                if one.unresolvable
            ],
        ),
    ]
    rows = [row for title, group in groups if group for row in ((title,), *group)]
    if not rows:
        return None
    return Table(
        name="details", title="What is not equal or was not compared", headers=("", ""), rows=(*rows,), prose=True
    )


def rules_table(rules: Sequence[Left]) -> Table:
    """What is left to `spawn`, and why."""
    return Table(
        name="rules",
        title="Suites that fork leaves to spawn",
        headers=("because", "a suite with"),
        rows=tuple((textwrap.fill(rule.reason, _REASON), rule.what) for rule in rules),
        prose=True,
    )


def _short_names(found: Fidelity) -> dict[str, str]:
    """Environment id → the shortest name that tells it from the others. One that can't be resolved keeps its id."""
    columns = columns_of(one.environment for one in found.environments if one.environment is not None)
    known = {column.environment.id: column.short for column in columns}
    return {one.environment_id: known.get(one.environment_id, one.environment_id) for one in found.environments}


def _summed(found: Fidelity) -> str:
    compared, equal = (sum(getattr(one, name) for one in found.environments) for name in ("compared", "equal"))
    said = f"{equal:,} of {count(compared, 'cell')} equal in {count(len(found.environments), 'environment')}."
    return said if found.finished else f"{said} Interrupted: more were to be compared."


def _told(compared: Compared, differences: Sequence[EvidenceDifference]) -> Iterator[Row]:
    for one in differences:
        places = [one_line(place, _LONGEST) for place in one.places[:_MOST_PLACES]]
        more = len(one.places) - len(places)
        rest = [f"and {count(more, 'more place')}"] if more else []
        yield (
            one_line(compared.environment_id),
            "\n".join([f"{one_line(one.cell)} ({one_line(one.repeated)}):", *places, *rest]),
        )


def _reasons(counts: Sequence[dict[str, int]]) -> list[Row]:
    summed: Counter[str] = Counter()
    for each in counts:
        summed.update(each)
    return [(f"{times:,}", one_line(reason, _LONGEST)) for reason, times in summed.most_common()]


def _number(number: int) -> str:
    return f"{number:,}" if number else "·"


def _milliseconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:.0f} ms"
