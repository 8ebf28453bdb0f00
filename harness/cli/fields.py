"""Options that several commands take, as fields of small classes that each command's class is made of.

The flag, the group in the help, the help text and what may follow stand on the field, once. A command that means
something a little different by an option takes the field's type and puts its own help text on it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Group, Parameter

from harness.cli.passwords import SERVER_VARIABLE
from harness.cli.values import (
    read_count,
    read_path,
    read_percent,
    read_ports,
    read_pythons,
    read_seconds,
    read_server,
    read_size,
    read_texts,
    read_versions,
)
from harness.errors import UsageError
from harness.packages import CLIENTS, DEFAULT_CLIENT
from harness.paths import SCENARIOS, find_baseline
from harness.suites.conditions import LONGEST

PROFILES = ("smoke", "quick", "standard", "full")
LAUNCHERS = ("spawn", "fork")
OVER = ("pytest-asyncio", "pytest", *CLIENTS, "python", "date")

SUBJECT = Group("What to look at", sort_key=0)
CELLS = Group("What to run", sort_key=1)
VERSIONS = Group("In which environments", sort_key=2)
RUNNING = Group("How to run it", sort_key=3)
OWN = Group("Your own suite", sort_key=4)
FILES = Group("Files", sort_key=5)
OUTPUT = Group("What to print", sort_key=6)

RUN_GROUPS = frozenset({CELLS, VERSIONS, RUNNING, OWN})
"""Groups of options that say what is run, and how."""


SUITE = "--suite"
PLAN = "--plan"
PYTEST_ARGUMENTS = "--pytest-args"

BARE = {SUITE: ".", PLAN: str(SCENARIOS / "baseline.toml")}
"""Options that need no value, and what stands for it then."""


def option(
    written: str, group: Group, text: str, read: Callable[..., object] | None = None, **settings: Any
) -> Parameter:
    """An option as one writes it, such as `--cell ID`, with its help text and how what follows it is read."""
    name, _, metavar = written.partition(" ")
    return Parameter(name=name, metavar=metavar or None, group=group, help=text, converter=read, **settings)


Profile = Annotated[
    str, option("--profile NAME", CELLS, "how much to run, from a few well-known cells to everything", choices=PROFILES)
]
Cells = Annotated[
    tuple[str, ...],
    option(
        "--cell ID",
        CELLS,
        "this cell, such as default/session/module_global/none; may be given several times",
        read_texts,
    ),
]
Select = Annotated[
    tuple[str, ...],
    option(
        "--select TEXT",
        CELLS,
        "cells that match, such as 'fixture_scope=session and not creation_site in (inside_test, app_lifespan)'; "
        "given several times, all must match",
        read_texts,
    ),
]
PythonVersions = Annotated[
    tuple[str, ...], option("--python V[,V…]", VERSIONS, "versions of Python, such as 3.11,3.12", read_pythons)
]
PytestAsyncioVersions = Annotated[
    tuple[str, ...],
    option(
        "--pytest-asyncio V[,V…]",
        VERSIONS,
        "versions of pytest-asyncio, such as 0.21.2,newest; in place of a version of any package, a wheel, an sdist, a "
        "folder of sources or git+ADDRESS[@REF] may be named",
        read_versions,
    ),
]
Client = Annotated[
    str,
    option(
        "--client NAME",
        VERSIONS,
        "the client package that the suites use; without it, "
        f"{DEFAULT_CLIENT}, or what your own suite says that it needs",
        choices=tuple(CLIENTS),
    ),
]
Server = Annotated[
    str | None,
    option(
        "--server NAME|URL",
        RUNNING,
        "a server backend, an image for Docker (valkey:8, redis:7, docker:IMAGE), or the URL of an empty database such "
        "as valkey://127.0.0.1:6379/0; without it, the default backend of this system. A URL with a password goes into "
        "the variable",
        read_server,
        env_var=SERVER_VARIABLE,
    ),
]
Repeat = Annotated[int, option("--repeat N", RUNNING, "run each cell this many times; every run counts", read_count)]
Over = Annotated[str, option("--over NAME", CELLS, "whose releases to choose from", choices=OVER)]
Every = Annotated[bool, option("--all", OUTPUT, "print everything, not the summary alone")]
Format = Annotated[str, option("--format NAME", OUTPUT, "how the result is printed", choices=("text", "json"))]
Results = Annotated[Path, option("--results DIR", FILES, "folder of the results files", read_path)]
Baseline = Annotated[
    Path,
    option(
        "--baseline DIR|FILE",
        FILES,
        "further results, for environments and cells of which there are none in --results",
        read_path,
    ),
]
Into = Annotated[Path, option("--into DIR", FILES, "folder to write to", read_path)]


ExistingFolder = Annotated[
    Path | None,
    option(
        "--environment DIR|PYTHON",
        OWN,
        "a virtual environment or interpreter that has all that the suite needs, taken as it is; with versions, a "
        "copy of it in which only these packages are others",
        read_path,
    ),
]


@dataclass(frozen=True, kw_only=True)
class PrintedOptions:
    """How the result is printed. `--json` is the short form of `--format json`."""

    format: Format = "text"
    json: Annotated[bool, option("--json", OUTPUT, "the same as --format json")] = False

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

    results: Results = Path("results")


@dataclass(frozen=True, kw_only=True)
class BaselineOption:
    """Results besides those in the results folder."""

    baseline: Baseline = field(default_factory=find_baseline)


@dataclass(frozen=True, kw_only=True)
class FreshOption:
    """Whether earlier runs count."""

    fresh: Annotated[
        bool,
        option(
            "--fresh", RUNNING, "run everything, also what earlier runs in the results folder have measured already"
        ),
    ] = False


@dataclass(frozen=True, kw_only=True)
class OpenOption:
    """Whether the page that is written is shown."""

    open_page: Annotated[bool, option("--open", OUTPUT, "open the page in a browser")] = False


@dataclass(frozen=True, kw_only=True)
class SampleOption:
    """Whether all cells are run. None: all."""

    sample: Annotated[
        int | None,
        option("--sample N", CELLS, "this many of the cells, chosen at random; without it, all", read_count),
    ] = None


@dataclass(frozen=True, kw_only=True)
class ServedOptions:
    """How suites are run, whichever they are."""

    server: Server = None  # a backend's name or a URL; None: this system's default
    jobs: Annotated[
        int | None,
        option(
            "--jobs N",
            RUNNING,
            "cells that run at the same time; without it, two a core; of suites of your own, one a core",
            read_count,
        ),
    ] = None
    limit: Annotated[
        float | None,
        option(
            "--limit SECONDS",
            RUNNING,
            "time a cell may take before it counts as a hang and is killed; for a suite of your own, time in which no "
            "test begins or ends. Without it 15, and 120 for a suite",
            read_seconds,
        ),
    ] = None
    memory: Annotated[
        int | None,  # bytes
        option(
            "--memory SIZE",
            RUNNING,
            "memory a cell may take, all of its processes together, such as 512MiB or 2GiB. Without it 1GiB, and for a "
            "suite of your own half of what this machine has",
            read_size,
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class LauncherOptions:
    """How cells are started, and how many are checked."""

    launcher: Annotated[
        str | None,
        option(
            "--launcher NAME",
            RUNNING,
            "a new process for each cell, or a fork of a warm one; without it, fork where the system can, that is not "
            "on Windows",
            choices=LAUNCHERS,
        ),
    ] = None
    recheck: Annotated[
        float,
        option(
            "--recheck PERCENT",
            RUNNING,
            "share of the forked cells that are run again in a new process to see that the same is observed, at least "
            "one an environment; 0 for none, 100 for all",
            read_percent,
        ),
    ] = 1.0


@dataclass(frozen=True, kw_only=True)
class SuiteOptions:
    """Suites of one's own, and what is special about running them."""

    suites: Annotated[
        tuple[str, ...],
        option(
            f"{SUITE} DIR[::PATH]",
            OWN,
            "your own suite: a folder of tests, copied and run like a cell, or what PATH below it names; without a "
            "value, the current folder; may be given several times",
            read_texts,
        ),
    ] = ()
    environment: ExistingFolder = None
    requirements: Annotated[
        tuple[str, ...],
        option(
            "--requirements FILE",
            OWN,
            "what the suite needs, in place of what its own files say; may be given several times",
            read_texts,
        ),
    ] = ()
    install: Annotated[
        str,
        option(
            "--install project|none",
            OWN,
            "whether the project that the suite belongs to is built and installed",
            choices=("project", "none"),
        ),
    ] = "project"
    variables: Annotated[
        tuple[str, ...],
        option(
            "--env NAME[=VALUE]",
            OWN,
            "a variable for the suite, in which {url}, {host}, {port}, {db} and {password} stand for the server; NAME "
            "alone takes over its value from this shell; may be given several times",
            read_texts,
        ),
    ] = ()
    variable_files: Annotated[
        tuple[str, ...], option("--env-file FILE", OWN, "a file of lines NAME=VALUE, like --env", read_texts)
    ] = ()
    pytest_arguments: Annotated[
        tuple[str, ...],
        option(
            f"{PYTEST_ARGUMENTS} TEXT",
            OWN,
            "arguments for pytest, such as '-k basket -m \"not slow\"'; may be given several times",
            read_texts,
            allow_leading_hyphen=True,
        ),
    ] = ()
    longest: Annotated[
        float, option("--longest SECONDS", OWN, "time a whole suite may take, however well it gets on", read_seconds)
    ] = LONGEST
    network: Annotated[
        str,
        option(
            "--network own|host",
            OWN,
            "what the suite can reach: servers of this program alone, on ports of its own, or this machine's network, "
            "one suite at a time",
            choices=("own", "host"),
        ),
    ] = "own"
    ports: Annotated[
        tuple[int, ...],
        option(
            "--port N",
            OWN,
            "a port on which the suite finds a server of its own, besides 6379; may be given several times",
            read_ports,
        ),
    ] = ()


