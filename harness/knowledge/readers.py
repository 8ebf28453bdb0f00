"""The versions of whoever asks, each with where it is known from, and the measured environments that have them."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from harness.environments.identity import PLUGIN, python_name, split_implementation
from harness.errors import UsageError
from harness.invocation import command_line
from harness.packages import CLIENTS, DEFAULT_CLIENT, NEWEST, NONE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from harness.cli.fields import VersionOptions
    from harness.environments.model import Environment, ExistingEnvironment
    from harness.environments.releases import Releases
    from harness.knowledge.outcomes import Outcomes

PYTHON = "python"
PYTEST = "pytest"
SYSTEM = "system"

_OPTIONS = {
    PYTHON: "--python",
    PLUGIN: "--pytest-asyncio",
    PYTEST: "--pytest",
    **{client: f"--{client}" for client in CLIENTS},
}


class Origin(StrEnum):
    """Where a version is known from. The first that names it counts."""

    OPTION = "named by an option"
    ENVIRONMENT = "installed in the environment"
    TEXT = "read in the text"
    MACHINE = "this machine"
    ASSUMED = "assumed: the newest measured"


@dataclass(frozen=True, kw_only=True)
class ReadersVersion:
    """One version and where it is known from. `text` is empty where nothing is known and nothing was measured."""

    name: str  # "python", "pytest-asyncio", "pytest", a client package, or "system"
    text: str  # "3.12", "1.5.0", "linux"
    origin: Origin

    @property
    def assumed(self) -> bool:
        """Whether nobody named it."""
        return self.origin is Origin.ASSUMED

    @property
    def short(self) -> str:
        """Without what doesn't count: `3.12` for Python 3.12.1."""
        return _cut_minor(self.text) if self.name == PYTHON else self.text

    def __str__(self) -> str:
        if self.name == SYSTEM:
            return self.text
        return f"{'Python' if self.name == PYTHON else self.name} {self.text or 'unknown'}"


