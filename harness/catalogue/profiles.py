"""Profiles: named selections of cells and environments, as `scenarios/profiles.toml` declares them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

import scenarios
from harness.catalogue.arrays import make_covering_array
from harness.catalogue.selection import parse
from harness.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell

ALL = "all"


class EnvironmentGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Environments of a profile: releases of pytest-asyncio, or `newest`, or `all`, each on some Python."""

    plugins: tuple[str, ...]
    pythons: Literal["newest", "others"] = "newest"


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One profile: the same cells in each of its environments.

    With `core_strength` its cells are the seeds of a covering array; `sampling.cover` says what the strengths and the
    share promise.
    """

    meaning: str
    environments: tuple[EnvironmentGroup, ...]
    cells: tuple[str, ...] = ()
    selections: tuple[str, ...] = ()
    include: tuple[str, ...] = ()  # profiles whose cells are part of this one
    core_strength: int | None = None
    rest_strength: int = 2
    early_share: float = 1
    more: tuple[str, ...] = ()  # added last, so that naming one changes nothing else; also where this one is included
    twins: tuple[str, ...] = ()  # axes: each cell comes with the one that differs only in having their defaults


@cache
def load_profiles() -> dict[str, Profile]:
    """name → profile."""
    path = Path(next(iter(scenarios.__path__))) / "profiles.toml"
    return msgspec.toml.decode(path.read_bytes(), type=dict[str, Profile])


def load_profile(name: str) -> Profile:
    """One profile. Raises `UnknownNameError`."""
    profiles = load_profiles()
    if name not in profiles:
        raise UnknownNameError("profile", name, profiles)
    return profiles[name]


@cache
def list_profile_cells(catalogue: Catalogue, profile: Profile) -> tuple[Cell, ...]:
    """The profile's cells without repetition, its own ids first.

    Cells that nobody can write down are left out, and so are those with values that stand alone, unless named by id.
    """
    more = [catalogue.parse(cell) for cell in _list_more(profile)]
    return _drop_excluded(catalogue, [*_list_array(catalogue, profile), *more])


def _list_more(profile: Profile) -> Iterator[str]:
    for name in profile.include:
        yield from _list_more(load_profile(name))
    yield from profile.more


@cache
def _list_array(catalogue: Catalogue, profile: Profile) -> tuple[Cell, ...]:
    """Without those that are added last."""
    cells = [catalogue.parse(cell) for cell in profile.cells]
    for name in profile.include:
        cells += _list_array(catalogue, load_profile(name))
    for text in profile.selections:
        selected = catalogue.cells(parse(text, axes=catalogue.value_names))
        cells += (cell for cell in selected if not catalogue.alone(cell))
    found = _drop_excluded(catalogue, cells)
    if profile.core_strength is not None:
        found = make_covering_array(
            catalogue,
            core_strength=profile.core_strength,
            rest_strength=profile.rest_strength,
            early_share=profile.early_share,
            always=found,
        )
    for axis in profile.twins:
        twins = [catalogue.cell({**catalogue.values(cell), axis: catalogue.defaults[axis]}) for cell in found]
        found = _drop_excluded(catalogue, [*found, *twins])
    return found


def _drop_excluded(catalogue: Catalogue, cells: Iterable[Cell]) -> tuple[Cell, ...]:
    return tuple(cell for cell in dict.fromkeys(cells) if catalogue.excluded(cell) is None)
