"""What an environment is, before it is created: its id, its digest and what is installed in it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from harness.environments.copies import list_named
from harness.environments.identity import PLUGIN, environment_digest, environment_id, platform_tag
from harness.environments.model import Environment
from harness.environments.unreleased import is_unreleased
from harness.packages import NONE

if TYPE_CHECKING:
    from harness.environments.model import AddedPackages, EnvironmentRequest, Interpreter
    from harness.environments.resolving import Resolution


def describe_environment(request: EnvironmentRequest, interpreter: Interpreter, resolution: Resolution) -> Environment:
    """The environment that `resolution` gives, before or after it is created."""
    installed = dict(each.split("==") for each in resolution.freeze)
    return Environment(
        id=environment_id(request, installed[request.client]),
        digest=environment_digest(platform_tag(), interpreter.implementation, interpreter.version, resolution.freeze),
        platform=platform_tag(),
        python=interpreter.version,
        implementation=interpreter.implementation,
        plugin=installed[PLUGIN],
        pytest=installed["pytest"],
        client=request.client,
        client_version=installed[request.client],
        freeze=resolution.freeze,
        as_of=f"{resolution.as_of:%Y-%m-%d}",
        local=tuple(name for name, version in installed.items() if is_unreleased(version)),
    )


def describe_existing(
    request: EnvironmentRequest, interpreter: Interpreter, freeze: tuple[str, ...], code: str
) -> Environment:
    """An environment that is not ours, or its copy."""
    assert request.existing is not None
    installed = dict(each.split("==", 1) for each in freeze)
    client_version = installed.get(request.client, NONE)
    return Environment(
        id=environment_id(request, client_version),
        digest=environment_digest(platform_tag(), interpreter.implementation, interpreter.version, freeze),
        platform=platform_tag(),
        python=interpreter.version,
        implementation=interpreter.implementation,
        plugin=installed.get(PLUGIN, NONE),
        pytest=installed["pytest"],
        client=request.client,
        client_version=client_version,
        freeze=freeze,
        as_of="",
        local=tuple(one for one in request.existing.local if one not in list_named(request)),
        code=code,
    )


def add_packages(environment: Environment, addition: AddedPackages) -> Environment:
    """The environment with what an addition has beside it: a set of packages like any other."""
    freeze = tuple(sorted((*environment.freeze, *addition.freeze)))
    digest = environment_digest(environment.platform, environment.implementation, environment.python, freeze)
    return msgspec.structs.replace(environment, digest=digest, freeze=freeze, additions=())


def find_key(environment: Environment) -> str:
    """Names the environment's folder and lock: equal keys, equal files. A copy's files are also those it links to."""
    if not environment.code:
        return environment.digest
    return hashlib.sha256(f"{environment.digest} {environment.code}".encode()).hexdigest()[:32]