@dataclass(frozen=True, kw_only=True)
class ReadersVersions:
    """All versions that decide what happens, each known or assumed."""

    system: ReadersVersion  # sys.platform-like
    python: ReadersVersion  # "3.12", or "3.12.1"
    plugin: ReadersVersion
    pytest: ReadersVersion
    client: ReadersVersion  # its name is the client package's

    @property
    def all(self) -> tuple[ReadersVersion, ...]:
        """In the order in which they are printed."""
        return (self.plugin, self.python, self.client, self.pytest, self.system)

    @property
    def assumed(self) -> tuple[ReadersVersion, ...]:
        """Those that nobody named."""
        return tuple(one for one in self.all if one.assumed)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The options that name these versions, as far as they are known, for a command that runs cells."""
        words = self._name(one for one in self._packages if one.text and not one.assumed)
        return (*words, *(("--client", self.client.name) if self.client.name != DEFAULT_CLIENT else ()))

    @property
    def options(self) -> tuple[str, ...]:
        """The options that named these versions, for another command about the same suite."""
        return self._name(one for one in self._packages if one.origin is Origin.OPTION)

    @property
    def _packages(self) -> tuple[ReadersVersion, ...]:
        return (self.plugin, self.python, self.client, self.pytest)

    def _name(self, versions: Iterable[ReadersVersion]) -> tuple[str, ...]:
        return tuple(word for one in versions for word in (_OPTIONS[one.name], one.short))

    def describe(self) -> str:
        """`pytest-asyncio 1.5.0 and Python 3.13 (named by an option), valkey 6.2.0 (assumed: the newest measured)`."""
        by_origin: dict[Origin, list[str]] = {}
        for one in self.all:
            by_origin.setdefault(one.origin, []).append(str(one))
        return "; ".join(f"{', '.join(names)} ({origin})" for origin, names in by_origin.items())


@dataclass(frozen=True, kw_only=True)
class MatchedEnvironments:
    """The measured environments that have the reader's versions; without any, why, and what there is instead.

    What `nearest` holds says something about other versions than the reader's: print `differences` with it, or don't
    use it.
    """

    environments: tuple[str, ...]  # keys; more than one where they differ in packages that the reader didn't name
    reason: str = ""  # why there is none
    nearest: str = ""  # the key of the measured one that differs least, where there is none
    differences: tuple[str, ...] = ()  # in what: "pytest-asyncio 1.5.0 instead of 1.4.0"
    command: str = ""  # measures the reader's versions


def read_versions(
    outcomes: Outcomes,
    releases: Releases,
    *,
    options: VersionOptions | None = None,
    environment: ExistingEnvironment | None = None,
    text: Mapping[str, str] | None = None,
) -> ReadersVersions:
    """What is known of the reader's versions, and for the rest the newest that was measured with what is known.

    `environment` is one that the reader has, and `text` are versions that a text names, by package, "python" and
    "system"; an empty one says only that the package is there. Raises `UsageError` where an option names several
    versions, `UnknownNameError` for one that there isn't.
    """
    known: dict[str, ReadersVersion] = {}
    for origin, named in (
        (Origin.OPTION, _read_options(options, releases) if options else {}),
        (Origin.ENVIRONMENT, _read_environment(environment) if environment else {}),
        (Origin.TEXT, dict(text or {})),
    ):
        for name, version in named.items():
            if version:
                known.setdefault(name, ReadersVersion(name=name, text=version, origin=origin))
    known.setdefault(SYSTEM, ReadersVersion(name=SYSTEM, text=sys.platform, origin=Origin.MACHINE))
    client = _find_client([known, text or {}], options)
    return _assume_rest(known, client, outcomes)


def match_environments(
    outcomes: Outcomes, versions: ReadersVersions, *, cell: str = "", command: str = "matrix"
) -> MatchedEnvironments:
    """The measured environments that are the reader's: with these versions, as far as they are known.

    Of a Python its minor version counts. With `cell`, only environments count in which it was measured. `command` is
    what the printed command line runs.
    """
    there = [
        (key, one) for key, one in outcomes.environments.items() if not cell or outcomes.verdict(cell, key) is not None
    ]
    found = [key for key, one in there if not _list_differences(one, versions)]
    if found:
        return MatchedEnvironments(environments=tuple(_put_plain_first(found, outcomes)))
    words = [*versions.arguments, *(("--cell", cell) if cell else ())]
    line = command_line(command, shlex.join(words))
    if not there:
        what = f"{cell} wasn't measured anywhere" if cell else "Nothing was measured yet"
        return MatchedEnvironments(environments=(), reason=f"{what}.", command=line)
    usable = [pair for pair in there if not outcomes.is_unusable(pair[0])]
    nearest, differences = min(
        ((key, _list_differences(one, versions)) for key, one in usable or there),
        key=lambda pair: _measure_distance(outcomes.environments[pair[0]], versions),
    )
    return MatchedEnvironments(
        environments=(),
        reason=_describe_nearest(differences, cell),
        nearest=nearest,
        differences=tuple(f"{there} instead of {yours}" for there, yours in differences),
        command=line if versions.system.text == sys.platform else "",
    )


def find_nearest(outcomes: Outcomes, environment: Environment) -> str:
    """Of the environments of which much was measured the key of the one most like this; empty where there is none."""
    names = (PYTHON, PLUGIN, PYTEST, SYSTEM, environment.client)
    python, plugin, pytest, system, client = (
        ReadersVersion(name=name, text=_find_version(environment, name), origin=Origin.ENVIRONMENT) for name in names
    )
    versions = ReadersVersions(system=system, python=python, plugin=plugin, pytest=pytest, client=client)
    numbers = {key: len(outcomes.outcomes(key)) for key in outcomes.environments}
    much = [key for key, number in numbers.items() if number * 2 >= max(numbers.values())]
    much = [key for key in much if not outcomes.is_unusable(key)] or much
    return min(much, key=lambda key: _measure_distance(outcomes.environments[key], versions), default="")


def _read_options(options: VersionOptions, releases: Releases) -> dict[str, str]:
    """What options name, each one version."""
    python = _take_one("--python", options.python_versions)
    if python == NEWEST:
        python = ""
    minor = _cut_minor(split_implementation(python)[1]) if python else None
    named = {
        PLUGIN: options.pytest_asyncio_versions,
        PYTEST: options.pytest_versions,
        **options.versions_by_client,
    }
    return {PYTHON: python} | {
        name: _resolve(releases, name, _take_one(_OPTIONS[name], versions), minor) for name, versions in named.items()
    }


def _take_one(option: str, versions: Sequence[str]) -> str:
    if len(versions) > 1:
        raise UsageError(f"{option} names {len(versions)} versions; one is needed here.", remedy="Name one version.")
    return versions[0] if versions else ""


def _resolve(releases: Releases, name: str, version: str, python: str | None) -> str:
    if version == NEWEST:
        newest = releases.newest(name, python=python)
        return newest.version if newest else ""
    return releases.get(name, version).version if version else ""


def _read_environment(environment: ExistingEnvironment) -> dict[str, str]:
    installed = environment.installed
    versions = {name: installed[name] for name in (PLUGIN, PYTEST, *CLIENTS) if name in installed}
    return versions | {PYTHON: environment.interpreter.version, SYSTEM: sys.platform}


def _find_client(known: Iterable[Collection[str]], options: VersionOptions | None) -> str:
    if options is not None and options.client:
        return options.client
    return next((name for names in known for name in CLIENTS if name in names), DEFAULT_CLIENT)


def _assume_rest(known: Mapping[str, ReadersVersion], client: str, outcomes: Outcomes) -> ReadersVersions:
    """For what isn't known, the newest measured: of pytest-asyncio first, then of Python, the client and pytest."""
    found = dict(known)
    for name in (PLUGIN, PYTHON, client, PYTEST):
        if name not in found:
            fitting = [one for one in outcomes.environments.values() if _fits(one, found.values(), client)]
            versions = [_find_version(one, name) for one in fitting or outcomes.environments.values()]
            newest = max(filter(None, map(_parse, versions)), default=None)
            text = str(newest) if newest else ""
            found[name] = ReadersVersion(name=name, text=text, origin=Origin.ASSUMED)
    return ReadersVersions(
        system=found[SYSTEM], python=found[PYTHON], plugin=found[PLUGIN], pytest=found[PYTEST], client=found[client]
    )


