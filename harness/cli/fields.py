"""Options that several commands take, as fields of small classes that each command's class is made of.

The flag, the group in the help, the help text and what may follow stand on the field, once. A command that means
something a little different by an option takes the field's type and puts its own help text on it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from harness.cli.passwords import SERVER_VARIABLE
from harness.cli.values import (
    read_count,
    read_path,
    read_percent,
    read_pythons,
    read_seconds,
    read_server,
    read_size,
    read_texts,
    read_versions,
)
from harness.errors import UsageError
from harness.packages import CLIENTS
from harness.sizes import size_text

PROFILES = ("smoke", "quick", "standard", "full")
LAUNCHERS = ("spawn", "fork")
OVER = ("pytest-asyncio", "pytest", "valkey", "redis", "python", "date")

SUBJECT = Group("What to look at", sort_key=0)
CELLS = Group("What to run", sort_key=1)
VERSIONS = Group("In which environments", sort_key=2)
RUNNING = Group("How to run it", sort_key=3)
FILES = Group("Files", sort_key=4)
OUTPUT = Group("What to print", sort_key=5)

RUN_GROUPS = frozenset({CELLS, VERSIONS, RUNNING})
"""Groups of options that say what is run, and how."""

Profile = Annotated[
    str,
    Parameter(
        name="--profile", group=CELLS, metavar="NAME", choices=PROFILES, help="how much to run when nothing narrows it"
    ),
]
Cells = Annotated[
    tuple[str, ...],
    Parameter(
        name="--cell",
        group=CELLS,
        metavar="ID",
        converter=read_texts,
        help="this cell, such as default/session/module_global/none; may be given several times",
    ),
]
Client = Annotated[
    str,
    Parameter(
        name="--client",
        group=VERSIONS,
        metavar="NAME",
        choices=CLIENTS,
        help="the client package that the suites use",
    ),
]
PythonVersions = Annotated[
    tuple[str, ...],
    Parameter(
        name="--python",
        group=VERSIONS,
        metavar="V[,V…]",
        converter=read_pythons,
        help="versions of Python, such as 3.11,3.12",
    ),
]
PytestAsyncioVersions = Annotated[
    tuple[str, ...],
    Parameter(
        name="--pytest-asyncio",
        group=VERSIONS,
        metavar="V[,V…]",
        converter=read_versions,
        help="versions of pytest-asyncio, such as 0.21.2,newest",
    ),
]
Server = Annotated[
    str | None,
    Parameter(
        name="--server",
        group=RUNNING,
        metavar="NAME|URL",
        converter=read_server,
        env_var=SERVER_VARIABLE,
        help="a server backend, or the URL of an empty database, such as valkey://127.0.0.1:6379/0; without it, the "
        "default backend of this system. A URL with a password goes into the variable",
    ),
]
Repeat = Annotated[
    int,
    Parameter(
        name="--repeat",
        group=RUNNING,
        metavar="N",
        converter=read_count,
        help="run each cell this many times; every run counts",
    ),
]
Over = Annotated[str, Parameter(name="--over", group=CELLS, metavar="NAME", choices=OVER)]
Every = Annotated[bool, Parameter(name="--all", group=OUTPUT, help="print everything, not the summary alone")]
Format = Annotated[
    str,
    Parameter(
        name="--format", group=OUTPUT, metavar="NAME", choices=("text", "json"), help="how the result is printed"
    ),
]
ResultsFolder = Annotated[
    Path,
    Parameter(name="--results", group=FILES, metavar="DIR", converter=read_path, help="folder of the results files"),
]
Baseline = Annotated[
    Path,
    Parameter(
        name="--baseline",
        group=FILES,
        metavar="DIR|FILE",
        converter=read_path,
        help="further results, for environments and cells of which there are none in --results",
    ),
]
OutputFolder = Annotated[Path, Parameter(name="--into", group=FILES, metavar="DIR", converter=read_path)]


@dataclass(frozen=True, kw_only=True)
class PrintedOptions:
    """How the result is printed. `--json` is the short form of `--format json`."""

    format: Format = "text"
    json: Annotated[bool, Parameter(name="--json", group=OUTPUT, help="the same as --format json")] = False

    def __post_init__(self) -> None:
        """Make the two say the same. Raises `UsageError` where they contradict each other."""
        if self.json and self.format not in ("text", "json"):  # text is what is printed without either
            raise UsageError(f"--json doesn't go with --format {self.format}.", remedy="Leave one of them out.")
        printed = "json" if self.json else self.format
        object.__setattr__(self, "format", printed)
        object.__setattr__(self, "json", printed == "json")


@dataclass(frozen=True, kw_only=True)
class StoredOptions:
    """Where results are."""

    results: ResultsFolder = Path("results")


@dataclass(frozen=True, kw_only=True)
class BaselineOption:
    """Results besides those in the results folder."""

    baseline: Baseline = Path("results/baseline")


@dataclass(frozen=True, kw_only=True)
class FreshOption:
    """Whether earlier runs count."""

    fresh: Annotated[
        bool,
        Parameter(
            name="--fresh",
            group=RUNNING,
            help="run everything, also what earlier runs in the results folder have measured already",
        ),
    ] = False


@dataclass(frozen=True, kw_only=True)
class SampleOption:
    """Whether all cells are run. None: all."""

    sample: Annotated[
        int | None,
        Parameter(
            name="--sample",
            group=CELLS,
            metavar="N",
            converter=read_count,
            help="this many of the cells, chosen at random; without it, all",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class ServedOptions:
    """How suites are run, whichever they are."""

    server: Server = None  # a backend's name or a URL; None: this system's default
    jobs: Annotated[
        int | None,
        Parameter(
            name="--jobs",
            group=RUNNING,
            metavar="N",
            converter=read_count,
            help="cells that run at the same time; without it, one a core",
        ),
    ] = None
    limit: Annotated[
        float,
        Parameter(
            name="--limit",
            group=RUNNING,
            metavar="SECONDS",
            converter=read_seconds,
            help="time a cell may take before it counts as a hang and is killed",
        ),
    ] = 30.0
    memory: Annotated[
        int,
        Parameter(
            name="--memory",
            group=RUNNING,
            metavar="SIZE",
            converter=read_size,
            show_default=size_text,
            help="memory a cell may take, all of its processes together, such as 512MiB or 2GiB",
        ),
    ] = 2**30  # bytes


@dataclass(frozen=True, kw_only=True)
class LauncherOptions:
    """How cells are started, and how many are checked."""

    launcher: Annotated[
        str | None,
        Parameter(
            name="--launcher",
            group=RUNNING,
            metavar="NAME",
            choices=LAUNCHERS,
            help="a new process for each cell, or a fork of a warm one; without it, fork where the system can, that "
            "is not on Windows",
        ),
    ] = None
    recheck: Annotated[
        float,
        Parameter(
            name="--recheck",
            group=RUNNING,
            metavar="PERCENT",
            converter=read_percent,
            help="share of the forked cells that are run again in a new process to see that the same is observed, at "
            "least one an environment; 0 for none, 100 for all",
        ),
    ] = 1.0


@dataclass(frozen=True, kw_only=True)
class RunOptions(ServedOptions):
    """What to run, and on what. An empty tuple means: not narrowed, the profile decides.

    Versions are written as given, so "newest" is still to be resolved.
    """

    profile: Profile = "quick"
    select: Annotated[
        tuple[str, ...],
        Parameter(
            name="--select",
            group=CELLS,
            metavar="TEXT",
            converter=read_texts,
            help="cells that match, such as 'fixture_scope=session and not creation_site in (inside_test, "
            "app_lifespan)'; given several times, all must match",
        ),
    ] = ()
    cells: Cells = ()  # ids
    suites: Annotated[
        tuple[str, ...],
        Parameter(
            name="--suite",
            group=CELLS,
            metavar="DIR",
            converter=read_texts,
            help="your own suite: a folder of tests, copied and run like a cell; may be given several times",
        ),
    ] = ()
    python_versions: PythonVersions = ()
    pytest_asyncio_versions: PytestAsyncioVersions = ()
    pytest_versions: Annotated[
        tuple[str, ...],
        Parameter(
            name="--pytest",
            group=VERSIONS,
            metavar="V[,V…]",
            converter=read_versions,
            help="versions of pytest; without it, the one that was current with the pytest-asyncio release",
        ),
    ] = ()
    client: Client = CLIENTS[0]
    valkey_versions: Annotated[
        tuple[str, ...],
        Parameter(
            name="--valkey",
            group=VERSIONS,
            metavar="V[,V…]",
            converter=read_versions,
            help="versions of the client package valkey; without it, the newest that each Python can have",
        ),
    ] = ()
    redis_versions: Annotated[
        tuple[str, ...],
        Parameter(
            name="--redis",
            group=VERSIONS,
            metavar="V[,V…]",
            converter=read_versions,
            help="versions of the client package redis; only with --client redis",
        ),
    ] = ()
    pins: Annotated[
        tuple[str, ...],
        Parameter(
            name="--with",
            group=VERSIONS,
            metavar="NAME==VERSION",
            converter=read_texts,
            help="a further package in every environment, such as anyio==4.9.0; may be given several times",
        ),
    ] = ()

    def require_client(self) -> None:
        """Raise `UsageError` for versions of a client package that isn't the chosen one."""
        if self.client != "redis" and self.redis_versions:
            raise UsageError("--redis names versions of the client redis.", remedy="Add --client redis.")
        if self.client == "redis" and self.valkey_versions:
            raise UsageError(
                "--valkey names versions of the client valkey, but --client redis is given.",
                remedy="Name versions of redis with --redis, or leave --client redis out.",
            )

    @property
    def names_cells(self) -> bool:
        """Whether it is named what to run."""
        return bool(self.select or self.cells or self.suites)

    @property
    def client_versions(self) -> tuple[str, ...]:
        """Versions of the chosen client package."""
        return self.redis_versions if self.client == "redis" else self.valkey_versions


@dataclass(frozen=True, kw_only=True)
class RecordedOptions(PrintedOptions, StoredOptions, LauncherOptions, RunOptions):
    """What commands take that run cells and write results."""
