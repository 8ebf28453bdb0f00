"""From the command line to a command and its request. Every refusal is a `UsageError` that names what is wrong."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from harness.cli.concealing import VARIABLE
from harness.cli.declaring import Command, Kind, Option, Positional, described, metavar
from harness.cli.options import COMMANDS, NEWEST, OPTIONS, options_of
from harness.cli.requests import REQUESTS, RunOptions
from harness.errors import UnknownNameError, UsageError
from harness.sizes import parse_size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PROGRAM = "python -m harness"

SMALLEST_SIZE = 64 * 2**20
"""Bytes. With less, not even pytest gets started everywhere."""

_VERSION = re.compile(r"\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?")
_PYTHON = re.compile(r"([a-z]+-)?\d+(\.\d+)*((a|b|rc)\d+)?t?")


class Help(Exception):  # noqa: N818 - asking for help is no error
    """Help was asked for; `text` is to be printed on standard output."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """A command and what it is asked to do."""

    command: Command
    request: msgspec.Struct


class _Parser(argparse.ArgumentParser):
    """An argument parser that raises where argparse prints and exits."""

    def error(self, message: str) -> NoReturn:
        problem = re.sub(r"^argument (\S+): ", r"\1: ", message)
        raise UsageError(_sentence(problem), remedy=f"See `{self.prog} --help`.")

    def print_help(self, file: object = None) -> None:  # noqa: ARG002 - argparse's signature
        raise Help(self.format_help())


class _Once(argparse.Action):
    """Stores a value and refuses a second one, which argparse would silently let win."""

    def __call__(self, _parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        if hasattr(namespace, self.dest):
            raise UsageError(f"{option_string} is given twice.", remedy="Give it once.")
        setattr(namespace, self.dest, values)


def parse(arguments: Sequence[str]) -> Parsed:
    """Read a command line without the program's name.

    Raises `UsageError` for what makes no sense and `Help` when help is asked for.
    """
    match list(arguments):
        case [] | ["-h" | "--help" | "help", *_]:
            raise Help(overview())
        case [name, *rest]:
            command = _command(name)
            return Parsed(command=command, request=_request(command, rest))
        case _:
            raise AssertionError(arguments)


def overview() -> str:
    """The help text of the program: its commands."""
    width = max(len(command.name) for command in COMMANDS)
    lines = [f"usage: {PROGRAM} COMMAND [OPTION …]", "", "commands:"]
    lines += [f"  {command.name:{width}}  {command.summary}" for command in COMMANDS]
    lines += ["", f"`{PROGRAM} COMMAND --help` lists a command's options. Each command is a nox session too:"]
    lines += ["`nox -s COMMAND -- OPTION …`.", ""]
    return "\n".join(lines)


def _command(name: str) -> Command:
    known = {command.name: command for command in COMMANDS}
    if name.startswith("-"):
        raise UsageError(f"{name} comes before the command.", remedy=f"Write `{PROGRAM} COMMAND {name} …`.")
    if name not in known:
        raise UnknownNameError("command", name, known)
    return known[name]


def _request(command: Command, arguments: Sequence[str]) -> msgspec.Struct:
    parser = _parser(command)
    known, unknown = parser.parse_known_intermixed_args(list(arguments))
    if unknown:
        _refuse(unknown, command)
    _require_all(command, known)
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in vars(known).items()}
    if "server" not in values and any(option.name == "server" for option in options_of(command.name)):
        # Taken out, so that no process that is started inherits it.
        values["server"] = os.environ.pop(VARIABLE, "").strip() or None
    request = REQUESTS[command.name](**values)
    if isinstance(request, RunOptions):
        _check_client(request)
    return request


def _refuse(unknown: Sequence[str], command: Command) -> NoReturn:
    flag = next((argument.partition("=")[0] for argument in unknown if argument.startswith("-")), None)
    if flag is None:
        raise UsageError(
            f"Unexpected argument {unknown[0]!r}.",
            remedy=f"{command.name} takes {_written(command) or 'options'} only: see {_help_of(command)}.",
        )
    elsewhere = next((option for option in OPTIONS if option.flag == flag), None)
    if elsewhere is not None:
        takers = " and ".join(filter(None, (", ".join(elsewhere.commands[:-1]), elsewhere.commands[-1])))
        do = "does" if len(elsewhere.commands) == 1 else "do"
        raise UsageError(f"{command.name} does not take {flag}.", remedy=f"{takers} {do}: {elsewhere.help}.")
    raise UnknownNameError("option", flag, [option.flag for option in options_of(command.name)] + ["--help"])


def _require_all(command: Command, known: argparse.Namespace) -> None:
    for positional in command.positionals:
        if not positional.several and not hasattr(known, positional.name):
            raise UsageError(
                f"{command.name} needs {_written(command)}: {positional.metavar} is missing.",
                remedy=f"{positional.metavar} is {positional.help}.",
            )


def _written(command: Command) -> str:
    return " ".join(map(_placed, command.positionals))


def _placed(positional: Positional) -> str:
    return f"[{positional.metavar} …]" if positional.several else positional.metavar


def _check_client(request: RunOptions) -> None:
    if request.client != "redis" and request.redises:
        raise UsageError("--redis names versions of the client redis.", remedy="Add --client redis.")
    if request.client == "redis" and request.valkeys:
        raise UsageError(
            "--valkey names versions of the client valkey, but --client redis is given.",
            remedy="Name versions of redis with --redis, or leave --client redis out.",
        )


def _help_of(command: Command) -> str:
    return f"`{PROGRAM} {command.name} --help`"


def _parser(command: Command) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=f"{PROGRAM} {command.name}",
        usage=" ".join((PROGRAM, command.name, *map(_placed, command.positionals), "[OPTION …]")),
        description=command.summary,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
        add_help=False,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=30, width=100),
    )
    for positional in command.positionals:
        # Optional to argparse, whose own message for a missing one doesn't say what it is.
        number = "*" if positional.several else "?"
        parser.add_argument(positional.name, nargs=number, metavar=positional.metavar, help=positional.help)
    for option in options_of(command.name):
        _add(parser, option)
    parser.add_argument("-h", "--help", action="help", help="show this help")
    return parser


def _add(parser: argparse.ArgumentParser, option: Option) -> None:
    text = described(option).replace("%", "%%")
    if option.kind is Kind.SWITCH:
        parser.add_argument(option.flag, dest=option.name, action="store_true", help=text)
        return
    several = {Kind.TEXTS: "append", **dict.fromkeys((Kind.VERSIONS, Kind.PYTHONS, Kind.CHOICES), "extend")}
    action = several.get(option.kind, _Once)
    parser.add_argument(
        option.flag, dest=option.name, action=action, type=_reader(option), metavar=metavar(option), help=text
    )


def _reader(option: Option) -> Callable[[str], object]:
    readers: dict[Kind, Callable[[Option, str], object]] = {
        Kind.TEXT: _text,
        Kind.TEXTS: _text,
        Kind.VERSIONS: _versions,
        Kind.PYTHONS: _versions,
        Kind.CHOICE: _choice,
        Kind.CHOICES: lambda option, text: [_choice(option, part.strip()) for part in text.split(",")],
        Kind.COUNT: _count,
        Kind.SECONDS: _seconds,
        Kind.SIZE: _size,
        Kind.PERCENT: _percent,
        Kind.FOLDER: lambda option, text: Path(_text(option, text)),
        Kind.PLACE: lambda option, text: Path(_text(option, text)),
    }
    read = readers[option.kind]
    return lambda text: read(option, text)


def _text(option: Option, text: str) -> str:
    if not text.strip():
        raise _unexpected(option, text)
    return text


def _versions(option: Option, text: str) -> list[str]:
    pattern = _PYTHON if option.kind is Kind.PYTHONS else _VERSION
    versions = [version.strip() for version in text.split(",")]
    for version in versions:
        if version != NEWEST and not pattern.fullmatch(version):
            raise UsageError(
                f"{option.flag}: {version!r} is not a version.",
                remedy=f"Give {option.kind.value}.",
            )
    return versions


def _choice(option: Option, text: str) -> str:
    if text not in option.choices:
        raise UnknownNameError(option.flag.lstrip("-"), text, option.choices)
    return text


def _count(option: Option, text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text) or int(text) < 1:
        raise _unexpected(option, text)
    return int(text)


def _seconds(option: Option, text: str) -> float:
    if not re.fullmatch(r"\d{1,6}(\.\d+)?", text) or float(text) <= 0:
        raise _unexpected(option, text)
    return float(text)


def _percent(option: Option, text: str) -> float:
    if not re.fullmatch(r"\d{1,3}(\.\d+)?", text) or float(text) > 100:
        raise _unexpected(option, text)
    return float(text)


def _size(option: Option, text: str) -> int:
    size = parse_size(text)
    if size is None or size < SMALLEST_SIZE:
        raise _unexpected(option, text)
    return size


def _unexpected(option: Option, text: str) -> UsageError:
    return UsageError(f"{option.flag}: {text!r} can't be used.", remedy=f"Give {option.kind.value}.")


def _sentence(text: str) -> str:
    return text if text.endswith(".") else text + "."
