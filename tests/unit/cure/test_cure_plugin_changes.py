"""A suite that doesn't ask for pytest-asyncio is offered nothing of it, unless it has to be installed."""

from __future__ import annotations

import pytest

from harness.catalogue.target import Target
from harness.cure.conftests import list_conftests
from harness.cure.edits.listing import list_edits
from harness.cure.plugin_changes import drop_releases, fit_without_plugin
from harness.cure.settings import list_settings
from harness.cure.versions import make_version_candidate
from harness.habits.plugin_use import asks_for_plugin
from harness.habits.reading import read_habits
from harness.requirements.reading import read_needs

TARGET = Target(
    platform="linux",
    client="valkey",
    versions={"pytest-asyncio": "1.5.0", "pytest": "8.4.0", "python": "3.13.0", "valkey": "6.1.1"},
)
FIXTURES = b"""\
import pytest
from valkey.asyncio import Valkey


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def client():
    return Valkey()
"""
TEST = b"async def test_one(client):\n    await client.ping()\n"
BY_ANYIO = {"conftest.py": FIXTURES, "test_one.py": b"import pytest\n\npytestmark = pytest.mark.anyio\n\n\n" + TEST}
BY_NOTHING = {"conftest.py": FIXTURES, "test_one.py": TEST}


def offer(content: dict[str, bytes]) -> dict[str, str]:
    """What is left of all candidates: titles by name."""
    habits = read_habits(content)
    every = (
        *list_settings(content, TARGET),
        *list_edits(content, habits, TARGET),
        *list_conftests(content, TARGET),
    )
    return {one.name: one.title for one in fit_without_plugin(every, content, habits)}


def test_tests_that_anyio_runs_are_not_cured_by_the_other_plugin() -> None:
    offered = offer(BY_ANYIO)
    assert any(name.startswith("narrow_scope") for name in offered)
    assert not {"auto_mode", "test_loops_session", "mark_all_session"} & offered.keys()
    assert not any("pytest-asyncio" in title or "pytest_asyncio" in title for title in offered.values())


def test_for_tests_that_nothing_runs_it_has_to_be_installed() -> None:
    offered = offer(BY_NOTHING)
    for name in ("auto_mode", "mark_all_session"):
        assert offered[name].startswith("install pytest-asyncio and ")
    narrowed = next(title for name, title in offered.items() if name.startswith("narrow_scope"))
    assert narrowed.startswith("narrow ")


def test_other_releases_of_it_are_left_out() -> None:
    plugin, client = (make_version_candidate(name, "2.0", "1.0") for name in ("pytest-asyncio", "valkey"))
    assert drop_releases([(plugin,), (client,), ()]) == ((client,), ())


@pytest.mark.parametrize(
    "asking",
    [
        {"requirements.txt": b"pytest_asyncio>=0.24\n"},
        {"pytest.ini": b"[pytest]\nasyncio_mode = auto\n"},
        {"test_two.py": b"import pytest\n\n\n@pytest.mark.asyncio\nasync def test_two(): ...\n"},
        {"conftest.py": b"import pytest_asyncio\n\n\n@pytest_asyncio.fixture\nasync def client(): ...\n"},
    ],
)
def test_a_suite_asks_for_it_by_a_requirement_a_setting_a_mark_or_a_fixture(asking: dict[str, bytes]) -> None:
    for content, asks in ((BY_NOTHING, False), (BY_NOTHING | asking, True)):
        assert asks_for_plugin(read_needs(content), read_habits(content)) is asks
