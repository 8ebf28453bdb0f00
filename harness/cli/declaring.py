"""What a command and an option are, and how they are written in help texts.

Standard library only: the noxfile reads this before anything is installed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from harness.sizes import size_text


class Kind(Enum):
    """How the text after an option is read. The value is what a message says was expected."""

    SWITCH = "nothing"
    TEXT = "a text"
    TEXTS = "a text, once or several times"
    VERSIONS = "versions separated by commas, or 'newest'"
    PYTHONS = "versions such as 3.12, 3.13t or pypy-3.10 separated by commas, or 'newest'"
    CHOICE = "one of a closed list"
    CHOICES = "some of a closed list, separated by commas"
    COUNT = "a whole number, at least 1"
    SECONDS = "a number of seconds above 0"
    SIZE = "a size of at least 64MiB, such as 512MiB or 2GiB"
    PERCENT = "a number from 0 to 100"
    FOLDER = "a folder"
    PLACE = "a folder or a file"


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
class Positional:
    """One argument that stands in its place instead of after a flag. `name` is the field it fills."""

    name: str
    metavar: str
    help: str
    several: bool = False  # any number, also none


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command: a nox session, and `python -m harness NAME`. Run by `harness/commands/NAME.py`."""

    name: str
    summary: str
    groups: tuple[str, ...] = ()  # dependency groups it needs besides the project's own dependencies
    positionals: tuple[Positional, ...] = ()  # all must be given, but one that takes several

    @property
    def module(self) -> str:
        """`harness.commands.refresh_releases` for `refresh-releases`."""
        if self.name == "benchmark":
            return "benchmarks.command"
        return "harness.commands." + self.name.replace("-", "_")


def usage(option: Option) -> str:
    """`--profile smoke|quick|standard|full`: the option as one writes it."""
    if option.kind is Kind.SWITCH:
        return option.flag
    return f"{option.flag} {metavar(option)}"


def metavar(option: Option) -> str:
    """What stands for the option's value in help texts."""
    if option.metavar:
        return option.metavar
    if option.choices:
        return "|".join(option.choices) + ("[,…]" if option.kind is Kind.CHOICES else "")
    return "V[,V…]"


def described(option: Option) -> str:
    """The help text, with the default where there is one that can be named."""
    if option.default is None or option.kind is Kind.SWITCH:
        return option.help
    return f"{option.help} (default: {_shown(option.default, option.kind)})"


def _shown(default: object, kind: Kind) -> object:
    match default:
        case int() if kind is Kind.SIZE:
            return size_text(default)
        case float():
            return f"{default:g}"
        case _:
            return default
