"""The environment that `--environment` names, as something to run in: as it is, or as what copies start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version

from harness.environments.existing import read_existing
from harness.environments.identity import PLUGIN, python_name
from harness.environments.model import EnvironmentRequest
from harness.errors import UsageError
from harness.packages import CLIENTS, NONE

if TYPE_CHECKING:
    from harness.cli.fields import RunOptions
    from harness.environments.model import ExistingEnvironment

OLDEST_PYTEST = Version("6.1")
"""Older ones know none of the hooks through which is seen what a suite does."""


def request_existing(options: RunOptions) -> EnvironmentRequest:
    """The environment as it is.

    Raises `UsageError` where it can't be used, and for options that don't go with it.
    """
    assert options.environment is not None
    if options.requirements:
        raise UsageError(
            "--requirements doesn't go with --environment: everything that is needed is to be there.",
            remedy="Leave one of them out, or install it into that environment.",
        )
    existing = read_existing(options.environment)
    own, there = existing.interpreter, existing.installed
    if not options.pytest_versions and Version(there["pytest"]) < OLDEST_PYTEST:
        raise UsageError(
            f"pytest {there['pytest']} is in {options.environment}; {OLDEST_PYTEST} is the oldest that is measured.",
            remedy="Name a newer one, such as --pytest newest: a copy then has it.",
        )
    client = choose_client(options, existing)
    return EnvironmentRequest(
        python=python_name(own.implementation, own.minor),
        plugin=there.get(PLUGIN, NONE),
        client=client,
        client_version=there.get(client, NONE),
        existing=existing,
    )


def request_copy(options: RunOptions) -> EnvironmentRequest:
    """A copy of it in which nothing is named yet. Raises as `request_existing`."""
    return msgspec.structs.replace(request_existing(options), copied=True)


def choose_client(options: RunOptions, existing: ExistingEnvironment) -> str:
    """The client package whose versions are named, otherwise the one that is there; of both, the one that is named.

    Raises `UsageError` where that is not one, or not there.
    """
    named = [client for client, versions in options.versions_by_client.items() if versions]
    if named:
        if len({*named, options.client or named[0]}) > 1:
            raise UsageError("Two client packages are named.", remedy=f"Name one of {' and '.join(CLIENTS)}.")
        return named[0]
    there = [client for client in CLIENTS if client in existing.installed]
    if options.client and options.client not in there:
        raise UsageError(
            f"There is no {options.client} in {options.environment}.",
            remedy=f"Leave --client out, or name a version with --{options.client}: a copy then has it.",
        )
    return options.client or next(iter(there), NONE)
