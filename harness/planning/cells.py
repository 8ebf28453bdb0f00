"""Which cells run: those that are named, those of a profile that match each selection, or a sample."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from harness.catalogue.profiles import list_profile_cells, load_profile
from harness.catalogue.selection import parse
from harness.errors import NothingSelectedError
from harness.invocation import command_line
from harness.planning.suites import read_suites

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.cli.fields import RunOptions
    from harness.suites.suite import Suite

SEED = 0
"""The same random sample every time."""


def plan_cells(options: RunOptions, catalogue: Catalogue) -> tuple[Cell | Suite, ...]:
    """What `select_cells` says, then the suites of one's own; with nothing but suites, nothing of the catalogue.

    Raises what `select_cells` raises, and `UsageError` for what is no suite.
    """
    suites = read_suites(options)
    if suites and not options.cells and not options.select:
        return suites
    return (*select_cells(options, catalogue), *suites)


def select_cells(options: RunOptions, catalogue: Catalogue) -> tuple[Cell, ...]:
    """The cells that were named, or those of the profile that match every selection.

    Raises `NothingSelectedError` when nothing matches, `UsageError` for what is no cell id or no selection.
    """
    selections = [parse(text, axes=catalogue.value_names) for text in options.select]
    if options.cells:
        universe = tuple(dict.fromkeys(catalogue.parse(cell) for cell in options.cells))
    else:
        universe = list_profile_cells(catalogue, load_profile(options.profile))
    cells = tuple(
        cell for cell in universe if all(selection.matches(catalogue.values(cell)) for selection in selections)
    )
    if not cells:
        raise NothingSelectedError(describe_selection(options), remedy=suggest_cells(options, catalogue))
    return cells


def sample_cells(cells: Sequence[Cell | Suite], size: int | None, seed: int | str = SEED) -> tuple[Cell | Suite, ...]:
    """`size` cells chosen at random, or all."""
    if size is None or size >= len(cells):
        return tuple(cells)
    return tuple(random.Random(seed).sample(cells, size))  # noqa: S311 - no secret


def describe_selection(options: RunOptions) -> str:
    """Which selection matched nothing."""
    selected = " and ".join(f"({text})" if len(options.select) > 1 else text for text in options.select)
    where = "the named cells" if options.cells else f"profile {options.profile!r}"
    return f"No cell of {where} matches {selected!r}."


def suggest_cells(options: RunOptions, catalogue: Catalogue) -> str:
    """How to get what was meant."""
    text = " and ".join(f"({each})" for each in options.select)
    matching = list(catalogue.cells(parse(text, axes=catalogue.value_names)))
    possible = [cell for cell in matching if catalogue.excluded(cell) is None]
    if possible:
        return (
            f"{len(possible)} cells of the catalogue do; name them with --cell {possible[0].id}, or add --profile full."
        )
    reason = next(filter(None, map(catalogue.excluded, matching)), None)
    if reason:
        return f"It can't be written down: {reason}."
    return f"See `{command_line('catalogue')}` for the axes and their values."
