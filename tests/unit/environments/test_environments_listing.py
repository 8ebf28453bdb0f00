"""The text and the JSON that say what can be run here."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from harness.environments.interpreters import Discovery
from harness.environments.listing import describe, make_json
from harness.environments.model import Interpreter, RejectedInterpreter
from harness.environments.releases import Release, ReleaseData, Releases, load_releases


@pytest.fixture
def discovery() -> Discovery:
    return Discovery(
        found=(
            Interpreter(version="3.8.18", executable="/opt/3.8/bin/python3.8"),
            Interpreter(version="3.12.1", executable="/opt/a/bin/python3.12"),
            Interpreter(version="3.12.3", executable="/opt/b/bin/python3.12"),
        ),
        rejected=(
            RejectedInterpreter(executable="/opt/shims/python3.7", reason="a shim"),
            RejectedInterpreter(executable="/opt/2.7/bin/python2.7", reason="Python 2.7.18: too old"),
            RejectedInterpreter(executable="/opt/shims/python3", reason="a shim"),
        ),
    )


@pytest.fixture
def releases() -> Releases:
    day = datetime(2023, 1, 2, tzinfo=UTC)
    old = Release(version="0.9", uploaded=day, requires_python=">=3.7", yanked=True)
    new = Release(version="0.10", uploaded=datetime(2024, 3, 4, tzinfo=UTC), requires_python=">=3.9", pytest=">=8")
    wide = [Release(version=one, uploaded=day, pytest=">=7.1,<9") for one in ("0.7", "0.8")]
    pythons = {"7.0": "", "7.1": "", "8.0": "", "8.1": ">=3.9", "9.0": ">=3.9"}
    pytests = tuple(Release(version=one, uploaded=day, requires_python=python) for one, python in pythons.items())
    packages = {"pytest-asyncio": (new, old, *wide), "pytest": pytests}
    return Releases(ReleaseData(datetime(2025, 5, 6, tzinfo=UTC), packages))


def test_the_text_shows_which_release_fits_which_interpreter(discovery: Discovery, releases: Releases) -> None:
    rows = [line.split() for line in describe(discovery, releases, 100).splitlines()]
    assert ["version", "released", "3.8", "3.12"] in rows
    assert ["0.10", "2024-03-04", "–", "✓"] in rows
    assert ["0.9", "(yanked)", "2023-01-02", "✓", "✓"] in rows


def test_the_text_shows_what_each_interpreter_is_for_and_why_others_are_not_used(
    discovery: Discovery, releases: Releases
) -> None:
    text = describe(discovery, releases, 100)
    rows = [line.split() for line in text.splitlines()]
    assert ["cpython", "3.12.1", "only", "if", "named", "/opt/a/bin/python3.12"] in rows
    assert ["cpython", "3.12.3", "3.12", "/opt/b/bin/python3.12"] in rows
    assert ["/opt/2.7/bin", "python2.7", "Python", "2.7.18:", "too", "old"] in rows
    assert ["/opt/shims", "python3,", "python3.7", "a", "shim"] in rows


def test_the_json_holds_the_same_and_is_json(discovery: Discovery, releases: Releases) -> None:
    data = json.loads(json.dumps(make_json(discovery, releases)))
    assert [each["used_for"] for each in data["interpreters"]] == ["3.8", "", "3.12"]
    assert len(data["rejected"]) == 3
    assert data["releases"]["pytest-asyncio"][-1] == {
        "version": "0.10",
        "released": "2024-03-04",
        "current_until": "2025-05-06",
        "requires_python": ">=3.9",
        "yanked": False,
        "pythons": ["3.12"],
    }


def test_a_machine_with_nothing_has_a_listing_too(releases: Releases) -> None:
    assert "Not used:" in describe(Discovery(found=(), rejected=()), releases, 100)


def test_the_oldest_and_newest_pytest_are_said_of_each_release_and_python(
    discovery: Discovery, releases: Releases
) -> None:
    rows = [" ".join(line.split()) for line in describe(discovery, releases, 100).splitlines()]
    assert "0.10 8.0 – 9.0 on 3.12" in rows
    assert "0.7 – 0.8 7.1 – 8.0 on 3.8; 7.1 – 8.1 on 3.12" in rows
    data = json.loads(json.dumps(make_json(discovery, releases)))
    assert {"plugin": "0.7", "oldest": "7.1", "newest": "8.0", "pythons": ["3.8"]} in data["pytest"]


def test_the_committed_releases_say_which_pytest_each_requires() -> None:
    assert all(one.pytest for one in load_releases().versions("pytest-asyncio", yanked=True))
