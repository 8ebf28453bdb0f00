"""What each command is asked to do: one frozen type a command, filled from the command line."""

from __future__ import annotations

from pathlib import Path

import msgspec


class ServedOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How suites are run, whichever they are."""

    server: str | None = None  # a backend's name or a URL; None: this system's default
    jobs: int | None = None  # None: one a core
    limit: float = 30.0  # seconds
    memory: int = 2**30  # bytes


class RunOptions(ServedOptions, frozen=True, kw_only=True):
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
    suites: tuple[str, ...] = ()  # folders of tests
    pins: tuple[str, ...] = ()  # further "name==version"

    @property
    def client_versions(self) -> tuple[str, ...]:
        """Versions of the chosen client package."""
        return self.redises if self.client == "redis" else self.valkeys


class RecordedOptions(RunOptions, frozen=True, kw_only=True):
    """What commands get that run cells and write results."""

    launcher: str | None = None  # None: fork where the system can
    recheck: float = 1.0  # percent of the forked cells
    results: Path = Path("results")
    json: bool = False


class MatrixOptions(RecordedOptions, frozen=True, kw_only=True):
    """What `matrix` gets."""

    repeat: int = 1
    tables: tuple[str, ...] = ()  # names; empty: the first screen
    fresh: bool = False


class ControlOptions(RecordedOptions, frozen=True, kw_only=True):
    """What `control` gets."""

    repeat: int = 2
    sample: int | None = None  # None: every cell


class BackendsOptions(RecordedOptions, frozen=True, kw_only=True):
    """What `backends` gets. `server` may name several, separated by commas; None: every backend."""

    sample: int | None = None  # None: every cell


class FidelityOptions(RunOptions, frozen=True, kw_only=True):
    """What `fidelity` gets."""

    sample: int | None = None  # None: every cell
    fresh: bool = False
    rules: bool = False
    results: Path = Path("results")
    json: bool = False


class BenchmarkOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What `benchmark` gets. An empty tuple means: each part has a choice of its own."""

    parts: tuple[str, ...] = ()  # empty: all
    cells: tuple[str, ...] = ()  # ids
    pythons: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    server: str | None = None  # a backend's name or a URL; None: this system's default
    repeat: int = 10
    results: Path = Path("results")
    baseline: Path = Path("results/baseline")
    json: bool = False


class CompareOptions(RecordedOptions, frozen=True, kw_only=True):
    """What `compare` gets. The sides are as written: `harness.compare.sides` reads them.

    Only where cells or suites are named, anything is run.
    """

    before: str
    after: str
    baseline: Path = Path("results/baseline")
    every: bool = False
    fresh: bool = False
    format: str = "text"
    exit_code: bool = False


class BisectOptions(RunOptions, frozen=True, kw_only=True):
    """What `bisect` gets. One cell is to be chosen; the ends are as written, None: the oldest and the newest."""

    over: str = "pytest-asyncio"
    start: str | None = None
    end: str | None = None
    every: bool = False
    repeat: int = 2
    fresh: bool = False
    results: Path = Path("results")
    json: bool = False


class RegressOptions(RecordedOptions, frozen=True, kw_only=True):
    """What `regress` gets. Whatever isn't named is as in the baseline: no profile, no client, no versions."""

    profile: str = ""
    client: str = ""
    baseline: Path = Path("results/baseline")
    against: str = ""  # versions, as `harness.compare.sides` reads them; empty: those nearest to what is asked for
    expected: Path | None = None  # None: `expected.toml` beside the baseline, if it is there
    sample: int | None = None  # None: every cell
    fresh: bool = False
    format: str = "text"


class ReproOptions(RunOptions, frozen=True, kw_only=True):
    """What `repro` gets. One cell in one environment is to be chosen."""

    results: Path = Path("results")
    into: Path = Path("repro")
    json: bool = False


class RangesOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What `ranges` gets."""

    cells: tuple[str, ...] = ()  # ids; empty: every cell there are results of
    over: str = "pytest-asyncio"
    every: bool = False
    results: Path = Path("results")
    baseline: Path = Path("results/baseline")
    json: bool = False


class ReportedOptions(ServedOptions, frozen=True, kw_only=True):
    """What `reported` gets."""

    names: tuple[str, ...] = ()  # of reports; empty: all
    fresh: bool = False
    results: Path = Path("results")
    format: str = "text"
    json: bool = False


class CatalogueOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What `catalogue` gets."""

    json: bool = False


class EnvironmentsOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What `environments` gets."""

    json: bool = False


class BaselineOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What `baseline` gets."""

    results: Path = Path("results")
    into: Path = Path("results/baseline")
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
    "control": ControlOptions,
    "backends": BackendsOptions,
    "benchmark": BenchmarkOptions,
    "compare": CompareOptions,
    "regress": RegressOptions,
    "bisect": BisectOptions,
    "repro": ReproOptions,
    "ranges": RangesOptions,
    "reported": ReportedOptions,
    "catalogue": CatalogueOptions,
    "environments": EnvironmentsOptions,
    "baseline": BaselineOptions,
    "reclassify": ReclassifyOptions,
    "refresh-releases": RefreshReleasesOptions,
    "schema": SchemaOptions,
}
