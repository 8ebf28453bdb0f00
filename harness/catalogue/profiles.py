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
    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell

ALL = "all"


class EnvironmentGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Environments of a profile: releases of pytest-asyncio, or `newest`, or `all`, each on some Python."""

    plugins: tuple[str, ...]
    pythons: Literal["newest", "others"] = "newest"
    cells: str | None = None  # the profile whose cells run there; None: all cells of the profile that this is a part of


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One profile.

    With `core_strength` its cells are the seeds of a covering array; `sampling.cover` says what the strengths promise.
    """

    meaning: str
    environments: tuple[EnvironmentGroup, ...]
    cells: tuple[str, ...] = ()
    selections: tuple[str, ...] = ()
    include: tuple[str, ...] = ()  # profiles whose cells are part of this one
    core_strength: int | None = None
    rest_strength: int = 2


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
    """The profile's cells without repetition, its own ids first. Cells that nobody can write down are left out."""
    cells = [catalogue.parse(cell) for cell in profile.cells]
    for name in profile.include:
        cells += list_profile_cells(catalogue, load_profile(name))
    for text in profile.selections:
        cells += catalogue.cells(parse(text, axes=catalogue.value_names))
    found = tuple(cell for cell in dict.fromkeys(cells) if catalogue.excluded(cell) is None)
    if profile.core_strength is None:
        return found
    return make_covering_array(
        catalogue, core_strength=profile.core_strength, rest_strength=profile.rest_strength, always=found
    )


def group_cells(catalogue: Catalogue, profile: Profile, group: EnvironmentGroup) -> tuple[Cell, ...]:
    """The cells that run in a group of the profile's environments."""
    return list_profile_cells(catalogue, load_profile(group.cells) if group.cells else profile)
