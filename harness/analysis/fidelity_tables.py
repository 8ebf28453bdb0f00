"""What `fidelity` prints."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.analysis.columns import make_short_names
from harness.launchers.model import REFERENCE
from harness.output.table import Row, Table
from harness.output.text import count, one_line, show_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.analysis.fidelity import EnvironmentFidelity
    from harness.store.model import EvidenceDifference

_LONGEST = 200
_MOST_PLACES = 12


def make_fidelity_table(found: Sequence[EnvironmentFidelity]) -> Table:
    """A row an environment."""
    short = make_short_names((one.environment_id, one.environment) for one in found)
    rows = [
        (
            one_line(short[one.environment_id]),
            *map(show_number, (one.compared, one.equal, len(one.varying), len(one.differing))),
            *map(
                show_number,
                (sum(one.new_process.values()), sum(one.failed.values()), one.not_applicable, one.reused),
            ),
            f"{_format_milliseconds(one.reference_cpu)} → {_format_milliseconds(one.cpu)}",
        )
        for one in found
    ]
    return Table(
        name="fidelity",
        title=f"What fork shows, compared with {REFERENCE}",
        headers=(
            *("environment", "cells\ncompared", "equal", "not\nstable", "differ", "run in a\nnew process"),
            *("not\nmeasured", "n/a", "reused", "CPU a cell,\nmedian"),
        ),
        rows=tuple(rows),
        note=_summarize(found),
    )


def make_details_table(found: Sequence[EnvironmentFidelity]) -> Table | None:
    """Each difference, and what was not compared and why; None if there is nothing of that."""
    unresolvable = [one for one in found if one.unresolvable]
    groups: list[tuple[str, list[Row]]] = [
        ("the launchers differ", [row for one in found for row in _make_difference_rows(one, one.differing)]),
        (
            "not stable: differ from themselves",
            [row for one in found for row in _make_difference_rows(one, one.varying)],
        ),
        ("run in a new process", _make_reason_rows([one.new_process for one in found])),
        ("not measured", _make_reason_rows([one.failed for one in found])),
        (
            "unresolvable",
            [(one_line(one.environment_id), one_line(one.unresolvable, _LONGEST)) for one in unresolvable],
        ),
    ]
    rows = [row for title, group in groups if group for row in ((title,), *group)]
    if not rows:
        return None
    return Table(
        name="details", title="What is not equal or was not compared", headers=("", ""), rows=(*rows,), prose=True
    )


def _summarize(found: Sequence[EnvironmentFidelity]) -> str:
    equal, compared = sum(one.equal for one in found), sum(one.compared for one in found)
    text = f"{equal:,} of {count(compared, 'cell')} equal in {count(len(found), 'environment')}."
    return text if all(one.finished for one in found) else f"{text} Interrupted: the same command goes on."


def _make_difference_rows(one: EnvironmentFidelity, differences: Sequence[EvidenceDifference]) -> Iterator[Row]:
    for each in differences:
        places = [one_line(place, _LONGEST) for place in each.places[:_MOST_PLACES]]
        more = len(each.places) - len(places)
        rest = [f"and {count(more, 'more place')}"] if more else []
        yield (
            one_line(one.environment_id),
            "\n".join([f"{one_line(each.cell)} ({one_line(each.repeated)}):", *places, *rest]),
        )


def _make_reason_rows(counts: Sequence[dict[str, int]]) -> list[Row]:
    summed: Counter[str] = Counter()
    for each in counts:
        summed.update(each)
    return [(f"{times:,}", one_line(reason, _LONGEST)) for reason, times in summed.most_common()]


def _format_milliseconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:.0f} ms"
