"""`environments`: the interpreters and releases there are, and why others can't be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.environments.interpreters import discover
from harness.environments.listing import describe, make_json
from harness.environments.releases import load_releases
from harness.errors import ExitCode
from harness.invocation import command_line
from harness.output.printing import find_terminal_width, print_json, print_lines
from harness.paths import SCENARIOS
from harness.regress.github_jobs import list_jobs

if TYPE_CHECKING:
    from harness.cli.options import EnvironmentsOptions


def run(options: EnvironmentsOptions) -> int:
    """Look at this machine anew and print what was found."""
    if options.format == "github":
        jobs = list_jobs(SCENARIOS / "ci.toml", load_releases())
        print_lines(msgspec.json.encode({"include": list(jobs)}).decode())  # one line, as a step's output is
        return ExitCode.DONE
    # Asked again rather than remembered: whoever lists interpreters has often just installed one.
    discovery, releases = discover(refresh=True), load_releases()
    if options.json:
        print_json(make_json(discovery, releases))
    else:
        print_lines(describe(discovery, releases, find_terminal_width()))
        print_lines(f"\nRun on some of them: {command_line('matrix', '--python 3.13 --pytest-asyncio 1.0.0,newest')}")
    return ExitCode.DONE
