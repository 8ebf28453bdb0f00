"""`catalogue`: the axes and their values, what each means, where it comes from, where it can't be expressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profiles
from harness.errors import ExitCode
from harness.invocation import command_line
from harness.output.printing import find_terminal_width, print_json, print_lines
from harness.output.table import wrap
from harness.output.text import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.value import NamedAxis, Needs, Value
    from harness.cli.options import CatalogueOptions

PYTHONS = {"newest": "the newest Python", "others": "each other Python"}


def run(options: CatalogueOptions) -> int:
    """Print the catalogue as text or JSON."""
    catalogue = load_catalogue()
    if options.json:
        print_json(as_json(catalogue))
    else:
        width = find_terminal_width()
        axes = (format_axis(axis, width) for axis in catalogue.axes.values())
        print_lines("\n\n".join([*axes, format_profiles(catalogue, width), _describe_use()]))
    return ExitCode.DONE


def list_limits(value: Value) -> list[str]:
    """Where the value can't be expressed, and why."""
    needs = [f"needs {need.requirement}{describe_lack(need)}" for need in value.needs]
    alone = [f"in cells of its own only: {value.alone}"] if value.alone else []
    return [*needs, *(f"not with {rule.selection}: {rule.reason}" for rule in value.excludes), *alone]


def describe_lack(need: Needs) -> str:
    """Why the value can't be expressed without it. The reason for a bare name holds only where that is missing."""
    return f": {need.reason}" if ">=" in need.requirement else f": not applicable where {need.reason}"


def format_axis(axis: NamedAxis, width: int) -> str:
    """One axis and its values for people, in lines of `width` columns."""
    kind = "core axis" if axis.axis.core else f"extension axis, default {axis.default}"
    lines = [f"{axis.name}  ({kind})", f"  {axis.axis.question}", ""]
    names = max(map(len, axis.values)) + 2
    for name, named in axis.values.items():
        details = [named.value.meaning, *(f"! {limit}" for limit in list_limits(named.value)), *named.value.sources]
        lines += _format_entry(name, names, details, width)
    return "\n".join(lines)


def _format_entry(name: str, names: int, details: Iterable[str], width: int) -> Iterator[str]:
    """A name, and beside it what there is to know of it. An address is never broken: it must stay one link."""
    room = max(width - names - 4, 20)
    parts = (part for text in details for part in ([text] if "://" in text else wrap(text, room)))
    for place, part in enumerate(parts):
        yield f"    {'' if place else name:<{names}}{part}"


def _describe_use() -> str:
    example = "--select 'fixture_scope=session and loop_policy=default'"
    return f"Run cells with these values: {command_line('matrix', example)}"


def format_profiles(catalogue: Catalogue, width: int) -> str:
    """The profiles for people, in lines of `width` columns."""
    lines = ["profiles"]
    for name, profile in load_profiles().items():
        details = [f"{count(len(list_profile_cells(catalogue, profile)), 'cell')}: {profile.meaning}"]
        details += [
            f"pytest-asyncio {', '.join(one.plugins)} on {PYTHONS[one.pythons]}" for one in profile.environments
        ]
        lines += ["", *_format_entry(name, 10, details, width)]
    return "\n".join(lines)


def as_json(catalogue: Catalogue) -> dict[str, Any]:
    """The same for programs."""
    return {
        "axes": [
            {
                "name": axis.name,
                "question": axis.axis.question,
                "core": axis.axis.core,
                "default": axis.default,
                "values": [
                    {
                        "name": name,
                        "meaning": named.value.meaning,
                        "sources": list(named.value.sources),
                        "needs": [{"requirement": n.requirement, "reason": n.reason} for n in named.value.needs],
                        "excludes": [{"selection": e.selection, "reason": e.reason} for e in named.value.excludes],
                        "alone": named.value.alone,
                    }
                    for name, named in axis.values.items()
                ],
            }
            for axis in catalogue.axes.values()
        ],
        "profiles": {
            name: {
                "meaning": profile.meaning,
                "cells": [cell.id for cell in list_profile_cells(catalogue, profile)],
                "environments": [
                    {"plugins": list(group.plugins), "pythons": group.pythons} for group in profile.environments
                ],
            }
            for name, profile in load_profiles().items()
        },
    }
