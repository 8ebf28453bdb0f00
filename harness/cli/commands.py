"""Every command by name, in the order and the groups of the help.

Standard library only: the noxfile reads this before anything is installed. What a command takes is in
`harness.cli.options`, and it is run by the module in `harness/commands` that is called like it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command for users: a nox session, and `python -m harness NAME`."""

    name: str
    group: str
    summary: str

    @property
    def module(self) -> str:
        """`harness.commands.clean_results` for `clean-results`. It has `run(options) -> int`."""
        return f"harness.commands.{self.name.replace('-', '_')}"

    @property
    def options(self) -> str:
        """`CleanResultsOptions` for `clean-results`: the class in `harness.cli.options` that says what it takes."""
        return f"{self.name.title().replace('-', '')}Options"


@dataclass(frozen=True, kw_only=True)
class Task:
    """Something that maintainers of this project run: a nox session, and `python -m MODULE`."""

    name: str
    module: str
    summary: str
    dependency_groups: tuple[str, ...] = ()  # besides the project's own dependencies


LOOK: Final = "Look"
UPGRADE: Final = "Upgrade"
HAND_ON: Final = "Hand on"
TRUST: Final = "Trust"
RESULTS: Final = "Results"

GROUPS: Final = (LOOK, UPGRADE, HAND_ON, TRUST, RESULTS)

COMMANDS: Final = (
    Command(
        name="matrix",
        group=LOOK,
        summary="Run the selected cells on a real server and tabulate which reproduce which error.",
    ),
    Command(
        name="catalogue",
        group=LOOK,
        summary="List the axes and their values, with what each means and where it comes from.",
    ),
    Command(
        name="environments",
        group=LOOK,
        summary="List the interpreters and releases there are, and why others can't be used.",
    ),
    Command(
        name="compare",
        group=UPGRADE,
        summary="Show what differs between two versions, or between two sets of results.",
    ),
    Command(
        name="regress",
        group=UPGRADE,
        summary="Run again what a baseline holds, with given versions, and judge every difference.",
    ),
    Command(
        name="bisect",
        group=UPGRADE,
        summary="Find the first release, or the first day, on which a cell's outcome changed.",
    ),
    Command(
        name="ranges",
        group=UPGRADE,
        summary="Say from results since and until which releases cells show each error.",
    ),
    Command(
        name="baseline",
        group=UPGRADE,
        summary="Make small files of results, to be committed and compared with later runs.",
    ),
    Command(
        name="repro",
        group=HAND_ON,
        summary="Write one cell or suite as a folder and as a single file that need nothing of this project.",
    ),
    Command(
        name="fidelity",
        group=TRUST,
        summary="Run cells under both launchers and show every difference in what was observed.",
    ),
    Command(
        name="control",
        group=TRUST,
        summary="Run cells several times on the same versions and count those that differ: the noise floor.",
    ),
    Command(
        name="backends",
        group=TRUST,
        summary="Run cells on each server backend that is here and show where verdicts differ.",
    ),
    Command(
        name="reported",
        group=TRUST,
        summary="Run suites rebuilt from public bug reports and compare what happens with what each report states.",
    ),
    Command(
        name="reclassify",
        group=RESULTS,
        summary="Derive the verdicts of stored results again, without running anything.",
    ),
    Command(
        name="clean-results",
        group=RESULTS,
        summary="Remove runs that later runs have taken over, and environments that are no longer used.",
    ),
)

TASKS: Final = (
    Task(
        name="benchmark",
        module="benchmarks",
        summary="Measure what cells and whole runs cost, as ratios within one run.",
    ),
    Task(
        name="schema",
        module="harness.store.schema",
        summary="Write the JSON Schema of results files.",
    ),
    Task(
        name="refresh-releases",
        module="harness.environments.refresh",
        summary="Bring the release dates in harness/environments/releases.json up to date.",
        dependency_groups=("refresh",),
    ),
)
