"""What each command takes: a class a command, made of the fields in `harness.cli.fields` and its own.

The command line, its help, the shell completion and `docs/cli.md` are derived from these.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from harness.cli.fields import (
    CELLS,
    FILES,
    OUTPUT,
    OVER,
    OWN,
    PLAN,
    RUNNING,
    SUBJECT,
    VERSIONS,
    Baseline,
    BaselineOption,
    Cells,
    Client,
    Every,
    ExistingFolder,
    Format,
    FreshOption,
    Into,
    LauncherOptions,
    OpenOption,
    Over,
    PrintedOptions,
    Profile,
    PytestAsyncioVersions,
    PythonVersions,
    RecordedOptions,
    Repeat,
    RunOptions,
    SampleOption,
    Select,
    ServedOptions,
    Server,
    StoredOptions,
    VersionOptions,
    option,
)
from harness.cli.values import (
    read_names,
    read_path,
    read_paths,
    read_seconds,
    read_some_of,
    read_text,
    read_texts,
    read_versions,
)
from harness.paths import find_baseline

FORMATS = ("text", "markdown", "json", "junit", "github")
REPORT_FORMATS = FORMATS[:3]
EXECUTORS = ("threads", "dask")
KINDS = ("failed", "changed", "unstable", "new")
DIAGNOSIS_FORMATS = ("text", "json", "sarif")
CURE_FORMATS = ("text", "json", "github")
ANNOTATED = "how the result is printed; github: as annotations at file and line, for a job of GitHub Actions"

_SIDE = (
    "a version of pytest-asyncio such as 0.26.0 or a wheel of it, packages such as pytest-asyncio=0.26.0,python=3.12, "
    "or a folder or file of results"
)


@dataclass(frozen=True, kw_only=True)
class MatrixOptions(FreshOption, OpenOption, RecordedOptions):
    """What `matrix` takes. `server` may name several, separated by commas."""

    server: Annotated[
        Server,
        Parameter(
            metavar="NAME|URL[,…]",
            help="a server backend, an image for Docker (valkey:8, redis:7, docker:IMAGE), or the URL of an empty "
            "database such as valkey://127.0.0.1:6379/0; without it, the default backend of this system. Several are "
            "run one after the other, each with a folder below --results, and compared. A URL with a password goes "
            "into the variable",
        ),
    ] = None
    repeat: Repeat = 1
    shard: Annotated[
        str,
        option(
            "--shard K/N",
            CELLS,
            "the Kth of N parts that take equally long, for as many machines; `merge` unites their results. N alone, "
            "or nothing, in a job of Kubernetes or Slurm whose variables say the rest",
            read_text,
        ),
    ] = ""
    executor: Annotated[
        str,
        option(
            "--executor NAME",
            RUNNING,
            "threads of this machine, or the workers of a Dask cluster, each with its own system and Pythons",
            choices=EXECUTORS,
        ),
    ] = EXECUTORS[0]
    scheduler: Annotated[
        str,
        option(
            "--scheduler ADDRESS",
            RUNNING,
            "the Dask scheduler of --executor dask, such as tcp://10.0.0.5:8786; for tls://, Dask's own configuration "
            "names the certificates",
            read_text,
        ),
    ] = ""
    only: Annotated[
        tuple[str, ...],
        option(
            "--only KIND[,KIND…]",
            CELLS,
            "run again, by what the newest run in the results folder came to: failed (reproduces, fails or could not "
            "be measured), changed (another outcome than in the run before; after the first one, than in the "
            "committed baseline), unstable (its runs differ, or it is known that they may), new (no outcome yet)",
            read_some_of(KINDS),
        ),
    ] = ()
    dry_run: Annotated[bool, option("--dry-run", CELLS, "list what would be run, and run nothing")] = False
    tables: Annotated[
        tuple[str, ...],
        option(
            "--tables NAME[,NAME…]|all",
            OUTPUT,
            "further tables that are printed; without it, the first screen alone",
            read_names,
        ),
    ] = ()


@dataclass(frozen=True, kw_only=True)
class ReportOptions(BaselineOption, OpenOption, StoredOptions):
    """What `report` takes. At most one of the formats is chosen; without any, it is the page."""

    places: Annotated[
        tuple[Path, ...],
        Parameter(
            group=SUBJECT,
            converter=read_paths,
            help="folders and files of results; without any, those in --results, and of --baseline what these haven't",
        ),
    ] = field(kw_only=False, default=())
    select: Annotated[Select, Parameter(group=SUBJECT)] = ()
    cells: Annotated[Cells, Parameter(group=SUBJECT)] = ()
    python_versions: Annotated[PythonVersions, Parameter(group=SUBJECT)] = ()
    pytest_asyncio_versions: Annotated[PytestAsyncioVersions, Parameter(group=SUBJECT)] = ()
    markdown: Annotated[
        bool,
        option(
            "--markdown",
            OUTPUT,
            "what came of a run, and how it differs from the baseline, for a pull request or a job's summary",
        ),
    ] = False
    csv: Annotated[bool, option("--csv", OUTPUT, "a row an outcome, for a spreadsheet")] = False
    badge: Annotated[
        str,
        option(
            "--badge NAME",
            OUTPUT,
            "an SVG image that says on which releases of pytest-asyncio this is clean: a suite, a cell or a well-known "
            "habit such as 'a module-level client'",
            read_text,
        ),
    ] = ""
    sqlite: Annotated[
        Path | None, option("--sqlite FILE", OUTPUT, "a database with a row an outcome and a finding", read_path)
    ] = None
    write: Annotated[
        Path | None,
        option(
            "--write FILE",
            FILES,
            "write to this file; without it, the page is written to report.html in the results folder, and the others "
            "are printed",
            read_path,
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class CatalogueOptions(PrintedOptions):
    """What `catalogue` takes."""


@dataclass(frozen=True, kw_only=True)
class EnvironmentsOptions(PrintedOptions):
    """What `environments` takes."""

    format: Annotated[
        Format,
        Parameter(
            choices=("text", "json", "github"),
            help="how the result is printed; github: the jobs of a workflow that runs the matrix, not what is here",
        ),
    ] = "text"


@dataclass(frozen=True, kw_only=True)
class ExplainOptions(BaselineOption, PrintedOptions, StoredOptions, VersionOptions):
    """What `explain` takes. The words that are named without a flag are one text."""

    what: Annotated[
        tuple[str, ...],
        Parameter(
            group=SUBJECT,
            converter=read_texts,
            help="an error's text, a file with pytest's output or a JUnit report, the name of a signature, the id of a "
            "cell, or - for what is piped in, which is read as well where nothing is named",
        ),
    ] = field(kw_only=False, default=())
    environment: Annotated[
        ExistingFolder, Parameter(group=VERSIONS, help="a virtual environment or interpreter whose versions are meant")
    ] = None
    measure: Annotated[
        bool, option("--measure", RUNNING, "run the profile quick on these versions first, if they were not measured")
    ] = False
    every: Every = False
    pins: Annotated[tuple[str, ...], Parameter(parse=False)] = ()


@dataclass(frozen=True, kw_only=True)
class DiagnoseOptions(BaselineOption, FreshOption, PrintedOptions, StoredOptions, RunOptions):
    """What `diagnose` takes. The suites are named without a flag."""

    suites: Annotated[
        tuple[str, ...],
        Parameter(group=SUBJECT, converter=read_texts, help="folders of tests; the current one if none is named"),
    ] = field(kw_only=False, default=(".",))
    run: Annotated[
        bool, option("--run", RUNNING, "run the suite too, and explain from what was observed what really happened")
    ] = False
    measure: Annotated[
        bool,
        option(
            "--measure",
            RUNNING,
            "first run the cells of the catalogue that are like the suite, and those next to them, as far as they were "
            "not measured on these versions",
        ),
    ] = False
    pytest_asyncio_versions: Annotated[
        PytestAsyncioVersions,
        Parameter(
            help="versions of pytest-asyncio: the one that the suite runs with, then those that it may be upgraded to; "
            "with --environment, all of them are such"
        ),
    ] = ()
    format: Annotated[Format, Parameter(choices=DIAGNOSIS_FORMATS)] = "text"
    every: Every = False
    profile: Annotated[Profile, Parameter(parse=False)] = "quick"
    select: Annotated[tuple[str, ...], Parameter(parse=False)] = ()
    cells: Annotated[Cells, Parameter(parse=False)] = ()


@dataclass(frozen=True, kw_only=True)
class CureOptions(BaselineOption, FreshOption, PrintedOptions, StoredOptions, RunOptions):
    """What `cure` takes: a cell without a flag, or suites of one's own with --suite."""

    cell: Annotated[
        str, Parameter(group=SUBJECT, converter=read_text, help="the cell to cure; for your own suite, --suite DIR")
    ] = field(kw_only=False, default="")
    time: Annotated[
        float, option("--time SECONDS", RUNNING, "how long to search; what was found until then is shown", read_seconds)
    ] = 300.0
    on: Annotated[
        tuple[str, ...],
        option(
            "--on V[,V…]",
            VERSIONS,
            "further versions of pytest-asyncio on which each cure is tried that was found",
            read_versions,
        ),
    ] = ()
    write: Annotated[
        Path | None, option("--write FILE", FILES, "write the best cure as a patch to this file", read_path)
    ] = None
    apply: Annotated[
        bool, option("--apply", FILES, "change the suite itself by the best cure; only in a clean git tree")
    ] = False
    errors: Annotated[
        tuple[str, ...],
        option(
            "--error TEXT",
            OWN,
            "an error that is to go too, though no signature names it: a part of its text, or a regular expression; "
            "may be given several times",
            read_texts,
        ),
    ] = ()
    format: Annotated[Format, Parameter(choices=CURE_FORMATS, help=ANNOTATED)] = "text"
    every: Every = False
    profile: Annotated[Profile, Parameter(parse=False)] = "quick"
    select: Annotated[tuple[str, ...], Parameter(parse=False)] = ()
    cells: Annotated[Cells, Parameter(parse=False)] = ()