@dataclass(frozen=True, kw_only=True)
class VersionOptions:
    """The versions of what a suite runs with. An empty tuple means: not named.

    Versions are written as given, so "newest" is still to be resolved.
    """

    python_versions: PythonVersions = ()
    pytest_asyncio_versions: PytestAsyncioVersions = ()
    pytest_versions: Annotated[
        tuple[str, ...],
        option(
            "--pytest V[,V…]",
            VERSIONS,
            "versions of pytest; without it, the one that was current with the pytest-asyncio release",
            read_versions,
        ),
    ] = ()
    client: Client = ""  # not named
    valkey_versions: Annotated[
        tuple[str, ...],
        option(
            "--valkey V[,V…]",
            VERSIONS,
            "versions of the client package valkey; without it, the newest that each Python can have",
            read_versions,
        ),
    ] = ()
    redis_versions: Annotated[
        tuple[str, ...],
        option(
            "--redis V[,V…]", VERSIONS, "versions of the client package redis; only with --client redis", read_versions
        ),
    ] = ()
    glide_versions: Annotated[
        tuple[str, ...],
        option(
            "--valkey-glide V[,V…]",
            VERSIONS,
            "versions of the client package valkey-glide; only with --client valkey-glide",
            read_versions,
        ),
    ] = ()
    pins: Annotated[
        tuple[str, ...],
        option(
            "--with REQUIREMENT",
            VERSIONS,
            "a further package in every environment, such as anyio==4.9.0 or 'httpx>=0.27,<1'; may be given several "
            "times",
            read_texts,
        ),
    ] = ()

    @property
    def client_package(self) -> str:
        """The client package of what doesn't say that it needs another."""
        return self.client or DEFAULT_CLIENT

    @property
    def client_versions(self) -> tuple[str, ...]:
        """Versions of the chosen client package."""
        return self.versions_by_client[self.client_package]

    @property
    def versions_by_client(self) -> dict[str, tuple[str, ...]]:
        """Versions of each client package."""
        return {name: getattr(self, client.pinned_by) for name, client in CLIENTS.items()}


