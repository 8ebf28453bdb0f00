"""In which environments: each Python, release of pytest-asyncio, pytest and client that is named or the profile's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.profiles import ALL, EnvironmentGroup, load_profile
from harness.environments.identity import read_further, split_implementation
from harness.environments.interpreters import choose_for_each_minor, find_for_minor, find_newest
from harness.environments.model import EnvironmentRequest
from harness.packages import NEWEST
from harness.planning.existing import request_copy, request_existing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.catalogue.profiles import Profile
    from harness.cli.fields import RunOptions
    from harness.environments.model import Interpreter
    from harness.environments.releases import Releases

PLUGIN = "pytest-asyncio"


def plan_requests(
    options: RunOptions, interpreters: Sequence[Interpreter], releases: Releases
) -> tuple[EnvironmentRequest, ...]:
    """The environments: Python × pytest-asyncio × pytest × client version, as far as each is named.

    What is not named is the profile's. With an environment that is already there, it is that one alone, or its copies
    with the versions that are named. Raises `NoInterpreterError`, `UnknownNameError`, and `UsageError` for a pin.
    """
    require_known(releases, PLUGIN, options.pytest_asyncio_versions)
    require_known(releases, "pytest", options.pytest_versions)
    for client, versions in options.versions_by_client.items():
        require_known(releases, client, versions)
    read_further(options.pins, options.client_package)
    if options.environment is not None:
        return tuple(dict.fromkeys(plan_in_existing(options, interpreters, releases)))
    found: dict[EnvironmentRequest, None] = {}
    for group in narrow_groups(options, load_profile(options.profile)):
        for name, minor in find_pythons(options, group, interpreters):
            for plugin in resolve_plugin_versions(releases, group.plugins, minor):
                found |= dict.fromkeys(combine_requests(options, releases, minor, python=name, plugin=plugin))
    return tuple(found)


def plan_in_existing(
    options: RunOptions, interpreters: Sequence[Interpreter], releases: Releases
) -> Iterator[EnvironmentRequest]:
    """The environment as it is; where versions are named, a copy for each combination of them."""
    base = request_copy(options)
    named = (options.pytest_asyncio_versions, options.pytest_versions, *options.versions_by_client.values())
    if not any((options.python_versions, options.pins, *named)):
        yield request_existing(options)
        return
    pythons = {base.python: split_implementation(base.python)[1]}
    if options.python_versions:
        pythons = {name: one.minor for name, one in find_interpreters(options.python_versions, interpreters).items()}
    client_versions = options.versions_by_client.get(base.client, ())
    for name, minor in pythons.items():
        for plugin in resolve_versions(releases, PLUGIN, options.pytest_asyncio_versions, minor):
            for pytest in resolve_versions(releases, "pytest", options.pytest_versions, minor):
                for client_version in resolve_versions(releases, base.client, client_versions, minor):
                    yield msgspec.structs.replace(
                        base,
                        python=name,
                        plugin=plugin or base.plugin,
                        pytest=pytest,
                        client_version=client_version or base.client_version,
                        pins=read_further(options.pins, options.client_package),
                    )


def narrow_groups(options: RunOptions, profile: Profile) -> Sequence[EnvironmentGroup]:
    """The profile's groups as the options narrow them.

    Named releases take the place of all of the profile's, named Pythons that of the newest; the others are left out.
    """
    if options.pytest_asyncio_versions:
        return (EnvironmentGroup(plugins=options.pytest_asyncio_versions),)
    if options.python_versions:
        return [group for group in profile.environments if group.pythons == NEWEST]
    return profile.environments


def combine_requests(
    options: RunOptions, releases: Releases, minor: str, *, python: str, plugin: str
) -> Iterator[EnvironmentRequest]:
    """One Python with one release of pytest-asyncio: with each version of pytest and of the client that is named."""
    for pytest in resolve_versions(releases, "pytest", options.pytest_versions, minor):
        for client_version in resolve_versions(releases, options.client_package, options.client_versions, minor):
            yield EnvironmentRequest(
                python=python,
                plugin=plugin,
                client=options.client_package,
                client_version=client_version,
                pytest=pytest,
                pins=read_further(options.pins, options.client_package),
            )


def require_known(releases: Releases, package: str, versions: Iterable[str]) -> None:
    """Raise `UnknownNameError` for a version that was never released."""
    for version in versions:
        if version != NEWEST:
            releases.get(package, version)


def resolve_versions(releases: Releases, package: str, versions: Sequence[str], python: str) -> Iterator[str | None]:
    """The versions asked for, with `newest` the newest that the Python can have; None where none was asked for."""
    if not versions:
        yield None
    for version in versions:
        yield find_newest_release(releases, package, python) if version == NEWEST else version


def find_newest_release(releases: Releases, package: str, python: str) -> str:
    """The newest release that the Python can have; where it can have none, the newest of all, to be refused."""
    release = releases.newest(package, python=python) or releases.newest(package)
    assert release is not None, f"releases.json lists no release of {package}"
    return release.version


def find_pythons(
    options: RunOptions, group: EnvironmentGroup, interpreters: Sequence[Interpreter]
) -> Iterator[tuple[str, str]]:
    """The group's Pythons, each as it is named and as a minor version."""
    if group.pythons == NEWEST:
        for name, interpreter in find_interpreters(options.python_versions, interpreters).items():
            yield name, interpreter.minor
    else:
        for interpreter in reversed(choose_for_each_minor(interpreters)):
            if interpreter.minor != find_newest(interpreters).minor:
                yield interpreter.minor, interpreter.minor


def find_interpreters(names: Sequence[str], interpreters: Sequence[Interpreter]) -> dict[str, Interpreter]:
    """The interpreters that `3.12`, `3.12.1` or `newest` mean here, each once; the newest where none is named."""
    found: dict[Interpreter, str] = {}
    for name in names or (NEWEST,):
        interpreter = find_newest(interpreters) if name == NEWEST else find_for_minor(interpreters, name)
        found.setdefault(interpreter, interpreter.minor if name == NEWEST else name)
    return {name: interpreter for interpreter, name in found.items()}


def resolve_plugin_versions(releases: Releases, names: Iterable[str], python: str) -> Iterator[str]:
    """The versions that versions, `newest` and `all` mean for a Python."""
    for name in names:
        if name == ALL:
            yield from (release.version for release in releases.versions(PLUGIN, python=python))
        else:
            yield find_newest_release(releases, PLUGIN, python) if name == NEWEST else name
