"""Rows of the summary: what was run again under the reference launcher, and what ran in a new process anyway."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.launchers.model import REFERENCE
from harness.output.text import count, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.output.table import Row
    from harness.store.model import EvidenceDifference, Recheck, Results, Run

_LONGEST = 400
_FEW = 3  # places that are shown of a cell


def make_recheck_rows(results: Results) -> list[Row]:
    """How much of what was forked in these runs was re-checked, and how many cells ran in a new process and why."""
    forked = sum(one.by_launcher and not one.reused_from for run in _list_forking(results) for one in run.outcomes)
    rows: list[Row] = []
    if forked:
        rows.append(("re-checked", f"{_summarize(_list_rechecks(results), forked)}"))
    reasons = Counter(
        outcome.timings.spawned
        for run in _list_forking(results)
        for outcome in run.outcomes
        if outcome.timings and outcome.timings.spawned
    )
    rows += [("in a new process", f"{times:,}: {one_line(why, _LONGEST)}") for why, times in reasons.most_common()]
    return rows


def list_differing(results: Results) -> list[Row]:
    """Cells of which the launchers did not observe the same."""
    return [row for run, found in _pair_rechecks(results) for row in _list_differences(run, found.differing)]


def list_varying(results: Results) -> list[Row]:
    """Cells that a re-check found to differ from themselves."""
    return [row for run, found in _pair_rechecks(results) for row in _list_differences(run, found.varying)]


def _summarize(found: Sequence[Recheck], forked: int) -> str:
    checked = sum(len(one.cells) for one in found)
    if not checked:
        return f"none of {forked:,}"
    differ, vary = (sum(map(len, each)) for each in zip(*((one.differing, one.varying) for one in found), strict=True))
    parts = [f"{count(differ, 'cell')} DIFFER"] if differ else []
    parts += [f"{count(vary, 'cell')} not stable"] if vary else []
    return f"{checked:,} of {forked:,} in a new process: {', '.join(parts) or 'all equal'}"


def _list_differences(run: Run, found: Sequence[EvidenceDifference]) -> Iterator[Row]:
    for one in found:
        lines = [one_line(place, _LONGEST) for place in one.places[:_FEW]]
        if (more := len(one.places) - _FEW) > 0:
            lines.append(f"and {count(more, 'more place')}: the lines `recheck` in the environment's results have them")
        where = one_line(run.header.environment_id)
        yield "cell", "\n".join([one_line(one.cell), f"on {where} ({one_line(one.repeated)}):", *lines])


def _list_forking(results: Results) -> Iterator[Run]:
    return (run for run in results.runs if run.header.launcher != REFERENCE)


def _pair_rechecks(results: Results) -> Iterator[tuple[Run, Recheck]]:
    return ((run, recheck) for run in results.runs if (recheck := run.recheck))


def _list_rechecks(results: Results) -> list[Recheck]:
    return [found for _, found in _pair_rechecks(results)]
