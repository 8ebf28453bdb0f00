"""What was given on a command line, as one writes it again."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, cast, get_type_hints

from cyclopts import Group, Parameter

from harness.cli.fields import RUN_GROUPS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from harness.cli.fields import RunOptions


def list_given_for_running(options: object) -> Iterator[str]:
    """The flags of options that say what is run or how, and that aren't at their default.

    An option that a variable stands in for isn't among them: the variable may be set all the time.
    """
    hints = get_type_hints(type(options), include_extras=True)
    for one in dataclasses.fields(options):  # type: ignore[arg-type]
        parameter = Parameter.combine(*getattr(hints[one.name], "__metadata__", ()))
        groups = cast("tuple[Group, ...]", parameter.group)
        given = getattr(options, one.name) != one.default
        if given and not RUN_GROUPS.isdisjoint(groups) and not parameter.env_var:
            yield from cast("tuple[str, ...]", parameter.name)


def write_options(options: RunOptions, *, without: Collection[str] = ()) -> list[str]:
    """What was given of what is run and how, as one writes it.

    What is named `without` is left out, and so is an option that a variable stands in for: the variable is still there.
    """
    hints = get_type_hints(type(options), include_extras=True)
    words: list[str] = []
    for one in dataclasses.fields(options):
        parameter = Parameter.combine(*getattr(hints[one.name], "__metadata__", ()))
        value = getattr(options, one.name)
        if one.name in without or value == one.default or parameter.env_var or not one.kw_only:
            continue
        if RUN_GROUPS.isdisjoint(cast("tuple[Group, ...]", parameter.group)):
            continue
        (flag,) = cast("tuple[str, ...]", parameter.name)
        for each in value if isinstance(value, tuple) else (value,):
            words += [flag] if each is True else [flag, str(each)]
    return words


def write_sides(options: RunOptions) -> list[str]:
    """What was given without a flag, in order."""
    given = (getattr(options, one.name) for one in dataclasses.fields(options) if not one.kw_only)
    return [str(value) for value in given if value != ""]
