"""A run in which something could not be measured doesn't end as if all was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import NotMeasuredError
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from harness.store.model import Results


def require_measured(results: Results) -> None:
    """Raise `NotMeasuredError` if the verdict on some cell is that nothing can be said."""
    reasons = [
        f"{outcome.cell} on {outcome.environment}: {outcome.verdict.reason}"
        for run in results.runs
        for outcome in run.outcomes
        if outcome.verdict.status is Status.INFRASTRUCTURE
    ]
    if reasons:
        raise NotMeasuredError(reasons)
