"""Whether a comparison is of stored results, or of what is to be run for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.cli.options import options_of
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.cli.requests import CompareOptions

CHOOSING = ("cells", "select", "suites")
"""Options that say what is to be run. Without any, results are read and nothing is run."""

READING = ("before", "after", "results", "baseline", "format", "json", "exit_code", "server", "every")
"""Options that make sense when nothing is run, and the one that a variable may name all the time."""


def runs_anything(options: CompareOptions) -> bool:
    """Whether cells or suites are named that are to be run.

    Raises `UsageError` for options that say how to run, where nothing is to be run.
    """
    if any(getattr(options, name) for name in CHOOSING):
        return True
    given = {field.name for field in msgspec.structs.fields(options) if getattr(options, field.name) != field.default}
    for option in options_of("compare"):
        if option.name in given and option.name not in READING:
            raise UsageError(
                f"{option.flag} says how cells are run, but nothing is to be run.",
                remedy="Name what to run with --suite, --cell or --select; without, stored results are compared.",
            )
    return False
