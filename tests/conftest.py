"""Defaults for every test: what the developer's shell has set changes nothing, and unit tests share nothing."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

from harness.cache import VARIABLE
from harness.invocation import NOX

INTEGRATION = Path(__file__).parent / "integration"
BROWSER = Path(__file__).parent / "browser"

# A deadline would be an assertion about the clock.
hypothesis.settings.register_profile("harness", deadline=None, print_blob=True)
hypothesis.settings.load_profile("harness")


def pytest_configure() -> None:
    """Commands in messages are written as without nox, in tests and in what they are parametrized with."""
    os.environ.pop(NOX, None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below tests/integration and tests/browser carries its marker, so that no file can forget it."""
    for item in items:
        if item.path.is_relative_to(INTEGRATION):
            item.add_marker(pytest.mark.integration)
        if item.path.is_relative_to(BROWSER):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(autouse=True)
def plain_surroundings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No colour, outer pytest options or files of a job. Unit tests get a cache each, the others share the user's."""
    for variable in ("PYTEST_ADDOPTS", "FORCE_COLOR", "VALKEY_URL", "COLUMNS", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    if not request.path.is_relative_to(INTEGRATION):
        monkeypatch.setenv(VARIABLE, str(request.getfixturevalue("tmp_path") / "cache"))
