"""Covering arrays: nothing that can be written down is missing, by a count that knows nothing of how they are made."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.catalogue.cell import CORE_AXES
from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profile
from harness.catalogue.sampling import Space, cover
from harness.catalogue.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.catalogue.cell import Cell

CATALOGUE = load_catalogue()
SMOKE = list_profile_cells(CATALOGUE, load_profile("smoke"))
SPACE = Space(CATALOGUE)
NEW, OLD = "1.5.0", "0.21.2"
TARGETS = {
    NEW: {"pytest-asyncio": NEW, "python": "3.13", "uvloop": "0.22.1", "anyio": "4.12.0"},
    OLD: {"pytest-asyncio": OLD, "python": "3.10"},
}
COMBINED = {
    name: [value.name for value in axis.values.values() if not value.value.alone]
    for name, axis in CATALOGUE.axes.items()
}
ANY_CELL = st.fixed_dictionaries({axis: st.sampled_from(names) for axis, names in COMBINED.items()}).map(CATALOGUE.cell)
Combination = tuple[tuple[str, str], ...]


@cache
def writable(cell: Cell, plugin: str) -> bool:
    target = Target(platform="linux", client="valkey", versions=TARGETS[plugin])
    return CATALOGUE.not_applicable(cell, target) is None


def combinations_in(cells: Iterable[Cell], axes: Iterable[str], strength: int) -> set[Combination]:
    names = list(itertools.combinations(axes, strength))
    rows = map(CATALOGUE.values, cells)
    return {tuple((axis, row[axis]) for axis in chosen) for row in rows for chosen in names}


def with_core_completed(values: Mapping[str, str]) -> Iterator[Cell]:
    """Every cell with these values and every choice on the other core axes."""
    choices = [[values[axis]] if axis in values else COMBINED[axis] for axis in CORE_AXES]
    for names in itertools.product(*choices):
        yield CATALOGUE.cell({**values, **dict(zip(CORE_AXES, names, strict=True))})


def missing_in_the_core(cells: Iterable[Cell], strength: int, plugin: str) -> set[Combination]:
    plain = [cell for cell in cells if not cell.extensions and writable(cell, plugin)]
    possible = [cell for cell in with_core_completed({}) if writable(cell, plugin)]
    return combinations_in(possible, CORE_AXES, strength) - combinations_in(plain, CORE_AXES, strength)


def can_be_written(values: Mapping[str, str], plugin: str) -> bool:
    return any(writable(cell, plugin) for cell in with_core_completed(values))


@cache
def possible_pairs(plugin: str) -> set[Combination]:
    values = [
        (axis, name) for axis, names in COMBINED.items() for name in names if can_be_written({axis: name}, plugin)
    ]
    every = {(one, other) for one, other in itertools.combinations(values, 2) if one[0] != other[0]}
    return {pair for pair in every if can_be_written(dict(pair), plugin)}


def missing_pairs(cells: Iterable[Cell], plugin: str) -> set[Combination]:
    met = combinations_in([cell for cell in cells if writable(cell, plugin)], CATALOGUE.axes, 2)
    return possible_pairs(plugin) - met


@cache
def sample(core_strength: int, always: tuple[Cell, ...] = ()) -> tuple[Cell, ...]:
    return cover(SPACE, core_strength=core_strength, rest_strength=2, always=always)


@pytest.mark.parametrize(("core_strength", "always"), [(2, SMOKE), (3, ())], ids=["with seeds", "alone"])
def test_nothing_is_missing_on_new_versions_nor_on_old_ones(core_strength: int, always: tuple[Cell, ...]) -> None:
    cells = sample(core_strength, always)
    for plugin in (NEW, OLD):
        assert not missing_in_the_core(cells, core_strength, plugin)
        assert not missing_pairs(cells, plugin)


def test_what_is_taken_away_is_found_to_be_missing() -> None:
    without = [cell for cell in sample(3) if (cell.fixture_scope, cell.cleanup_style) != ("class", "close")]
    pair = (("fixture_scope", "class"), ("cleanup_style", "close"))
    assert missing_in_the_core(without, 2, NEW) == {pair}
    assert pair in missing_pairs(without, NEW)


@given(ANY_CELL)
def test_the_sampler_agrees_with_the_catalogue_on_what_can_be_written(cell: Cell) -> None:
    assert SPACE.allows(cell) == writable(cell, NEW)


@given(ANY_CELL.filter(lambda cell: writable(cell, NEW)))
def test_every_pair_of_any_cell_that_can_be_written_is_met(cell: Cell) -> None:
    assert combinations_in([cell], CATALOGUE.axes, 2) <= combinations_in(sample(2), CATALOGUE.axes, 2)


@pytest.mark.parametrize("core_strength", [2, 3])
def test_no_cell_is_there_twice_or_can_not_be_written(core_strength: int) -> None:
    cells = sample(core_strength, SMOKE)
    assert len(set(cells)) == len(cells)
    assert all(writable(cell, NEW) for cell in cells)


def test_what_is_always_part_of_it_comes_first_and_only_if_it_can_be_written() -> None:
    impossible = CATALOGUE.parse("default/session/inside_test/none")
    assert sample(2, (impossible, *SMOKE))[: len(SMOKE)] == SMOKE
    assert impossible not in sample(2, (impossible, *SMOKE))


def least(strength: int) -> int:
    """No fewer core cells can have every combination: a cell has only one of those of the same axes."""
    possible = [cell for cell in with_core_completed({}) if writable(cell, NEW)]
    return max(len(combinations_in(possible, axes, strength)) for axes in itertools.combinations(CORE_AXES, strength))


@pytest.mark.parametrize("always", [(), SMOKE], ids=["alone", "with seeds"])
def test_an_array_of_three_of_four_axes_is_hardly_larger_than_it_must_be(always: tuple[Cell, ...]) -> None:
    assert sum(not cell.extensions for cell in sample(3, always)) <= 1.05 * least(3)


def test_the_same_catalogue_gives_the_same_cells_in_another_process() -> None:
    program = (
        "from harness.catalogue.loading import load_catalogue\n"
        "from harness.catalogue.sampling import Space, cover\n"
        "for cell in cover(Space(load_catalogue()), core_strength=2, rest_strength=2): print(cell)\n"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        printed = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        assert printed.stdout.split() == [cell.id for cell in sample(2)]


@pytest.mark.parametrize(("profile", "core_strength"), [("quick", 1), ("standard", 3)])
def test_a_profile_has_the_strength_that_it_promises_on_new_versions_and_on_old_ones(
    profile: str, core_strength: int
) -> None:
    cells = list_profile_cells(CATALOGUE, load_profile(profile))
    for plugin in (NEW, OLD):
        assert not missing_in_the_core(cells, core_strength, plugin)
    assert not missing_pairs(cells, NEW)
    most_missing = 1 - load_profile(profile).early_share
    assert len(missing_pairs(cells, OLD)) <= most_missing * len(possible_pairs(OLD))


def test_quick_is_hardly_larger_than_its_own_cells_and_the_pairs_of_the_two_largest_axes() -> None:
    pairs = max(
        sum((one[0], other[0]) == axes for one, other in possible_pairs(NEW))
        for axes in itertools.combinations(CATALOGUE.axes, 2)
    )
    named = {cell for name in ("smoke", "quick") for cell in load_profile(name).cells}
    assert len(list_profile_cells(CATALOGUE, load_profile("quick"))) <= 1.05 * (len(named) + pairs)
