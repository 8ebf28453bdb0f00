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


_SUMMARIES: Final = {
    "Look": {
        "matrix": "Run the selected cells on a real server and tabulate which reproduce which error.",
        "report": "Write stored results as a page to look at, as Markdown, a table, a badge or a database.",
        "catalogue": "List the axes and their values, with what each means and where it comes from.",
        "environments": "List the interpreters and releases there are, and why others can't be used.",
    },
    "Mend": {
        "explain": "Explain an error's text, a whole output, a signature or a cell, and name the nearest proven cures.",
        "diagnose": "Read a suite's habits and show to file and line what is known of each; with --run, what happened.",
        "cure": "Find the smallest change that is proven, by running it, to cure a cell or a suite.",
        "advice": "Show what common advice really does: cures, does nothing or harms, release by release.",
    },
    "Upgrade": {
        "compare": "Show what differs between two versions, or between two sets of results.",
        "regress": "Run again what a baseline holds, with given versions, and judge every difference.",
        "bisect": "Find the first release, or the first day, on which a cell's outcome changed.",
        "ranges": "Show from results since and until which releases cells show each error.",
        "baseline": "Make small files of results, to be committed and compared with later runs.",
    },
    "Hand on": {
        "repro": "Write one cell or suite as a folder and as a single file that need nothing of this project.",
    },
    "Trust": {
        "fidelity": "Run cells under both launchers and show every difference in what was observed.",
        "control": "Run cells several times on the same versions and count those that differ: the noise floor.",
        "backends": "Run cells on each server backend that is here and show where verdicts differ.",
        "reported": "Run suites rebuilt from public bug reports and compare what happens with what each states.",
    },
    "Results": {
        "merge": "Unite results of many runs and machines, such as the shards of one plan, in one folder.",
        "reclassify": "Derive the verdicts of stored results again, without running anything.",
        "clean-results": "Remove runs that later runs have taken over, and environments that are no longer used.",
    },
}

GROUPS: Final = tuple(_SUMMARIES)
COMMANDS: Final = tuple(
    Command(name=name, group=group, summary=summary)
    for group, commands in _SUMMARIES.items()
    for name, summary in commands.items()
)

TASKS: Final = (
    Task(
        name="benchmark",
        module="benchmarks",
        summary="Measure what cells and whole runs cost, as ratios within one run.",
    ),
    Task(
        name="corpus",
        module="benchmarks.corpus",
        summary="Run public projects by plain pytest and by matrix --suite, and compare every test.",
    ),
    Task(
        name="accuracy",
        module="benchmarks.accuracy",
        summary="Check the answers of explain, diagnose and cure on what is known to be right.",
    ),
    Task(
        name="costs",
        module="harness.pipeline.cost_recording",
        summary="Record what cells and environments cost, from folders of results: --shard divides a plan by that.",
    ),
    Task(name="schema", module="harness.store.schema", summary="Write the JSON Schema of results files."),
    Task(
        name="refresh-releases",
        module="harness.environments.refresh",
        summary="Bring the release dates in harness/environments/releases.json up to date.",
        dependency_groups=("refresh",),
    ),
    Task(
        name="upgrade",
        module="harness.regress.upgrade",
        summary="Find releases that are new, and write what measuring them showed: `upgrade.yml` proposes it.",
    ),
)
