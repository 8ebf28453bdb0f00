"""What each command is asked to do: one frozen type a command, filled from the command line."""

from __future__ import annotations

from pathlib import Path

import msgspec


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to run, and on what. An empty tuple means: not narrowed, the profile decides.

    Versions are written as given, so "newest" is still to be resolved.
    """

    profile: str = "quick"
    select: tuple[str, ...] = ()  # each in the selection language; all must match
    cells: tuple[str, ...] = ()  # ids
    pythons: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    pytests: tuple[str, ...] = ()
    client: str = "valkey"
    valkeys: tuple[str, ...] = ()
    redises: tuple[str, ...] = ()
    server: str | None = None  # a backend's name or a URL; None: this system's default
    jobs: int | None = None  # None: one a core
    limit: float = 30.0  # seconds

    @property
    def client_versions(self) -> tuple[str, ...]:
        """Versions of the chosen client package."""
        return self.redises if self.client == "redis" else self.valkeys


class MatrixOptions(RunOptions, frozen=True, kw_only=True):
    """What `matrix` gets."""

    repeat: int = 1
    fresh: bool = False
    launcher: str = "spawn"
    results: Path = Path("results")
    json: bool = False


class FidelityOptions(RunOptions, frozen=True, kw_only=True):
    """What `fidelity` gets."""

    sample: int | None = None  # None: every cell


class CatalogueOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What `catalogue` gets."""

    json: bool = False


class EnvironmentsOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What `environments` gets."""

    json: bool = False


class ReclassifyOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What `reclassify` gets."""

    results: Path = Path("results")
    json: bool = False


class RefreshReleasesOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What `refresh-releases` gets: nothing to choose."""


class SchemaOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What `schema` gets: nothing to choose."""


REQUESTS: dict[str, type[msgspec.Struct]] = {
    "matrix": MatrixOptions,
    "fidelity": FidelityOptions,
    "catalogue": CatalogueOptions,
    "environments": EnvironmentsOptions,
    "reclassify": ReclassifyOptions,
    "refresh-releases": RefreshReleasesOptions,
    "schema": SchemaOptions,
}
