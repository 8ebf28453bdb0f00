"""What to run: the cells and the environments that the options and the profile name together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.cell import Cell
from harness.catalogue.profiles import ALL, NEWEST, load_profile, profile_cells
from harness.environments.interpreters import for_minor, newest, one_for_each_minor
from harness.environments.model import EnvironmentRequest
from harness.errors import NothingSelectedError
from harness.selecting import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.profiles import Profile
    from harness.environments.model import Interpreter
    from harness.environments.releases import Releases
    from harness.requests import RunOptions

PLUGIN = "pytest-asyncio"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a run will do: each cell in each environment, `repeat` times."""

    cells: tuple[Cell, ...]
    requests: tuple[EnvironmentRequest, ...]
    repeat: int
    profile: str


def plan_cells(options: RunOptions, catalogue: Catalogue) -> tuple[Cell, ...]:
    """The cells that were named, or those of the profile that match every selection.

    Raises `NothingSelectedError` when nothing matches, `UsageError` for what is no cell id or no selection.
    """
    selections = [parse(text, axes=catalogue.value_names) for text in options.select]
    if options.cells:
        universe = tuple(dict.fromkeys(catalogue.parse(cell) for cell in options.cells))
    else:
        universe = profile_cells(catalogue, load_profile(options.profile))
    cells = tuple(
        cell for cell in universe if all(selection.matches(catalogue.values(cell)) for selection in selections)
    )
    if not cells:
        raise NothingSelectedError(nothing_matches(options), remedy=where_it_would(options, catalogue))
    return cells


def nothing_matches(options: RunOptions) -> str:
    """Which selection matched nothing."""
    selected = " and ".join(f"({text})" if len(options.select) > 1 else text for text in options.select)
    where = "the named cells" if options.cells else f"profile {options.profile!r}"
    return f"No cell of {where} matches {selected!r}."


def where_it_would(options: RunOptions, catalogue: Catalogue) -> str:
    """How to get what was meant."""
    text = " and ".join(f"({each})" for each in options.select)
    matching = list(catalogue.cells(parse(text, axes=catalogue.value_names)))
    possible = [cell for cell in matching if catalogue.excluded(cell) is None]
    if possible:
        return (
            f"{len(possible)} cells of the catalogue do; name them with --cell {possible[0].id}, or add --profile full."
        )
    reason = next(filter(None, map(catalogue.excluded, matching)), None)
    return f"It can't be written down: {reason}." if reason else "See `nox -s catalogue` for the axes and their values."


def plan_requests(
    options: RunOptions, interpreters: Sequence[Interpreter], releases: Releases
) -> tuple[EnvironmentRequest, ...]:
    """The environments: Python × pytest-asyncio × pytest × client version, as far as each is named.

    Without `--python` and `--pytest-asyncio` the profile's releases run on the newest interpreter, and, where the
    profile says so, the newest release runs on each other interpreter. Raises `NoInterpreterError` and
    `UnknownNameError`.
    """
    profile = load_profile(options.profile)
    known(releases, PLUGIN, options.plugins)
    known(releases, "pytest", options.pytests)
    known(releases, options.client, options.client_versions)
    requests = [
        EnvironmentRequest(
            python=name, plugin=plugin, client=options.client, client_version=client_version, pytest=pytest
        )
        for name, minor, plugins in pythons_and_plugins(options, profile, interpreters)
        for plugin in plugin_versions(releases, plugins, minor)
        for pytest in versions_or_none(releases, "pytest", options.pytests, minor)
        for client_version in versions_or_none(releases, options.client, options.client_versions, minor)
    ]
    return tuple(dict.fromkeys(requests))


def known(releases: Releases, package: str, versions: Iterable[str]) -> None:
    """Raise `UnknownNameError` for a version that was never released."""
    for version in versions:
        if version != NEWEST:
            releases.get(package, version)


def versions_or_none(releases: Releases, package: str, versions: Sequence[str], python: str) -> Iterator[str | None]:
    """The versions asked for, with `newest` the newest that the Python can have; None where none was asked for."""
    if not versions:
        yield None
    for version in versions:
        yield newest_release(releases, package, python) if version == NEWEST else version


def newest_release(releases: Releases, package: str, python: str) -> str:
    """The newest release that the Python can have; the newest of all where it can have none, so that it is told."""
    release = releases.newest(package, python=python) or releases.newest(package)
    assert release is not None, f"releases.json lists no release of {package}"
    return release.version


def pythons_and_plugins(
    options: RunOptions, profile: Profile, interpreters: Sequence[Interpreter]
) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Each Python as it is named and as a minor version, with the releases of pytest-asyncio to run on it."""
    for name, interpreter in named_interpreters(options.pythons, interpreters).items():
        yield name, interpreter.minor, options.plugins or profile.plugins
    if profile.every_python and not (options.pythons or options.plugins):
        for interpreter in reversed(one_for_each_minor(interpreters)):
            yield interpreter.minor, interpreter.minor, (NEWEST,)


def named_interpreters(names: Sequence[str], interpreters: Sequence[Interpreter]) -> dict[str, Interpreter]:
    """The interpreters that `3.12`, `3.12.1` or `newest` mean here, each once; the newest where none is named."""
    found: dict[Interpreter, str] = {}
    for name in names or (NEWEST,):
        interpreter = newest(interpreters) if name == NEWEST else for_minor(interpreters, name)
        found.setdefault(interpreter, interpreter.minor if name == NEWEST else name)
    return {name: interpreter for interpreter, name in found.items()}


def plugin_versions(releases: Releases, names: Iterable[str], python: str) -> Iterator[str]:
    """The versions that versions, `newest` and `all` mean for a Python."""
    for name in names:
        if name == ALL:
            yield from (release.version for release in releases.versions(PLUGIN, python=python))
        else:
            yield newest_release(releases, PLUGIN, python) if name == NEWEST else name
