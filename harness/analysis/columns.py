"""Environments as the columns of tables: their order, their headings, and which of them can be compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from harness.environments.model import Environment
from harness.output.text import one_line
from harness.packages import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """An environment, with the shortest heading that is its alone."""

    environment: Environment
    heading: str  # "1.5.0\npy3.13"
    main: bool  # runs the main Python

    @property
    def short(self) -> str:
        """The heading on one line."""
        return self.heading.replace("\n", " ")

    @property
    def client(self) -> str:
        """`valkey 6.1.0`."""
        return one_line(list_traits(self.environment)["client"], 40)


def make_columns(environments: Iterable[Environment]) -> tuple[Column, ...]:
    """The main Python's environments in order of their versions, then the other Pythons', one Python after another.

    The main Python is the one that has the most releases of pytest-asyncio, the newest of several. So neighbours
    differ in the release alone as far as that is possible.
    """
    found = sorted(environments, key=version_key)
    main = _find_main_python(found)
    ordered = sorted(found, key=lambda one: (one.python_minor != main, version_order(one.python_minor)))
    return tuple(
        Column(environment=one, heading=heading, main=one.python_minor == main)
        for one, heading in zip(ordered, _make_headings(ordered), strict=True)
    )


def make_short_names(environments: Iterable[tuple[str, Environment | None]]) -> dict[str, str]:
    """Environment id → the shortest name that tells it from the others. One that can't be resolved keeps its id."""
    known = dict(environments)
    short = {column.environment.id: column.short for column in make_columns(one for one in known.values() if one)}
    return {name: short.get(name, name) for name in known}


def find_block_starts(columns: Sequence[Column]) -> tuple[int, ...]:
    """Where a wide table had better break: the first columns of a Python with several releases, and of what follows."""
    pythons = [column.environment.python_minor for column in columns]
    several = {python for python in pythons if pythons.count(python) > 1}
    return tuple(
        place
        for place in range(1, len(pythons))
        if pythons[place] != pythons[place - 1] and not several.isdisjoint(pythons[place - 1 : place + 1])
    )


def list_traits(environment: Environment) -> dict[str, str]:
    """What can distinguish environments of the same pytest-asyncio and Python, or is the same for all."""
    return {
        "platform": environment.platform,
        "python": f"{environment.implementation} {environment.python}",
        "plugin": environment.plugin_name,
        "pytest": f"pytest {environment.pytest}",
        "client": environment.client_name,
        "pinned": _describe_pinned(environment),
        "packages": f"packages {environment.digest[:6]}",
    }


def _describe_pinned(environment: Environment) -> str:
    """What its id names besides: `anyio 4.4.0`. Empty for an environment of which nothing else was asked."""
    further = (part for part in environment.id.split("/")[4:] if not part.startswith("pytest-"))
    return ", ".join(re.sub(r"^((?!as-of)[a-z][\w.-]*)-(\d[\w.+]*)$", r"\1 \2", part) for part in further)


def version_key(environment: Environment) -> tuple[object, ...]:
    """Sorts by pytest-asyncio, Python and the rest."""
    versions = (environment.plugin, environment.python, environment.client_version, environment.pytest)
    return (*map(version_order, versions), environment.client, environment.platform, environment.digest)


def version_order(version: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts `0.9` before `0.21.2` before `1.0.0a1` before `1.0.0`; anything else somewhere, without failing."""
    parts = re.findall(r"\d{1,18}|[a-z]+", version.lower())
    # The last part ranks above every letter, so that a pre-release comes before its release.
    return (*((1, int(part), "") if part.isdigit() else (-1, 0, part) for part in parts), (0, 0, ""))


def _find_main_python(environments: Sequence[Environment]) -> str:
    releases: dict[str, set[str]] = {}
    for one in environments:
        releases.setdefault(one.python_minor, set()).add(one.plugin)
    return max(releases, key=lambda python: (len(releases[python]), version_order(python)), default="")


def _make_headings(environments: Sequence[Environment]) -> list[str]:
    plugins = [one.plugin_name if one.plugin == NONE else one.plugin for one in environments]
    headings = [f"{plugin}\npy{one.python_minor}" for plugin, one in zip(plugins, environments, strict=True)]
    for trait in ("client", "pytest", "platform", "python", "pinned", "packages"):
        values: dict[str, set[str]] = {}
        for heading, one in zip(headings, environments, strict=True):
            values.setdefault(heading, set()).add(list_traits(one)[trait])
        headings = [
            f"{heading}\n{list_traits(one)[trait]}".rstrip() if len(values[heading]) > 1 else heading
            for heading, one in zip(headings, environments, strict=True)
        ]
    return ["\n".join(one_line(line, 40) for line in heading.split("\n")) for heading in headings]