@dataclass(frozen=True, kw_only=True)
class AdviceOptions(BaselineOption, PrintedOptions, StoredOptions):
    """What `advice` takes."""

    names: Annotated[
        tuple[str, ...],
        Parameter(group=SUBJECT, converter=read_texts, help="pieces of advice, by name; all if none is named"),
    ] = field(kw_only=False, default=())
    pytest_asyncio_versions: PytestAsyncioVersions = ()
    every: Every = False


@dataclass(frozen=True, kw_only=True)
class CompareOptions(BaselineOption, FreshOption, RecordedOptions):
    """What `compare` takes. The sides are as written: `harness.compare.sides` reads them.

    Only where cells or suites are named, anything is run.
    """

    before: Annotated[str, Parameter(group=SUBJECT, converter=read_text, help=_SIDE)] = field(kw_only=False)
    after: Annotated[
        str, Parameter(group=SUBJECT, converter=read_text, help="what BEFORE is compared with, named in the same way")
    ] = field(kw_only=False)
    format: Annotated[Format, Parameter(choices=FORMATS, help=ANNOTATED)] = "text"
    every: Every = False
    exit_code: Annotated[bool, option("--exit-code", OUTPUT, "end with exit code 1 when anything differs")] = False


@dataclass(frozen=True, kw_only=True)
class RegressOptions(BaselineOption, FreshOption, SampleOption, RecordedOptions):
    """What `regress` takes. Whatever isn't named is as in the baseline: no profile, no client, no versions."""

    profile: Annotated[
        Profile, Parameter(help="only cells of this profile; without it, all that the baseline holds")
    ] = ""
    client: Annotated[
        Client, Parameter(help="the client package that the suites use; without it, as in the baseline")
    ] = ""
    pins: Annotated[
        tuple[str, ...],
        option(
            "--with NAME==VERSION",
            VERSIONS,
            "a further package in every environment, such as anyio==4.9.0; may be given several times",
            read_texts,
        ),
    ] = ()
    baseline: Annotated[Baseline, Parameter(help="results to compare the run with")] = field(
        default_factory=find_baseline
    )
    against: Annotated[  # versions, as `harness.compare.sides` reads them; empty: those nearest to what is asked for
        str,
        option(
            "--against V|PACKAGE=V[,…]",
            FILES,
            "only what the baseline holds for these versions, such as 0.26.0 or pytest-asyncio=0.26.0,"
            "python=3.12; without it, for those nearest to the versions that are named",
            read_text,
        ),
    ] = ""
    expected: Annotated[
        Path | None,
        option(
            "--expected FILE",
            FILES,
            "the differences that are expected; without it, expected.toml beside the baseline, if it is there",
            read_path,
        ),
    ] = None
    propose: Annotated[
        bool,
        option(
            "--propose",
            FILES,
            "write entries for the file of expected differences, to be reviewed: each still needs its reason",
        ),
    ] = False
    format: Annotated[Format, Parameter(choices=FORMATS, help=ANNOTATED)] = "text"


