"""What a suite lacks: modules, variables and plugins, each with the option that adds it."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec


class LackKind(StrEnum):
    """What is lacking."""

    MODULE = "module"
    PROJECT = "own module"
    PLUGIN = "plugin"
    VARIABLE = "variable"


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is lacking."""

    kind: LackKind
    name: str
    place: str = ""  # where the suite needs it: "tests/test_cart.py:4"
    options: tuple[str, ...] = ()  # that help: ("--with", "PyYAML")
    advice: str = ""  # where no option does


_OURS = re.compile(r"REDIS|VALKEY|CACHE|BROKER|CELERY|KEYDB|DRAGONFLY")
_PARTS = {
    "{url}": re.compile(r"(URL|URI|DSN|LOCATION|CONNECTION(_STRING)?)S?$"),
    "{host}": re.compile(r"(HOST|HOSTNAME|SERVER|ADDR|ADDRESS)$"),
    "{port}": re.compile(r"PORT$"),
    "{db}": re.compile(r"(DB|DATABASE|INDEX)$"),
}
UNKNOWN = "VALUE"
"""What stands for a value that nobody but the user knows."""


def suggest_value(name: str) -> str:
    """What a variable of that name is to hold: `{host}` for `APP_REDIS_HOST`, `VALUE` for `SECRET_KEY`."""
    upper = name.upper()
    found = (value for value, pattern in _PARTS.items() if _OURS.search(upper) and pattern.search(upper))
    return next(found, UNKNOWN)


def make_variable(name: str, place: str, *, inherited: bool) -> Lack:
    """A variable. One that the user's shell has is taken over from there."""
    given = name if inherited else f"{name}={suggest_value(name)}"
    return Lack(kind=LackKind.VARIABLE, name=name, place=place, options=("--env", given))
