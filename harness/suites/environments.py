"""Where users' suites run: in the environments that were asked for, with what each suite needs added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness.environments.identity import PLUGIN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from harness.catalogue.cell import Cell
    from harness.environments.model import Environment, EnvironmentRequest
    from harness.suites.subject import Subject
    from harness.suites.suite import Suite

    Shares = dict[EnvironmentRequest, frozenset[Cell | Subject]]

NAMED = 6
"""Packages that one note lists."""


def add_needs(request: EnvironmentRequest, suite: Suite) -> EnvironmentRequest:
    """The environment with what the suite needs and, where no version of a client is named, the client that it uses.

    Versions of what is under test give way. An environment that is not ours, or a copy of one, has everything already;
    of two clients that are in it, the suite's is the one that counts.
    """
    if request.existing is not None:
        there = request.existing.installed
        if request.copied or suite.client not in there:
            return request
        return msgspec.structs.replace(request, client=suite.client, client_version=there[suite.client])
    client = suite.client if suite.client and request.client_version is None else request.client
    own = msgspec.structs.replace(request, client=client)
    chosen = {*_list_named(own)}
    lines = tuple(dict.fromkeys(_drop_versions(suite.needed.lines, chosen, {*chosen, "pytest", client})))
    if not lines:
        return own
    return msgspec.structs.replace(
        own,
        requirements=lines,
        constraints=tuple(line for line in suite.needed.constraints if _name(line) not in chosen),
        preferences=tuple(pin for pin in suite.needed.preferences if _name(pin) not in {*chosen, client}),
    )


def _list_named(request: EnvironmentRequest) -> Iterator[str]:
    """The packages of which the request says which version there is."""
    yield PLUGIN
    if request.pytest is not None:
        yield "pytest"
    if request.client_version is not None:
        yield request.client
    yield from map(_name, request.pins)


def _drop_versions(lines: Iterable[str], chosen: Collection[str], there: Collection[str]) -> Iterator[str]:
    """The lines without versions of `chosen`, and without bare names of what is `there` anyway. Extras stay."""
    for line in lines:
        requirement = Requirement(line)
        if canonicalize_name(requirement.name) in chosen:
            requirement.specifier = Requirement(requirement.name).specifier
        if requirement.extras or requirement.specifier or canonicalize_name(requirement.name) not in there:
            yield str(requirement)


def share_out(
    chosen: Mapping[EnvironmentRequest, Iterable[Cell | Subject]],
    suites: Mapping[Suite, Iterable[EnvironmentRequest]],
) -> Shares:
    """What runs in which environment: what was `chosen`, and each suite where its needs are installed."""
    shares: Shares = {request: frozenset(cells) for request, cells in chosen.items()}
    for suite, requests in suites.items():
        for request in requests:
            own = add_needs(request, suite)
            shares[own] = shares.get(own, frozenset()) | {suite}
    return {request: cells for request, cells in shares.items() if cells}


def collect_notes(suites: Iterable[Suite], requests: Collection[EnvironmentRequest] = ()) -> tuple[str, ...]:
    """What was read and what is done otherwise than the suites' files say, a line each."""
    return tuple(
        dict.fromkeys(
            f"{suite.id}: {note}"
            for suite in suites
            for note in (suite.needed.read, *suite.needed.notes, _describe_releases(suite, requests))
            if note
        )
    )


def _describe_releases(suite: Suite, requests: Iterable[EnvironmentRequest]) -> str:
    """Which releases of the plugin the suite's files ask for, where it runs on others; empty where it doesn't."""
    asked = [
        each
        for each in map(Requirement, dict.fromkeys((*suite.needed.lines, *suite.needed.constraints)))
        if canonicalize_name(each.name) == PLUGIN and each.specifier
    ]
    others = [
        request
        for request in requests
        if request.existing is None
        for each in asked
        if _is_unmet(each, request.plugin, request.python, f"{request.python}.0")
    ]
    return f"its files ask for {' and '.join(map(str, asked))}; other releases run here too" if others else ""


def describe_departures(suite: Suite, environment: Environment) -> str:
    """Which versions the environment has that the suite's files don't ask for; empty if it has none.

    Not of the plugin, whose releases are what the run is about: `collect_notes` has that, once for all environments.
    """
    unmet = list(dict.fromkeys(_find_unmet((*suite.needed.lines, *suite.needed.constraints), environment)))
    under_test = (PLUGIN, environment.client)
    locked = (pin for pin in suite.needed.preferences if _name(pin) not in under_test)
    moved = list(_find_moved(locked, environment))
    found = {"its files ask for": unmet, "its lock file names": moved}
    parts = [f"other versions than {what}: {_list_some(texts)}" for what, texts in found.items() if texts]
    return "; and ".join(parts)


def _find_unmet(lines: Iterable[str], environment: Environment) -> Iterator[str]:
    for requirement in map(Requirement, lines):
        name = canonicalize_name(requirement.name)
        version = environment.installed.get(name)
        if version and name != PLUGIN and _is_unmet(requirement, version, environment.python_minor, environment.python):
            yield f"{requirement.name} {version}, not {requirement.specifier}"


def _is_unmet(requirement: Requirement, version: str, minor: str, full: str) -> bool:
    """Whether the requirement applies to that Python and this isn't a version that it allows."""
    markers = {"python_version": minor, "python_full_version": full}
    applies = requirement.marker is None or requirement.marker.evaluate(markers)
    return applies and not requirement.specifier.contains(version, prereleases=True)


def _find_moved(pins: Iterable[str], environment: Environment) -> Iterator[str]:
    for pin in pins:
        name, _, version = pin.partition("==")
        installed = environment.installed.get(name)
        if installed and installed != version:
            yield f"{name} {installed}, not {version}"


def _list_some(texts: Sequence[str]) -> str:
    more = len(texts) - NAMED
    return ", ".join(texts[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _name(line: str) -> str:
    return canonicalize_name(Requirement(line).name)