@dataclass(frozen=True, kw_only=True)
class BisectOptions(PrintedOptions, StoredOptions, FreshOption, RunOptions):
    """What `bisect` takes. One cell is to be chosen; the ends are as written, None: the oldest and the newest."""

    over: Annotated[
        Over,
        Parameter(help="whose releases to choose from; with date, what could be installed at the end of a day"),
    ] = OVER[0]
    start: Annotated[
        str | None,
        option(
            "--from V|DATE",
            CELLS,
            "the older end, such as 0.26.0 or 2024-05-18; without it, the oldest that the Python can have",
            read_text,
        ),
    ] = None
    end: Annotated[
        str | None,
        option("--to V|DATE", CELLS, "the newer end; without it, the newest that the Python can have", read_text),
    ] = None
    every: Annotated[
        Every,
        Parameter(
            group=CELLS,
            help="run every release between the ends: the only proof that there is no further change",
        ),
    ] = False
    repeat: Annotated[
        Repeat,
        Parameter(
            help="run it this many times in each environment; as soon as runs disagree, all is run at least 5 times"
        ),
    ] = 2


@dataclass(frozen=True, kw_only=True)
class RangesOptions(BaselineOption, PrintedOptions, StoredOptions):
    """What `ranges` takes."""

    cells: Annotated[Cells, Parameter(group=SUBJECT)] = ()  # ids; empty: every cell there are results of
    over: Annotated[
        Over, Parameter(group=SUBJECT, choices=OVER[:-1], help="whose releases the ranges are given in")
    ] = OVER[0]
    every: Every = False


