"""Every command and every option, declared once.

The command line, its help, the noxfile's sessions and the README's tables are derived from what stands here. Standard
library only: the noxfile reads this before anything is installed. What each command gets is in `harness.cli.requests`.
"""

from __future__ import annotations

from harness.cli.declaring import Command, Kind, Option, Positional, described, usage

PROFILES = ("smoke", "quick", "standard", "full")
FORMATS = ("text", "markdown", "json", "junit")
REPORT_FORMATS = FORMATS[:3]
CLIENTS = ("valkey", "redis")
LAUNCHERS = ("spawn", "fork")
PARTS = ("cells", "runs", "compare", "bisect")
OVER = ("pytest-asyncio", "pytest", "valkey", "redis", "python", "date")
NEWEST = "newest"

_RUNS = ("matrix", "fidelity", "control", "backends")
_BISECTS = (*_RUNS, "bisect", "repro")
_SERVED = (*_BISECTS, "reported")
_PRINTS = (
    "matrix",
    "fidelity",
    "control",
    "backends",
    "benchmark",
    "compare",
    "bisect",
    "regress",
    "ranges",
    "repro",
    "reported",
    "catalogue",
    "environments",
    "baseline",
    "reclassify",
)


_SIDE = (
    "a version of pytest-asyncio such as 0.26.0, packages such as pytest-asyncio=0.26.0,python=3.12, or a folder or "
    "file of results"
)

COMMANDS = (
    Command(name="matrix", summary="Run the selected cells on a real server and tabulate which reproduce which error."),
    Command(name="fidelity", summary="Run cells under both launchers and show every difference in what was observed."),
    Command(
        name="control",
        summary="Run cells several times on the same versions and count those that differ: the noise floor.",
    ),
    Command(name="backends", summary="Run cells on each server backend that is here and show where verdicts differ."),
    Command(name="benchmark", summary="Measure what cells and whole runs cost, as ratios within one run."),
    Command(
        name="compare",
        summary="Show what differs between two versions, or between two sets of results.",
        positionals=(
            Positional(name="before", metavar="A", help=_SIDE),
            Positional(name="after", metavar="B", help="the same for what A is held against"),
        ),
    ),
    Command(
        name="regress", summary="Run again what a baseline holds, with given versions, and judge every difference."
    ),
    Command(name="bisect", summary="Find the first release, or the first day, on which a cell's outcome changed."),
    Command(
        name="repro", summary="Write one cell or suite as a folder and as a single file that need nothing of this."
    ),
    Command(name="ranges", summary="Say from results since and until which releases cells show each error."),
    Command(
        name="reported",
        summary="Run suites rebuilt from public bug reports and hold what happens against what each report states.",
        positionals=(
            Positional(name="names", metavar="REPORT", help="a report, such as pa-744; without any, all", several=True),
        ),
    ),
    Command(name="catalogue", summary="List the axes and their values, with what each means and where it comes from."),
    Command(name="environments", summary="List the interpreters and releases there are, and why others can't be used."),
    Command(name="baseline", summary="Make small files of results, to be committed and held against later runs."),
    Command(name="reclassify", summary="Derive the verdicts of stored results again, without running anything."),
    Command(
        name="refresh-releases",
        summary="Bring the release dates in harness/environments/releases.json up to date.",
        groups=("refresh",),
    ),
    Command(name="schema", summary="Write the JSON Schema of results files."),
)

