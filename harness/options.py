"""Every command and every option, declared once.

The command line, its help, the noxfile's sessions and the README's tables are derived from what stands here. Standard
library only: the noxfile reads this before anything is installed. What each command gets is in `harness.requests`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

PROFILES = ("quick", "standard", "full")
CLIENTS = ("valkey", "redis")
LAUNCHERS = ("spawn", "fork")
NEWEST = "newest"

_RUNS = ("matrix", "fidelity")
_PRINTS = ("matrix", "catalogue", "environments", "reclassify")


class Kind(Enum):
    """How the text after an option is read. The value is what a message says was expected."""

    SWITCH = "nothing"
    TEXT = "a text"
    TEXTS = "a text, once or several times"
    VERSIONS = "versions separated by commas, or 'newest'"
    PYTHONS = "versions such as 3.12, 3.13t or pypy-3.10 separated by commas, or 'newest'"
    CHOICE = "one of a closed list"
    COUNT = "a whole number, at least 1"
    SECONDS = "a number of seconds above 0"
    FOLDER = "a folder"


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option. `name` is the field it fills in the command's request; `commands` are the commands that take it."""

    name: str
    flag: str
    kind: Kind
    help: str
    commands: tuple[str, ...]
    metavar: str | None = None
    default: object = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command: a nox session, and `python -m harness NAME`. Run by `harness/commands/NAME.py`."""

    name: str
    summary: str
    groups: tuple[str, ...] = ()  # dependency groups it needs besides the project's own dependencies

    @property
    def module(self) -> str:
        """`harness.commands.refresh_releases` for `refresh-releases`."""
        return "harness.commands." + self.name.replace("-", "_")


COMMANDS = (
    Command(name="matrix", summary="Run the selected cells on a real server and tabulate which reproduce which error."),
    Command(name="fidelity", summary="Run cells under both launchers and show every difference in what was observed."),
    Command(name="catalogue", summary="List the axes and their values, with what each means and where it comes from."),
    Command(name="environments", summary="List the interpreters and releases there are, and why others can't be used."),
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
        commands=_RUNS,
    ),
    Option(
        name="select",
        flag="--select",
        kind=Kind.TEXTS,
        metavar="TEXT",
        help="cells that match, such as 'fixture_scope=session and not creation_site in (inside_test, app_lifespan)'; "
        "given several times, all must match",
        commands=_RUNS,
    ),
    Option(
        name="cells",
        flag="--cell",
        kind=Kind.TEXTS,
        metavar="ID",
        help="this cell, such as default/session/module_global/none; may be given several times",
        commands=_RUNS,
    ),
    Option(
        name="pythons",
        flag="--python",
        kind=Kind.PYTHONS,
        help="versions of Python, such as 3.11,3.12",
        commands=_RUNS,
    ),
    Option(
        name="plugins",
        flag="--pytest-asyncio",
        kind=Kind.VERSIONS,
        help="versions of pytest-asyncio, such as 0.21.2,newest",
        commands=_RUNS,
    ),
    Option(
        name="pytests",
        flag="--pytest",
        kind=Kind.VERSIONS,
        help="versions of pytest; without it, the one that was current with the pytest-asyncio release",
        commands=_RUNS,
    ),
    Option(
        name="client",
        flag="--client",
        kind=Kind.CHOICE,
        choices=CLIENTS,
        default="valkey",
        help="the client package that the suites use",
        commands=_RUNS,
    ),
    Option(
        name="valkeys",
        flag="--valkey",
        kind=Kind.VERSIONS,
        help="versions of the client package valkey; without it, the newest that each Python can have",
        commands=_RUNS,
    ),
    Option(
        name="redises",
        flag="--redis",
        kind=Kind.VERSIONS,
        help="versions of the client package redis; only with --client redis",
        commands=_RUNS,
    ),
    Option(
        name="server",
        flag="--server",
        kind=Kind.TEXT,
        metavar="NAME|URL",
        help="a server backend, or the URL of an empty database, such as valkey://127.0.0.1:6379/0; without it, the "
        "default backend of this system",
        commands=_RUNS,
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
        name="fresh",
        flag="--fresh",
        kind=Kind.SWITCH,
        default=False,
        help="run everything, also what earlier runs in the results folder have measured already",
        commands=("matrix",),
    ),
    Option(
        name="jobs",
        flag="--jobs",
        kind=Kind.COUNT,
        metavar="N",
        help="cells that run at the same time; without it, one a core",
        commands=_RUNS,
    ),
    Option(
        name="limit",
        flag="--limit",
        kind=Kind.SECONDS,
        metavar="SECONDS",
        default=30.0,
        help="time a cell may take before it counts as a hang and is killed",
        commands=_RUNS,
    ),
    Option(
        name="launcher",
        flag="--launcher",
        kind=Kind.CHOICE,
        choices=LAUNCHERS,
        default="spawn",
        help="a new process for each cell, or a fork of a warm one (not on Windows)",
        commands=("matrix",),
    ),
    Option(
        name="sample",
        flag="--sample",
        kind=Kind.COUNT,
        metavar="N",
        help="this many of the cells, chosen at random; without it, all",
        commands=("fidelity",),
    ),
    Option(
        name="results",
        flag="--results",
        kind=Kind.FOLDER,
        metavar="DIR",
        default="results",
        help="folder of the results files",
        commands=("matrix", "reclassify"),
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


def usage(option: Option) -> str:
    """`--profile quick|standard|full`: the option as one writes it."""
    if option.kind is Kind.SWITCH:
        return option.flag
    return f"{option.flag} {metavar(option)}"


def metavar(option: Option) -> str:
    """What stands for the option's value in help texts."""
    if option.metavar:
        return option.metavar
    if option.choices:
        return "|".join(option.choices)
    return "V[,V…]"


def described(option: Option) -> str:
    """The help text, with the default where there is one that can be named."""
    if option.default is None or option.kind is Kind.SWITCH:
        return option.help
    default = f"{option.default:g}" if isinstance(option.default, float) else option.default
    return f"{option.help} (default: {default})"


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