@dataclass(frozen=True, kw_only=True)
class BaselineOptions(PrintedOptions, StoredOptions, LauncherOptions, ServedOptions, VersionOptions):
    """What `baseline` takes. Versions narrow the plan."""

    into: Annotated[Into, Parameter(help="folder that the small files are written to")] = Path("results/baseline")
    plan: Annotated[
        Path | None,
        option(
            f"{PLAN} [FILE]",
            SUBJECT,
            "measure what a plan declares, environment by environment; what is done and current is not measured again, "
            "and an interrupted run goes on. Without a value, the plan of the baseline that is committed",
            read_path,
        ),
    ] = None
    only: Annotated[
        tuple[str, ...], option("--only PART[,PART…]", CELLS, "these parts of the plan alone", read_names)
    ] = ()
    dry_run: Annotated[
        bool,
        option("--dry-run", CELLS, "list what of the plan is current, stale or missing, and measure nothing"),
    ] = False


@dataclass(frozen=True, kw_only=True)
class ReproOptions(PrintedOptions, StoredOptions, RunOptions):
    """What `repro` takes. One cell in one environment is to be chosen."""

    into: Annotated[Into, Parameter(help="folder that the reproduction is written to")] = Path("repro")
    include: Annotated[
        tuple[str, ...],
        option(
            "--include PATTERN",
            OWN,
            "a file of the suite that goes into the reproduction besides Python files, the configuration of pytest and "
            "files that these name: a path below the suite, or a pattern such as 'data/*.json', which adds no secret; "
            "may be given several times",
            read_texts,
        ),
    ] = ()
    minimize: Annotated[
        bool, option("--minimize", RUNNING, "drop tests, files and lines as long as the error stays; runs many times")
    ] = False
    time: Annotated[
        float,
        option(
            "--time SECONDS",
            RUNNING,
            "with --minimize, how long to go on at most; the smallest found by then is written, after Ctrl-C too",
            read_seconds,
        ),
    ] = 120.0


@dataclass(frozen=True, kw_only=True)
class FidelityOptions(PrintedOptions, StoredOptions, FreshOption, SampleOption, RunOptions):
    """What `fidelity` takes."""


@dataclass(frozen=True, kw_only=True)
class ControlOptions(SampleOption, RecordedOptions):
    """What `control` takes."""

    repeat: Annotated[
        Repeat, Parameter(help="run everything this many times, at least twice, and compare the runs with each other")
    ] = 2


@dataclass(frozen=True, kw_only=True)
class BackendsOptions(SampleOption, RecordedOptions):
    """What `backends` takes. `server` may name several, separated by commas; None: every backend."""

    server: Annotated[
        Server,
        Parameter(
            metavar="NAME|URL[,…]",
            help="server backends to compare, the others with the first; without it, all there are. A URL with a "
            "password goes into the variable",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class ReportedOptions(PrintedOptions, StoredOptions, FreshOption, ServedOptions):
    """What `reported` takes."""

    names: Annotated[
        tuple[str, ...],
        option("--report", SUBJECT, "a report, such as pa-744, or several; without any, all", read_texts),
    ] = field(kw_only=False, default=())
    format: Annotated[Format, Parameter(choices=REPORT_FORMATS)] = "text"


@dataclass(frozen=True, kw_only=True)
class MergeOptions(PrintedOptions):
    """What `merge` takes."""

    places: Annotated[
        tuple[Path, ...],
        Parameter(group=SUBJECT, converter=read_paths, help="folders and files of results, in any order"),
    ] = field(kw_only=False)
    into: Annotated[Into, Parameter(help="folder to write to; what is in it already is part of the union")] = Path(
        "merged"
    )


@dataclass(frozen=True, kw_only=True)
class ReclassifyOptions(PrintedOptions, StoredOptions):
    """What `reclassify` takes."""


@dataclass(frozen=True, kw_only=True)
class CleanResultsOptions(StoredOptions):
    """What `clean-results` takes."""

    dry_run: Annotated[bool, option("--dry-run", FILES, "name what would be removed, and remove nothing")] = False
