"""From an environment of a baseline back to the request that makes it, here and now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from harness.environments.identity import python_name
from harness.environments.interpreters import for_minor
from harness.environments.model import Environment, EnvironmentRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.environments.model import Interpreter, Unresolvable
    from harness.environments.provisioning import Provisioner
    from harness.regress.versions import VersionChoice

_DAY = re.compile(r"as-of-(\d{4}-\d{2}-\d{2})")
_REQUIREMENTS = re.compile(r"requirements-[0-9a-f]{8}")


def request_of(environment: Environment, python: str) -> EnvironmentRequest:
    """What its id names: the versions, further packages and the day; a suite's own requirements are not in it."""
    pytest, pins, as_of = None, [], None
    for part in environment.id.split("/")[4:]:
        if part == f"pytest-{environment.pytest}":
            pytest = environment.pytest
        elif day := _DAY.fullmatch(part):
            as_of = day[1]
        elif not _REQUIREMENTS.fullmatch(part):
            pins += _pin(part, environment)
    return EnvironmentRequest(
        python=python,
        plugin=environment.plugin,
        client=environment.client,
        client_version=environment.client_version,
        pytest=pytest,
        pins=tuple(sorted(pins)),
        as_of=as_of,
    )


def further(environment: Environment) -> set[str]:
    """Names of the further packages that it was asked to have."""
    return {pin.partition("==")[0] for part in environment.id.split("/")[4:] for pin in _pin(part, environment)}


def _pin(part: str, environment: Environment) -> list[str]:
    names = sorted(environment.installed.keys() - {"pytest"}, key=len, reverse=True)
    return [f"{name}=={part.removeprefix(f'{name}-')}" for name in names if part.startswith(f"{name}-")][:1]


def python_of(environment: Environment, interpreters: Sequence[Interpreter]) -> str:
    """Its Python by its minor version, unless that means another one here and the very same one is here as well.

    Raises `NoInterpreterError` where this machine has none of that minor version.
    """
    minor = python_name(environment.implementation, environment.python_minor)
    if for_minor(interpreters, minor).version == environment.python:
        return minor
    same = (environment.implementation, environment.python)
    there = any((one.implementation, one.version) == same for one in interpreters)
    return python_name(*same) if there else minor


def changed(request: EnvironmentRequest, wanted: VersionChoice) -> EnvironmentRequest:
    """The request with the wanted versions in place of its own."""
    client = wanted.client or request.client
    kept = request.client_version if client == request.client else None
    pins = dict(pin.split("==", 1) for pin in request.pins) | dict(wanted.pins)
    return msgspec.structs.replace(
        request,
        plugin=wanted.plugin or request.plugin,
        pytest=wanted.pytest or request.pytest,
        client=client,
        client_version=wanted.client_version or kept,
        pins=tuple(sorted(f"{name}=={version}" for name, version in pins.items())),
    )


def described_exactly(
    request: EnvironmentRequest, before: Environment, provisioner: Provisioner
) -> tuple[EnvironmentRequest, Environment | Unresolvable]:
    """The request, and what it makes, as near to `before` as can be.

    What the request leaves open may be resolved to other versions than it was then. Those packages are pinned to the
    baseline's; names that only the baseline mentions are never installed, since its files come from anywhere.
    """
    found = provisioner.describe(request)
    if not isinstance(found, Environment):
        return request, found
    was, is_ = before.installed, found.installed
    drifted = {name: was[name] for name in is_ if name in was and was[name] != is_[name]}
    if not drifted:
        return request, found
    pytest = drifted.pop("pytest", request.pytest)
    pins = {*request.pins, *(f"{name}=={version}" for name, version in drifted.items())}
    pinned = msgspec.structs.replace(request, pytest=pytest, pins=tuple(sorted(pins)))
    exact = provisioner.describe(pinned)
    return (pinned, exact) if isinstance(exact, Environment) else (request, found)
