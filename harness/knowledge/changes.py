"""What differs between two cells, or two environments: changes, and what they are in plain words."""

from __future__ import annotations

from functools import cache
from operator import ne
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from harness.environments.identity import PLUGIN
from harness.habits.case_words import find_runner_of, fit_meaning
from harness.knowledge.model import Change
from harness.packages import NONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.environments.model import Environment

PYTHON = "python"


def describe_change(catalogue: Catalogue, change: Change, cell: str) -> str:
    """`fixture_scope session → function: a client fixture for each test`; without a meaning, of versions.

    `cell` is the one that it leads to.
    """
    text = f"{change.axis} {change.before} → {change.after}"
    axis = catalogue.axes.get(change.axis)
    value = axis.values.get(change.after) if axis else None
    return f"{text}: {fit_meaning(value.value.meaning, change.axis, find_runner_of(cell))}" if value else text


def count_changes(before: Mapping[str, str], after: Mapping[str, str]) -> int:
    """In how many axes two cells differ."""
    return sum(map(ne, before.values(), after.values()))


def list_changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    """The axes in which two cells differ."""
    return tuple(
        Change(axis=axis, before=value, after=after[axis]) for axis, value in before.items() if after[axis] != value
    )


def list_neighbours(catalogue: Catalogue, cell: Cell) -> tuple[Cell, ...]:
    """The cells that differ from it in the value of one axis and that one can write down."""
    values = catalogue.values(cell)
    changed = (
        catalogue.cell(values | {axis: value})
        for axis, names in catalogue.value_names.items()
        for value in names
        if value != values[axis]
    )
    return tuple(one for one in changed if catalogue.excluded(one) is None)


def list_version_changes(before: Environment, after: Environment) -> tuple[Change, ...]:
    """The versions that are asked for differently; none where more than versions differs.

    What follows from the day on which a release was current, such as the version of pytest, is no change of its own.
    """
    same = (before.platform, before.implementation, before.client) == (
        after.platform,
        after.implementation,
        after.client,
    )
    own, others = list_further_parts(before), list_further_parts(after)
    if not same or own != others or NONE in (before.plugin, after.plugin):
        return ()
    pairs = {
        PYTHON: (before.python_minor, after.python_minor),
        PLUGIN: (before.plugin, after.plugin),
        before.client: (before.client_version, after.client_version),
    }
    if names_pytest(before) or names_pytest(after):
        pairs["pytest"] = (before.pytest, after.pytest)
    return tuple(Change(axis=name, before=one, after=other) for name, (one, other) in pairs.items() if one != other)


def list_further_parts(environment: Environment) -> list[str]:
    """What its id names besides the versions that every id names, and pytest."""
    return [part for part in environment.id.split("/")[4:] if part != f"pytest-{environment.pytest}"]


def names_pytest(environment: Environment) -> bool:
    """Whether its pytest was asked for, and isn't just that of the time."""
    return f"pytest-{environment.pytest}" in environment.id.split("/")


def is_version(change: Change) -> bool:
    """Whether it is another version, not another value of an axis."""
    return read_version(change.before) is not None


def is_upgrade(change: Change) -> bool:
    """Whether it is a later version of a package."""
    before, after = read_version(change.before), read_version(change.after)
    return before is not None and after is not None and after > before


@cache
def read_version(text: str) -> Version | None:
    """None for what is none, such as the value of an axis."""
    try:
        return Version(text)
    except InvalidVersion:
        return None
