"""`diagnose`: what the matrix knows about a suite's habits, and with `--run` what really happened in it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from harness.catalogue.loading import load_catalogue
from harness.diagnose.run_output import describe_runs, is_plain, make_runs_data
from harness.diagnose.running import observe_suites
from harness.errors import ExitCode, UsageError
from harness.output.printing import find_terminal_width, print_json, print_lines
from harness.planning.suites import read_suites

if TYPE_CHECKING:
    from harness.cli.options import DiagnoseOptions


def run(options: DiagnoseOptions) -> int:
    """Run the suites and print what happened."""
    if not options.run:
        raise UsageError(f"diagnose isn't there yet: {options.format}.", remedy="Add --run.")
    runs = observe_suites(options, read_suites(options), load_catalogue())
    if options.json:
        print_json({"runs": make_runs_data(runs)})
    else:
        lines = describe_runs(runs, find_terminal_width(), every=options.every, plain=is_plain(sys.stdout.encoding))
        print_lines("\n".join(lines))
    return ExitCode.DONE
