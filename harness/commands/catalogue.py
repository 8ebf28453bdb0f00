"""`catalogue`: the axes and their values, what each means, where it comes from, where it can't be expressed."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import group_cells, list_profile_cells, load_profiles
from harness.errors import ExitCode

if TYPE_CHECKING:
    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.value import NamedAxis, Value
    from harness.cli.options import CatalogueOptions

WIDTH = 118
PYTHONS = {"newest": "the newest Python", "others": "each other Python"}


def run(options: CatalogueOptions) -> int:
    """Print the catalogue as text or JSON."""
    catalogue = load_catalogue()
    if options.json:
        print(json.dumps(as_json(catalogue), indent=2, ensure_ascii=False))
    else:
        print("\n\n".join([*map(format_axis, catalogue.axes.values()), format_profiles(catalogue)]))
    return ExitCode.DONE


def list_limits(value: Value) -> list[str]:
    """Where the value can't be expressed, and why."""
    needs = [f"needs {need.requirement}: {need.reason}" for need in value.needs]
    return needs + [f"not with {rule.selection}: {rule.reason}" for rule in value.excludes]


def format_axis(axis: NamedAxis) -> str:
    """One axis and its values for people."""
    kind = "core axis" if axis.axis.core else f"extension axis, default {axis.default}"
    lines = [f"{axis.name}  ({kind})", f"  {axis.axis.question}", ""]
    width = max(map(len, axis.values)) + 2
    for name, named in axis.values.items():
        meaning = textwrap.wrap(named.value.meaning, WIDTH - width - 4)
        lines.append(f"    {name:<{width}}{meaning[0]}")
        details = [*meaning[1:], *(f"! {limit}" for limit in list_limits(named.value)), *named.value.sources]
        for detail in details:
            lines += [" " * (width + 4) + part for part in textwrap.wrap(detail, WIDTH - width - 4)]
    return "\n".join(lines)


def format_profiles(catalogue: Catalogue) -> str:
    """The profiles for people."""
    lines = ["profiles"]
    for name, profile in load_profiles().items():
        meaning = textwrap.wrap(profile.meaning, WIDTH - 14)
        lines += ["", f"    {name:<10}{meaning[0]}", *(" " * 14 + part for part in meaning[1:])]
        for group in profile.environments:
            cells = f"{len(group_cells(catalogue, profile, group))} cells: "
            text = f"pytest-asyncio {', '.join(group.plugins)} on {PYTHONS[group.pythons]}"
            lines += textwrap.wrap(cells + text, WIDTH, initial_indent=" " * 14, subsequent_indent=" " * 16)
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
                    {"plugins": list(group.plugins), "pythons": group.pythons, "cells": group.cells or name}
                    for group in profile.environments
                ],
            }
            for name, profile in load_profiles().items()
        },
    }