def _fits(environment: Environment, versions: Iterable[ReadersVersion], client: str) -> bool:
    return environment.client == client and all(
        _is_same(environment, one) for one in versions if one.name not in CLIENTS or one.name == client
    )


def _is_same(environment: Environment, version: ReadersVersion) -> bool:
    if version.name == PYTHON:
        return _name_python(environment) == version.short
    return _find_version(environment, version.name) == version.text


def _find_version(environment: Environment, name: str) -> str:
    """What the environment has; "" where that isn't installed."""
    match name:
        case "system":
            return environment.platform.partition("-")[0]
        case "python":
            return _name_python(environment)
        case "pytest-asyncio":
            return "" if environment.plugin == NONE else environment.plugin
        case "pytest":
            return environment.pytest
        case _:
            return environment.client_version if environment.client == name else ""


def _name_python(environment: Environment) -> str:
    """As it is written in options: `3.12`, `pypy-3.10`."""
    return python_name(environment.implementation, environment.python_minor)


def _list_differences(environment: Environment, versions: ReadersVersions) -> tuple[tuple[str, str], ...]:
    """In what it isn't the reader's: what it has, and what the reader has.

    A pytest that is only assumed makes no difference.
    """
    return tuple(
        (_name_counterpart(environment, one), _name_own(environment, one))
        for one in versions.all
        if not (one.name == PYTEST and one.assumed) and _differs(environment, one)
    )


def _differs(environment: Environment, version: ReadersVersion) -> bool:
    if version.name in CLIENTS and version.name != environment.client:
        return True
    return bool(version.text) and not _is_same(environment, version)


def _name_counterpart(environment: Environment, version: ReadersVersion) -> str:
    if version.name in CLIENTS and version.name != environment.client:
        return environment.client_name
    return str(replace(version, text=_find_version(environment, version.name) or NONE))


def _name_own(environment: Environment, version: ReadersVersion) -> str:
    """What is compared with `_name_counterpart`: only its number, where the name is the same."""
    if version.name in CLIENTS and version.name != environment.client:
        return str(version) if version.text else version.name
    return version.short or version.name


def _describe_nearest(differences: Sequence[tuple[str, str]], cell: str) -> str:
    """`Measured on pytest 8.3.4, not on your 8.3.2; all else is as yours.`"""
    there, yours = (_join(names) for names in zip(*differences, strict=True))
    return f"{f'{cell} was measured' if cell else 'Measured'} on {there}, not on your {yours}; all else is as yours."


def _join(names: Sequence[str]) -> str:
    """`Python 3.13, valkey 6.2.0 and pytest 8.4.2`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _put_plain_first(keys: Iterable[str], outcomes: Outcomes) -> list[str]:
    """Environments with nothing special come before those with further packages."""
    return sorted(keys, key=lambda key: (outcomes.environments[key].id.count("/"), outcomes.environments[key].id))


def _measure_distance(environment: Environment, versions: ReadersVersions) -> tuple[object, ...]:
    """Sorts environments by how much they say about the reader's: pytest-asyncio weighs most, then Python.

    Of equal ones that with the newest client comes first.
    """
    weighed = (versions.plugin, versions.python, versions.client, versions.pytest)
    return (
        environment.platform.partition("-")[0] != versions.system.text,
        environment.client != versions.client.name,
        *(_find_gap(_find_version(environment, one.name), one.short) for one in weighed),
        _count_down(environment.client_version),
        environment.id,
    )


def _find_gap(here: str, wanted: str) -> tuple[bool, tuple[int, ...]]:
    one, other = _parse(here), _parse(wanted)
    if one is None or other is None:
        return here != wanted, ()
    return False, tuple(abs(first - second) for first, second in zip(_pad(one), _pad(other), strict=True))


def _count_down(version: str) -> tuple[int, ...]:
    """Sorts newer versions before older ones."""
    parsed = _parse(version)
    return tuple(-number for number in _pad(parsed)) if parsed else ()


def _pad(version: Version) -> tuple[int, int, int]:
    return version.major, version.minor, version.micro


def _parse(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _cut_minor(python: str) -> str:
    """`3.12` of `3.12.1`."""
    return ".".join(python.split(".")[:2])
