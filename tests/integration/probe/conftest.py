"""Real environments and a real server for the probe's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.environments.model import Built, EnvironmentRequest
from harness.environments.provisioning import Provisioner
from harness.servers.opening import open_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.servers.model import Server

# The interpreter each release is tried on; the next one if it isn't on this machine.
PYTHONS = {
    "0.17.2": ("3.8", "3.9", "3.10"),
    "0.21.2": ("3.11", "3.12", "3.10"),
    "0.23.8": ("3.12", "3.11", "3.10"),
    "0.26.0": ("3.12", "3.11", "3.13"),
    "1.0.0": ("3.12", "3.11", "3.13"),
    "1.5.0": ("3.13", "3.14", "3.12", "3.11"),
}


@pytest.fixture(scope="session")
def provisioner() -> Provisioner:
    return Provisioner()


@pytest.fixture(scope="session")
def interpreter(provisioner: Provisioner) -> Callable[..., Path]:
    """The interpreter of an environment with the given pytest-asyncio and further packages."""

    def find(plugin: str, *pins: str, client: str = "valkey", client_version: str | None = None) -> Path:
        here = {each.minor for each in provisioner.interpreters}
        python = next((minor for minor in PYTHONS[plugin] if minor in here), None)
        if python is None:
            pytest.skip(f"pytest-asyncio {plugin} needs one of Python {', '.join(PYTHONS[plugin])}")
        built = provisioner.provide(
            EnvironmentRequest(python=python, plugin=plugin, client=client, client_version=client_version, pins=pins)
        )
        assert isinstance(built, Built), built
        return built.python

    return find


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with open_server(None, databases=8) as running:
        yield running