OPTIONS = (
    Option(
        name="profile",
        flag="--profile",
        kind=Kind.CHOICE,
        choices=PROFILES,
        default="quick",
        help="how much to run when nothing else narrows it",
        commands=(*_BISECTS, "compare"),
    ),
    Option(
        name="profile",
        flag="--profile",
        kind=Kind.CHOICE,
        choices=PROFILES,
        help="only cells of this profile; without it, all that the baseline holds",
        commands=("regress",),
    ),
    Option(
        name="select",
        flag="--select",
        kind=Kind.TEXTS,
        metavar="TEXT",
        help="cells that match, such as 'fixture_scope=session and not creation_site in (inside_test, app_lifespan)'; "
        "given several times, all must match",
        commands=(*_BISECTS, "regress", "compare"),
    ),
    Option(
        name="cells",
        flag="--cell",
        kind=Kind.TEXTS,
        metavar="ID",
        help="this cell, such as default/session/module_global/none; may be given several times",
        commands=(*_BISECTS, "regress", "benchmark", "ranges", "compare"),
    ),
    Option(
        name="suites",
        flag="--suite",
        kind=Kind.TEXTS,
        metavar="DIR",
        help="your own suite: a folder of tests, copied and run like a cell; may be given several times",
        commands=(*_BISECTS, "regress", "compare"),
    ),
    Option(
        name="pins",
        flag="--with",
        kind=Kind.TEXTS,
        metavar="NAME==VERSION",
        help="a further package in every environment, such as anyio==4.9.0; may be given several times",
        commands=(*_BISECTS, "regress", "compare"),
    ),
    Option(
        name="pythons",
        flag="--python",
        kind=Kind.PYTHONS,
        help="versions of Python, such as 3.11,3.12",
        commands=(*_BISECTS, "regress", "benchmark", "compare"),
    ),
    Option(
        name="plugins",
        flag="--pytest-asyncio",
        kind=Kind.VERSIONS,
        help="versions of pytest-asyncio, such as 0.21.2,newest",
        commands=(*_BISECTS, "regress", "benchmark", "compare"),
    ),
    Option(
        name="pytests",
        flag="--pytest",
        kind=Kind.VERSIONS,
        help="versions of pytest; without it, the one that was current with the pytest-asyncio release",
        commands=(*_BISECTS, "regress", "compare"),
    ),
    Option(
        name="client",
        flag="--client",
        kind=Kind.CHOICE,
        choices=CLIENTS,
        default="valkey",
        help="the client package that the suites use",
        commands=(*_BISECTS, "compare"),
    ),
    Option(
        name="client",
        flag="--client",
        kind=Kind.CHOICE,
        choices=CLIENTS,
        help="the client package that the suites use; without it, as in the baseline",
        commands=("regress",),
    ),
    Option(
        name="valkeys",
        flag="--valkey",
        kind=Kind.VERSIONS,
        help="versions of the client package valkey; without it, the newest that each Python can have",
        commands=(*_BISECTS, "regress", "compare"),
    ),
    Option(
        name="redises",
        flag="--redis",
        kind=Kind.VERSIONS,
        help="versions of the client package redis; only with --client redis",
        commands=(*_BISECTS, "regress", "compare"),
    ),
    Option(
        name="server",
        flag="--server",
        kind=Kind.TEXT,
        metavar="NAME|URL",
        help="a server backend, or the URL of an empty database, such as valkey://127.0.0.1:6379/0; without it, the "
        "default backend of this system",
        commands=("matrix", "fidelity", "control", "benchmark", "bisect", "regress", "repro", "reported", "compare"),
    ),
    Option(
        name="server",
        flag="--server",
        kind=Kind.TEXT,
        metavar="NAME|URL[,…]",
        help="server backends to hold against each other, the first is what the others are held against; without it, "
        "all there are",
        commands=("backends",),
    ),
    Option(
        name="repeat",
        flag="--repeat",
        kind=Kind.COUNT,
        metavar="N",
        default=1,
        help="run each cell this many times; every run counts",
        commands=("matrix",),
    ),
    Option(
        name="repeat",
        flag="--repeat",
        kind=Kind.COUNT,
        metavar="N",
        default=2,
        help="run everything this many times, at least twice, and hold the runs against each other",
        commands=("control",),
    ),
    Option(
        name="repeat",
        flag="--repeat",
        kind=Kind.COUNT,
        metavar="N",
        default=10,
        help="measure everything this many times, but the run that nothing is cached for once",
        commands=("benchmark",),
    ),
    Option(
        name="repeat",
        flag="--repeat",
        kind=Kind.COUNT,
        metavar="N",
        default=2,
        help="run it this many times in each environment; as soon as runs disagree, all is run at least 5 times",
        commands=("bisect",),
    ),
    Option(
        name="over",
        flag="--over",
        kind=Kind.CHOICE,
        choices=OVER,
        default="pytest-asyncio",
        help="whose releases to choose from; with date, what could be installed at the end of a day",
        commands=("bisect",),
    ),
    Option(
        name="over",
        flag="--over",
        kind=Kind.CHOICE,
        choices=OVER[:-1],
        default="pytest-asyncio",
        help="whose releases the ranges are said in",
        commands=("ranges",),
    ),
    Option(
        name="start",
        flag="--from",
        kind=Kind.TEXT,
        metavar="V|DATE",
        help="the older end, such as 0.26.0 or 2024-05-18; without it, the oldest that the Python can have",
        commands=("bisect",),
    ),
    Option(
        name="end",
        flag="--to",
        kind=Kind.TEXT,
        metavar="V|DATE",
        help="the newer end; without it, the newest that the Python can have",
        commands=("bisect",),
    ),
    Option(
        name="every",
        flag="--all",
        kind=Kind.SWITCH,
        default=False,
        help="run every release between the ends: the only proof that there is no further change",
        commands=("bisect",),
    ),
    Option(
        name="every",
        flag="--all",
        kind=Kind.SWITCH,
        default=False,
        help="print everything, not only the summary",
        commands=("compare", "ranges"),
    ),
    Option(
        name="tables",
        flag="--tables",
        kind=Kind.TEXTS,
        metavar="NAME[,…]|all",
        help="print these tables in place of the first screen, such as errors,differences",
        commands=("matrix",),
    ),
    Option(
        name="parts",
        flag="--part",
        kind=Kind.CHOICES,
        choices=PARTS,
        help="what to measure: single cells under each launcher, whole runs of matrix, comparisons of large sets of "
        "results, or a bisection; without it, all",
        commands=("benchmark",),
    ),
    Option(
        name="fresh",
        flag="--fresh",
        kind=Kind.SWITCH,
        default=False,
        help="run everything, also what earlier runs in the results folder have measured already",
        commands=("matrix", "fidelity", "bisect", "regress", "reported", "compare"),
    ),
    Option(
        name="jobs",
        flag="--jobs",
        kind=Kind.COUNT,
        metavar="N",
        help="cells that run at the same time; without it, one a core",
        commands=(*_SERVED, "regress", "compare"),
    ),
    Option(
        name="limit",
        flag="--limit",
        kind=Kind.SECONDS,
        metavar="SECONDS",
        default=30.0,
        help="time a cell may take before it counts as a hang and is killed",
        commands=(*_SERVED, "regress", "compare"),
    ),
    Option(
        name="memory",
        flag="--memory",
        kind=Kind.SIZE,
        metavar="SIZE",
        default=2**30,
        help="memory a cell may take, all of its processes together, such as 512MiB or 2GiB",
        commands=(*_SERVED, "regress", "compare"),
    ),
    Option(
        name="launcher",
        flag="--launcher",
        kind=Kind.CHOICE,
        choices=LAUNCHERS,
        help="a new process for each cell, or a fork of a warm one; without it, fork where the system can, that is not "
        "on Windows",
        commands=("matrix", "control", "backends", "regress", "compare"),
    ),
    Option(
        name="recheck",
        flag="--recheck",
        kind=Kind.PERCENT,
        metavar="PERCENT",
        default=1.0,
        help="share of the forked cells that are run again under spawn to see that the same is observed, at least one "
        "an environment; 0 for none, 100 for all",
        commands=("matrix", "control", "backends", "regress", "compare"),
    ),
    Option(
        name="rules",
        flag="--rules",
        kind=Kind.SWITCH,
        default=False,
        help="list which suites fork leaves to spawn and why, and run nothing",
        commands=("fidelity",),
    ),
    Option(
        name="sample",
        flag="--sample",
        kind=Kind.COUNT,
        metavar="N",
        help="this many of the cells, chosen at random; without it, all",
        commands=("fidelity", "control", "backends", "regress"),
    ),
    Option(
        name="results",
        flag="--results",
        kind=Kind.FOLDER,
        metavar="DIR",
        default="results",
        help="folder of the results files",
        commands=(
            "matrix",
            "fidelity",
            "control",
            "backends",
            "benchmark",
            "compare",
            "bisect",
            "regress",
            "ranges",
            "repro",
            "reported",
            "baseline",
            "reclassify",
        ),
    ),
    Option(
        name="into",
        flag="--into",
        kind=Kind.FOLDER,
        metavar="DIR",
        default="repro",
        help="folder that the reproduction is written to",
        commands=("repro",),
    ),
    Option(
        name="into",
        flag="--into",
        kind=Kind.FOLDER,
        metavar="DIR",
        default="results/baseline",
        help="folder that the small files are written to",
        commands=("baseline",),
    ),
    Option(
        name="baseline",
        flag="--baseline",
        kind=Kind.PLACE,
        metavar="DIR|FILE",
        default="results/baseline",
        help="results to hold the run against",
        commands=("regress",),
    ),
    Option(
        name="baseline",
        flag="--baseline",
        kind=Kind.PLACE,
        metavar="DIR|FILE",
        default="results/baseline",
        help="further results, for environments and cells of which there are none in --results",
        commands=("compare", "ranges", "benchmark"),
    ),
    Option(
        name="against",
        flag="--against",
        kind=Kind.TEXT,
        metavar="V|PACKAGE=V[,…]",
        help="only what the baseline holds for these versions, such as 0.26.0 or pytest-asyncio=0.26.0,python=3.12; "
        "without it, for those nearest to the versions that are named",
        commands=("regress",),
    ),
    Option(
        name="expected",
        flag="--expected",
        kind=Kind.PLACE,
        metavar="FILE",
        help="the differences that are expected; without it, expected.toml beside the baseline, if it is there",
        commands=("regress",),
    ),
    Option(
        name="format",
        flag="--format",
        kind=Kind.CHOICE,
        choices=FORMATS,
        default="text",
        help="how the comparison is printed",
        commands=("compare", "regress"),
    ),
    Option(
        name="format",
        flag="--format",
        kind=Kind.CHOICE,
        choices=REPORT_FORMATS,
        default="text",
        help="how the reports are printed",
        commands=("reported",),
    ),
    Option(
        name="exit_code",
        flag="--exit-code",
        kind=Kind.SWITCH,
        default=False,
        help="end with exit code 1 when anything differs",
        commands=("compare",),
    ),
    Option(
        name="json",
        flag="--json",
        kind=Kind.SWITCH,
        default=False,
        help="print JSON in place of tables",
        commands=_PRINTS,
    ),
)


def options_of(command: str) -> tuple[Option, ...]:
    """The options that the command takes, in the order of declaration."""
    return tuple(option for option in OPTIONS if command in option.commands)


def options_table() -> str:
    """The README's table of options, as Markdown."""
    rows = ["| option | meaning | commands |", "| --- | --- | --- |"]
    for option in OPTIONS:
        written = usage(option).replace("|", r"\|")
        rows.append(f"| `{written}` | {described(option)} | {', '.join(option.commands)} |")
    return "\n".join(rows)


def commands_table() -> str:
    """The README's table of commands, as Markdown."""
    rows = ["| command | what it does |", "| --- | --- |"]
    rows.extend(f"| `{command.name}` | {command.summary} |" for command in COMMANDS)
    return "\n".join(rows)
