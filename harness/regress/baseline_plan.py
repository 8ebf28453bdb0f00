"""The declared plan of a baseline, as `scenarios/baseline.toml` has it: which cells in which environments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.cell import Cell
from harness.catalogue.profiles import list_profile_cells, load_profile
from harness.catalogue.selection import parse
from harness.environments.identity import PLUGIN, read_further
from harness.environments.interpreters import find_newest
from harness.environments.model import EnvironmentRequest
from harness.errors import NothingSelectedError, UnknownNameError, UsageError
from harness.packages import CLIENTS, DEFAULT_CLIENT, NEWEST
from harness.planning.environments import (
    find_newest_release,
    require_known,
    resolve_plugin_versions,
    resolve_versions,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.catalogue.catalogue import Catalogue
    from harness.cli.fields import VersionOptions
    from harness.environments.model import Interpreter
    from harness.environments.releases import Releases


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part: its cells in each combination of its versions that can be had."""

    meaning: str
    profile: str = "standard"
    select: str = ""
    pythons: tuple[str, ...]
    plugins: tuple[str, ...] = ()  # empty: the profile's on the newest Python
    pytest: tuple[str, ...] = ()
    client: str = DEFAULT_CLIENT
    clients: tuple[str, ...] = ()
    further: tuple[str, ...] = msgspec.field(default=(), name="with")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One environment of the plan and the cells that the baseline is to hold of it."""

    part: str
    request: EnvironmentRequest
    cells: frozenset[Cell]


def load_plan(path: Path) -> dict[str, Part]:
    """name → part. Raises `UsageError` for a file that can't be read or is no plan."""
    remedy = "`scenarios/baseline.toml` is one, and says what may stand in it."
    try:
        plan = msgspec.toml.decode(path.read_bytes(), type=dict[str, Part])
    except OSError as error:
        raise UsageError(f"The plan {path} can't be read: {error.strerror}.", remedy=remedy) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no plan of a baseline: {error}.", remedy=remedy) from error
    if not plan:
        raise UsageError(f"The plan {path} is empty.", remedy=remedy)
    return plan


def choose_parts(plan: Mapping[str, Part], names: Sequence[str]) -> dict[str, Part]:
    """The parts that are named, or all. Raises `UnknownNameError`."""
    for name in names:
        if name not in plan:
            raise UnknownNameError("part", name, plan)
    return {name: part for name, part in plan.items() if name in (names or plan)}


def list_wanted(
    plan: Mapping[str, Part], catalogue: Catalogue, interpreters: Sequence[Interpreter], releases: Releases
) -> list[Wanted]:
    """What the parts want, also on Pythons that are not on this machine.

    Raises `UnknownNameError` and `UsageError` for what is named in the plan and isn't there.
    """
    found: list[Wanted] = []
    for name, part in plan.items():
        cells = choose_cells(name, part, catalogue)
        found += [
            Wanted(part=name, request=request, cells=cells) for request in list_requests(part, interpreters, releases)
        ]
    return found


def choose_cells(name: str, part: Part, catalogue: Catalogue) -> frozenset[Cell]:
    """The cells of a part. Raises `NothingSelectedError` if there are none."""
    cells: Iterable[Cell] = list_profile_cells(catalogue, load_profile(part.profile))
    if part.select:
        selection = parse(part.select, axes=catalogue.value_names)
        cells = [cell for cell in cells if selection.matches(catalogue.values(cell))]
    chosen = frozenset(cells)
    if not chosen:
        raise NothingSelectedError(
            f"No cell of profile {part.profile!r} matches {part.select!r}.",
            remedy=f"Change `select` of the part {name!r}, or its profile.",
        )
    return chosen


def list_requests(part: Part, interpreters: Sequence[Interpreter], releases: Releases) -> Iterator[EnvironmentRequest]:
    """The environments of a part; releases of pytest-asyncio and versions that a Python can't have are left out."""
    if part.client not in CLIENTS:
        raise UnknownNameError("client", part.client, CLIENTS)
    require_known(releases, PLUGIN, part.plugins)
    require_known(releases, "pytest", part.pytest)
    require_known(releases, part.client, part.clients)
    pins = [read_further([one], part.client) for one in part.further] or [()]
    for python in part.pythons:
        minor = find_newest(interpreters).minor if python == NEWEST else python
        for plugin in list_plugins(part, minor, releases):
            for pytest in resolve_versions(releases, "pytest", part.pytest, minor):
                for client_version in resolve_versions(releases, part.client, part.clients, minor):
                    named = ((PLUGIN, plugin), ("pytest", pytest), (part.client, client_version))
                    if all(version is None or releases.get(package, version).fits(minor) for package, version in named):
                        for further in pins:
                            yield EnvironmentRequest(
                                python=minor,
                                plugin=plugin,
                                client=part.client,
                                client_version=client_version,
                                pytest=pytest,
                                pins=further,
                            )


def list_plugins(part: Part, minor: str, releases: Releases) -> tuple[str, ...]:
    """The releases of pytest-asyncio for one Python, each once."""
    groups = load_profile(part.profile).environments
    named = part.plugins or [plugin for group in groups if group.pythons == NEWEST for plugin in group.plugins]
    return tuple(dict.fromkeys(resolve_plugin_versions(releases, named, minor)))


def narrow(
    wanted: Iterable[Wanted], options: VersionOptions, interpreters: Sequence[Interpreter], releases: Releases
) -> list[Wanted]:
    """What has the versions that are named. Raises `NothingSelectedError` if nothing has."""
    pins = read_further(options.pins, options.client_package)
    found = [one for one in wanted if _matches(one.request, options, pins, interpreters, releases)]
    if not found:
        raise NothingSelectedError(
            "No environment of the plan has these versions.", remedy="Leave some out; --dry-run lists the plan."
        )
    return found


def _matches(
    request: EnvironmentRequest,
    options: VersionOptions,
    pins: Iterable[str],
    interpreters: Sequence[Interpreter],
    releases: Releases,
) -> bool:
    def is_among(package: str, version: str | None, named: Sequence[str]) -> bool:
        have = version or find_newest_release(releases, package, request.python)
        return not named or have in resolve_versions(releases, package, named, request.python)

    pythons = [find_newest(interpreters).minor if each == NEWEST else each for each in options.python_versions]
    client = options.client or ("redis" if options.redis_versions else "valkey" if options.valkey_versions else "")
    client_versions = options.redis_versions if request.client == "redis" else options.valkey_versions
    return (
        (not pythons or request.python in pythons)
        and is_among(PLUGIN, request.plugin, options.pytest_asyncio_versions)
        and (not options.pytest_versions or request.pytest in options.pytest_versions)
        and client in ("", request.client)
        and is_among(request.client, request.client_version, client_versions)
        and set(pins) <= set(request.pins)
    )