@dataclass(frozen=True, kw_only=True)
class RunOptions(SuiteOptions, ServedOptions, VersionOptions):
    """What to run, and on what. An empty tuple means: not narrowed, the profile decides."""

    profile: Profile = "quick"
    select: Select = ()
    cells: Cells = ()  # ids
    provision: Annotated[
        bool, option("--provision", VERSIONS, "have uv download the Pythons that --python names and this machine lacks")
    ] = False

    @property
    def downloads(self) -> tuple[str, ...]:
        """Versions of Python that may be downloaded."""
        return self.python_versions if self.provision else ()

    def require_client(self) -> None:
        """Raise `UsageError` for versions of a client package that isn't the chosen one."""
        chosen = self.client_package
        other = next((name for name, versions in self.versions_by_client.items() if versions and name != chosen), "")
        if not other or (not self.client and self.environment is not None):
            return
        if not self.client:
            raise UsageError(f"--{other} names versions of the client {other}.", remedy=f"Add --client {other}.")
        raise UsageError(
            f"--{other} names versions of the client {other}, but --client {chosen} is given.",
            remedy=f"Name versions of {chosen} with --{chosen}, or leave --client {chosen} out.",
        )

    def require_suite(self) -> None:
        """Raise `UsageError` for options that only a suite of one's own heeds, where none is named."""
        given = {"--env": self.variables, "--env-file": self.variable_files, PYTEST_ARGUMENTS: self.pytest_arguments}
        for name, value in given.items():
            if value and not self.suites:
                raise UsageError(
                    f"{name} is for a suite of your own, and none is named.",
                    remedy=f"Add {SUITE}, which without a value is the current folder.",
                )

    @property
    def names_cells(self) -> bool:
        """Whether it is named what to run."""
        return bool(self.select or self.cells or self.suites)


@dataclass(frozen=True, kw_only=True)
class RecordedOptions(PrintedOptions, StoredOptions, LauncherOptions, RunOptions):
    """What commands take that run cells and write results."""
