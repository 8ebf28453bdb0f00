"""Where the program finds its own files, in a checkout and installed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import harness
from harness import paths

ROOT = Path(__file__).parents[3]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another project's folder, in which a command is started."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The baseline of an installation, which a checkout has not."""
    carried = tmp_path / "site-packages" / "harness" / "_baseline"
    carried.mkdir(parents=True)
    monkeypatch.setattr(paths, "CARRIED_BASELINE", carried)
    return carried


def test_the_version_stands_in_one_place() -> None:
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert harness.__version__ == stated


@pytest.mark.usefixtures("elsewhere")
def test_a_checkout_s_baseline_is_found_from_any_folder() -> None:
    assert paths.find_baseline() == ROOT / "results" / "baseline"


@pytest.mark.usefixtures("elsewhere")
def test_an_installation_s_baseline_is_found_from_any_folder(installed: Path) -> None:
    assert paths.find_baseline() == installed


@pytest.mark.usefixtures("installed")
def test_a_baseline_below_the_current_folder_comes_first(elsewhere: Path) -> None:
    (elsewhere / "results" / "baseline").mkdir(parents=True)
    assert paths.find_baseline() == Path("results", "baseline")
