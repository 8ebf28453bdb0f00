"""What to run: the environments that the options and the profile name together, and the cells of each."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.cell import Cell
from harness.catalogue.profiles import ALL, EnvironmentGroup, group_cells, load_profile, profile_cells
from harness.catalogue.selection import parse
from harness.environments.identity import parse_pins
from harness.environments.interpreters import for_minor, newest, one_for_each_minor
from harness.environments.model import EnvironmentRequest
from harness.errors import NothingSelectedError
from harness.invocation import command_line
from harness.packages import NEWEST
from harness.suites.environments import notes_on, shared_out
from harness.suites.subject import Subject
from harness.suites.suite import load_suites

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.profiles import Profile
    from harness.cli.fields import RunOptions
    from harness.environments.model import Interpreter
    from harness.environments.releases import Releases
    from harness.suites.suite import Suite

PLUGIN = "pytest-asyncio"

SEED = 0
"""The same random sample every time."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a run will do: the cells of each environment, `repeat` times."""

    cells: tuple[Cell | Subject, ...]  # in the order in which they start
    requests: tuple[EnvironmentRequest, ...]
    repeat: int
    profile: str
    cells_by_request: dict[
        EnvironmentRequest, frozenset[Cell | Subject]
    ] = {}  # where not all of the cells run: those that do
    notes: tuple[str, ...] = ()  # what the user is told before it starts

    def cells_in(self, request: EnvironmentRequest) -> tuple[Cell | Subject, ...]:
        """The cells of one environment."""
        chosen = self.cells_by_request.get(request)
        return self.cells if chosen is None else tuple(cell for cell in self.cells if cell in chosen)

    @property
    def runs(self) -> int:
        """How many runs of a cell that is, as long as every cell can be expressed everywhere."""
        return sum(len(self.cells_in(request)) for request in self.requests) * self.repeat


def plan_run(
    options: RunOptions,
    cells: tuple[Cell | Suite, ...],
    catalogue: Catalogue,
    interpreters: Sequence[Interpreter],
    releases: Releases,
    *,
    repeat: int = 1,
) -> Plan:
    """These cells, chosen by `plan_cells`, in the environments that `plan_requests` says.

    An environment in which the profile runs only some of its cells gets those of them that are among `cells`; one for
    which none is left isn't part of the plan. Cells that were named run in every environment, and so does a suite of
    one's own, in one that has besides what the suite needs.
    """
    groups = grouped_requests(options, interpreters, releases)
    of_catalogue = tuple(cell for cell in cells if isinstance(cell, Cell))
    fewer: dict[EnvironmentRequest, frozenset[Cell | Subject]] = {
        request: frozenset(of_catalogue).intersection(group_cells(catalogue, load_profile(options.profile), group))
        for request, group in groups.items()
        if group.cells is not None and not options.cells
    }
    suites = [cell for cell in cells if not isinstance(cell, Cell)]
    if suites:
        chosen = {request: fewer.get(request, frozenset(of_catalogue)) for request in groups}
        fewer = shared_out(chosen, suites)
    requests = tuple(request for request in (fewer if suites else groups) if fewer.get(request, of_catalogue))
    return Plan(
        cells=cells,
        requests=requests,
        repeat=repeat,
        profile=options.profile,
        cells_by_request=fewer,
        notes=notes_on(suites, groups),
    )


def plan_cells(options: RunOptions, catalogue: Catalogue) -> tuple[Cell | Suite, ...]:
    """What `selected_cells` says, then the suites of one's own; with nothing but suites, nothing of the catalogue.

    Raises what `selected_cells` raises, and `UsageError` for what is no suite.
    """
    suites = load_suites(options.suites)
    if suites and not options.cells and not options.select:
        return suites
    return (*selected_cells(options, catalogue), *suites)


def selected_cells(options: RunOptions, catalogue: Catalogue) -> tuple[Cell, ...]:
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


def sample_cells(cells: Sequence[Cell | Suite], size: int | None, seed: int | str = SEED) -> tuple[Cell | Suite, ...]:
    """`size` cells chosen at random, or all."""
    if size is None or size >= len(cells):
        return tuple(cells)
    return tuple(random.Random(seed).sample(cells, size))  # noqa: S311 - no secret


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
    if reason:
        return f"It can't be written down: {reason}."
    return f"See `{command_line('catalogue')}` for the axes and their values."


def plan_requests(
    options: RunOptions, interpreters: Sequence[Interpreter], releases: Releases
) -> tuple[EnvironmentRequest, ...]:
    """The environments: Python × pytest-asyncio × pytest × client version, as far as each is named.

    What is not named is the profile's. Raises `NoInterpreterError`, `UnknownNameError`, and `UsageError` for a pin.
    """
    return tuple(grouped_requests(options, interpreters, releases))


def grouped_requests(
    options: RunOptions, interpreters: Sequence[Interpreter], releases: Releases
) -> dict[EnvironmentRequest, EnvironmentGroup]:
    """The environments, each with the first group of the profile that has it. Raises as `plan_requests`."""
    require_known(releases, PLUGIN, options.pytest_asyncio_versions)
    require_known(releases, "pytest", options.pytest_versions)
    require_known(releases, options.client, options.client_versions)
    parse_pins(options.pins, options.client)
    found: dict[EnvironmentRequest, EnvironmentGroup] = {}
    for group in groups_of(options, load_profile(options.profile)):
        for name, minor in pythons_of(options, group, interpreters):
            for plugin in plugin_versions(releases, group.plugins, minor):
                for request in requests_for(options, releases, minor, python=name, plugin=plugin):
                    found.setdefault(request, group)
    return found


def groups_of(options: RunOptions, profile: Profile) -> Sequence[EnvironmentGroup]:
    """The profile's groups as the options narrow them.

    Named releases take the place of all of the profile's, named Pythons that of the newest; the others are left out.
    """
    if options.pytest_asyncio_versions:
        return (EnvironmentGroup(plugins=options.pytest_asyncio_versions),)
    if options.python_versions:
        return [group for group in profile.environments if group.pythons == NEWEST]
    return profile.environments


def requests_for(
    options: RunOptions, releases: Releases, minor: str, *, python: str, plugin: str
) -> Iterator[EnvironmentRequest]:
    """One Python with one release of pytest-asyncio: with each version of pytest and of the client that is named."""
    for pytest in versions_or_none(releases, "pytest", options.pytest_versions, minor):
        for client_version in versions_or_none(releases, options.client, options.client_versions, minor):
            yield EnvironmentRequest(
                python=python,
                plugin=plugin,
                client=options.client,
                client_version=client_version,
                pytest=pytest,
                pins=tuple(sorted(options.pins)),
            )


def require_known(releases: Releases, package: str, versions: Iterable[str]) -> None:
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


def pythons_of(
    options: RunOptions, group: EnvironmentGroup, interpreters: Sequence[Interpreter]
) -> Iterator[tuple[str, str]]:
    """The group's Pythons, each as it is named and as a minor version."""
    if group.pythons == NEWEST:
        for name, interpreter in named_interpreters(options.python_versions, interpreters).items():
            yield name, interpreter.minor
    else:
        for interpreter in reversed(one_for_each_minor(interpreters)):
            if interpreter.minor != newest(interpreters).minor:
                yield interpreter.minor, interpreter.minor


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
