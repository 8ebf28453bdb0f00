"""What the workflow `upgrade.yml` asks: what is new, and what came of it.

`python -m harness.regress.upgrade find BEFORE PLAN [PROPOSED]` writes the plan that measures what is new since the
release dates in the file BEFORE; nothing where all of it is in the file PROPOSED. `… describe BEFORE MEASURED COLUMNS
PAGE` writes the page: MEASURED is what `baseline --plan PLAN --into COLUMNS --json` printed.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.loading import load_catalogue
from harness.catalogue.unstable import find_why_unstable
from harness.environments.releases import DATA, ReleaseData
from harness.errors import HarnessError
from harness.output.printing import print_aside, print_lines
from harness.paths import SCENARIOS, find_baseline
from harness.regress.baseline_plan import load_plan
from harness.regress.upgrade_news import find_news, list_pythons, make_parts, make_title, write_parts
from harness.regress.upgrade_page import PlanResult, UpgradeComparer, make_upgrade_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OUTPUT = "GITHUB_OUTPUT"
"""Names the file in which GitHub Actions finds what a step hands on."""


def find(before: Path, plan: Path, proposed: Path | None) -> None:
    """Say what is new, write the plan, and hand on the title and the Pythons; without anything new, an empty title."""
    known = read_releases(before)
    news = find_news(known, read_releases(DATA), read_releases(proposed) if proposed else None)
    committed = load_plan(SCENARIOS / "baseline.toml")
    for one in news:
        print_lines(f"{one.name}, released on {one.release.uploaded:%Y-%m-%d}")
    if not news:
        print_lines("Nothing is new, or all that is new was proposed already.")
    plan.write_text(write_parts(make_parts(news, known, committed)), encoding="utf-8")
    write_outputs({"title": make_title(news), "pythons": " ".join(list_pythons(news, committed))})


def describe(before: Path, measured: Path, columns: Path, page: Path) -> None:
    """Compare what was measured, and write the page."""
    news = find_news(read_releases(before), read_releases(DATA))
    result = msgspec.json.decode(measured.read_bytes(), type=PlanResult)
    planned = {part: one for one in result.environments for part in one.parts}
    comparer = UpgradeComparer(find_baseline(), columns, find_why_unstable(load_catalogue()))
    lines = {one.name: comparer.describe(one, planned.get(one.name)) for one in news if one.measured}
    page.write_text(make_upgrade_page(news, lines), encoding="utf-8")
    print_lines("\n".join(lines.values()))


def read_releases(path: Path) -> ReleaseData:
    """What `refresh-releases` wrote."""
    return msgspec.json.decode(path.read_bytes(), type=ReleaseData)


def write_outputs(outputs: Mapping[str, str]) -> None:
    """Hand on what the next steps need; outside of GitHub Actions, print it."""
    text = "".join(f"{name}={value}\n" for name, value in outputs.items())
    if path := os.environ.get(OUTPUT):
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    else:
        print_lines(text.rstrip())


def main(arguments: Sequence[str]) -> int:
    """Do what is asked; the exit code."""
    parser = argparse.ArgumentParser(prog="upgrade")
    commands = parser.add_subparsers(required=True)
    finding = commands.add_parser("find")
    finding.set_defaults(run=find)
    finding.add_argument("before", type=Path)
    finding.add_argument("plan", type=Path)
    finding.add_argument("proposed", type=Path, nargs="?")
    describing = commands.add_parser("describe")
    describing.set_defaults(run=describe)
    for name in ("before", "measured", "columns", "page"):
        describing.add_argument(name, type=Path)
    given = vars(parser.parse_args(arguments))
    try:
        given.pop("run")(**given)
    except HarnessError as error:
        print_aside(f"error: {error}")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
