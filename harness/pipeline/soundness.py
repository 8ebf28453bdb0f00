"""Whether the results of a run can be relied on. A run of which that isn't so doesn't end as if all was well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import LaunchersDifferError, NotMeasuredError, SuitesNotRunError
from harness.suites.suite import PREFIX
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from harness.store.model import Results


def require_sound(results: Results) -> None:
    """Raise `LaunchersDifferError` or `NotMeasuredError` where results can't be relied on."""
    require_equal_launchers(results)
    reasons = [
        f"{outcome.cell} on {outcome.environment}: {outcome.verdict.reason}"
        for run in results.runs
        for outcome in run.outcomes
        if outcome.verdict.status is Status.INFRASTRUCTURE
    ]
    if reasons:
        raise NotMeasuredError(reasons)


def require_suites_ran(results: Results) -> None:
    """Raise `SuitesNotRunError` for suites of the user's own that could be run in none of the environments."""
    reasons: dict[str, str] = {}
    ran = set()
    for outcome in (outcome for run in results.runs for outcome in run.outcomes):
        if outcome.verdict.status in (Status.UNRESOLVABLE, Status.NOT_APPLICABLE):
            reasons.setdefault(outcome.cell, outcome.verdict.reason)
        else:
            ran.add(outcome.cell)
    found = {cell: reason for cell, reason in reasons.items() if cell.startswith(PREFIX) and cell not in ran}
    if found:
        raise SuitesNotRunError(found)


def require_equal_launchers(results: Results) -> None:
    """Raise `LaunchersDifferError` if a re-check found that the launchers don't observe the same."""
    found = {
        run.header.environment_id: [one.cell for one in run.recheck.differing]
        for run in results.runs
        if run.recheck and run.recheck.differing
    }
    if found:
        raise LaunchersDifferError(found)
