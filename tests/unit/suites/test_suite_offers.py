"""Which environment a message offers for a suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.suites.offers import find_environment_to_offer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_active_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)


def make_environment(folder: Path, package: str = "pytest") -> Path:
    (folder / "lib" / "python3.12" / "site-packages" / package).mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\n")
    return folder


def test_the_environment_above_the_tests_is_offered(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    tests = tmp_path / "package" / "tests"
    tests.mkdir(parents=True)
    environment = make_environment(tmp_path / ".venv")
    assert find_environment_to_offer(tests) == environment
    assert find_environment_to_offer(tmp_path) == environment


def test_one_outside_of_the_repository_is_not_offered(tmp_path: Path) -> None:
    make_environment(tmp_path / "venv")
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    assert find_environment_to_offer(repository) is None


def test_without_a_repository_one_outside_of_the_project_is_not_offered(tmp_path: Path) -> None:
    tests = tmp_path / "project" / "tests"
    tests.mkdir(parents=True)
    (tmp_path / "project" / "pytest.ini").write_text("[pytest]\n")
    make_environment(tmp_path / "venv")
    assert find_environment_to_offer(tests) is None
    environment = make_environment(tmp_path / "project" / "venv")
    assert find_environment_to_offer(tests) == environment


def test_the_active_environment_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_environment(tmp_path / ".venv")
    active = make_environment(tmp_path / "elsewhere")
    monkeypatch.setenv("VIRTUAL_ENV", str(active))
    assert find_environment_to_offer(tmp_path) == active


def test_one_without_pytest_is_not_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("VIRTUAL_ENV", str(make_environment(tmp_path / "elsewhere", "ruff")))
    (tmp_path / ".venv").mkdir()
    assert find_environment_to_offer(tmp_path) is None
    environment = make_environment(tmp_path / "venv")
    assert find_environment_to_offer(tmp_path) == environment
