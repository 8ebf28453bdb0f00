"""The suites of one's own that the options name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.suites.conditions import Conditions
from harness.suites.suite import load_suites

if TYPE_CHECKING:
    from harness.cli.fields import RunOptions
    from harness.suites.suite import Suite


def read_suites(options: RunOptions) -> tuple[Suite, ...]:
    """The suites, read, with how each is to be run. Raises `UsageError` for what is none."""
    return load_suites(options.suites, Conditions())
