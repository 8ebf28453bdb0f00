"""The probe's modules, loaded by path under a private name as a scenario environment loads them."""

from __future__ import annotations

import importlib
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parents[3] / "harness" / "probe"


@pytest.fixture(scope="session")
def module() -> Callable[[str], Any]:
    """Imports one module of the probe."""
    entry = runpy.run_path(str(FOLDER / "run.py"), run_name="run")
    entry["load_package"]()
    return lambda name: importlib.import_module(f"{entry['PACKAGE']}.{name}")


@pytest.fixture
def places(module: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Places of a suite in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return module("places").Places()
