"""The pages that are made from code and data: the commands, the signatures, the catalogue and the advice."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from docs.advice import make_advice_page
from docs.links import as_link
from docs.signature_pages import signature_pages
from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profiles
from harness.cli.reference import make_reference
from harness.commands.catalogue import PYTHONS, describe_lack

if TYPE_CHECKING:
    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.value import NamedAxis, NamedValue

ROOT = Path(__file__).resolve().parents[1]

CATALOGUE_HEAD = """# Catalogue

<!-- Made from scenarios/ by `python -m docs`. -->

A cell is one value for each axis. Its id has the core axes in the order below,
`loop_policy/fixture_scope/creation_site/cleanup_style`. After `@` follow the other axes, where they are not at their
default: `default/session/async_fixture/aclose@loop_scope=session`.
"""

PROFILES = """A profile is a named selection of cells and environments: `--profile NAME`. The same cells run in each of
its environments. A cell that can't be expressed in one of them is not applicable there."""


@cache
def reference_pages() -> dict[Path, str]:
    """Each page that is made, by its path."""
    folder = ROOT / "docs"
    return {
        folder / "cli.md": make_reference(),
        folder / "catalogue.md": catalogue_page(),
        folder / "advice.md": make_advice_page(as_link),
        **{folder / name: text for name, text in signature_pages().items()},
    }


def catalogue_page() -> str:
    """The page of all axes, their values and the profiles."""
    catalogue = load_catalogue()
    axes = [axis_section(axis) for axis in catalogue.axes.values()]
    return "\n".join([CATALOGUE_HEAD, *axes, profiles_section(catalogue)])


def axis_section(axis: NamedAxis) -> str:
    """One axis and its values."""
    kind = "Core axis" if axis.axis.core else "Further axis"
    question = axis.axis.question.rstrip("?.")
    values = [value_item(value) for value in axis.values.values()]
    return "\n".join([f"## {axis.name}", "", f"{kind}, default `{axis.default}`. {question}?", "", *values, ""])


def value_item(value: NamedValue) -> str:
    """What a value means, where it can't be expressed, and where it comes from."""
    needs = [f"  - needs `{need.requirement}`{describe_lack(need)}" for need in value.value.needs]
    excludes = [f"  - not with `{rule.selection}`: {rule.reason}" for rule in value.value.excludes]
    sources = f"  - from {', '.join(as_link(source) for source in value.value.sources)}"
    alone = [f"  - in cells of its own only: {value.value.alone}"] if value.value.alone else []
    return "\n".join([f"- **`{value.name}`**: {value.value.meaning}", *needs, *excludes, *alone, sources])


def profiles_section(catalogue: Catalogue) -> str:
    """The profiles: how many cells run where."""
    lines = ["## Profiles", "", PROFILES, ""]
    for name, profile in load_profiles().items():
        lines += [f"### {name}", "", f"{len(list_profile_cells(catalogue, profile)):,} cells: {profile.meaning}.", ""]
        lines += [
            f"- on {PYTHONS[each.pythons]}, pytest-asyncio {', '.join(each.plugins)}" for each in profile.environments
        ]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"
