"""On which versions a suite is cured, and which other ones are tried."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.cli.options import CureOptions
from harness.cure.versions import choose_versions, list_named, list_nearer, list_versions, make_version_candidate
from harness.environments.model import Environment, Interpreter
from harness.environments.releases import load_releases
from harness.requirements.model import Needed
from harness.suites.suite import make_suite

PYTHONS = (Interpreter(version="3.12.4", executable="/a"), Interpreter(version="3.9.1", executable="/b"))
SUITE = make_suite("suite:a", {"test_a.py": b""})


@pytest.mark.parametrize(
    ("needed", "version"),
    [
        (Needed(), "newest"),
        (Needed(lines=("pytest-asyncio==0.21.1",)), "0.21.1"),
        (Needed(lines=("pytest-asyncio<0.24", "pytest")), "0.23.8"),
        (Needed(lines=("pytest_asyncio>=0.20",), constraints=("pytest-asyncio<0.22",)), "0.21.2"),
        (Needed(lines=("pytest-asyncio>=0.20",), preferences=("pytest-asyncio==0.25.1",)), "0.25.1"),
        (Needed(lines=("pytest-asyncio==99",)), "newest"),
    ],
)
def test_without_versions_the_suite_s_own_count(needed: Needed, version: str) -> None:
    chosen = choose_versions(CureOptions(), replace(SUITE, needed=needed), PYTHONS, load_releases())
    assert chosen.pytest_asyncio_versions == (version,)


def test_versions_that_are_named_stay() -> None:
    options = CureOptions(pytest_asyncio_versions=("0.26.0", "1.0.0"))
    assert choose_versions(options, SUITE, PYTHONS, load_releases()) is options


def test_the_next_release_comes_first_then_the_ends_of_series() -> None:
    environment = Environment(
        id="linux-x86_64/cpython-3.12/pytest-asyncio-0.24.0/valkey-6.1.0",
        digest="d",
        platform="linux-x86_64",
        python="3.12.4",
        implementation="cpython",
        plugin="0.24.0",
        pytest="8.3.0",
        client="none",
        client_version="none",
        freeze=(),
        as_of="2024-10-01",
    )
    newer, older = ([one.versions[0][1] for one in group] for group in list_versions(environment, load_releases()))
    newest = load_releases().versions("pytest-asyncio", python="3.12")[-1].version
    assert newer[:3] == ["0.25.0", "0.25.3", "0.26.0"]
    assert newer[-1] == newest
    assert older[:3] == ["0.23.8", "0.21.2", "0.20.3"]
    (only,) = list_versions(environment, load_releases(), list_named(CureOptions(pytest_asyncio_versions=("0.24.0",))))
    assert [one.versions[0][1] for one in only] == newer, "whoever names a release doesn't want to go back from it"
    nearer = list_nearer(make_version_candidate("pytest-asyncio", "0.23.6", "0.24.0"), environment, load_releases())
    assert [one.versions[0][1] for one in nearer] == ["0.23.8", "0.23.7"]
