"""The probe's own mistakes and its own objects stay away from the suite."""

from __future__ import annotations

import gc
import json
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Module = Callable[[str], Any]


@pytest.fixture
def guard(module: Module, places: Any, tmp_path: Path) -> Any:
    return module("guard").Guard(module("writer").Writer(str(tmp_path / "evidence")), places)


def fails() -> None:
    raise KeyError("missing")


def test_an_observer_that_fails_becomes_a_problem(guard: Any, tmp_path: Path) -> None:
    guard.run(fails)
    written = json.loads((tmp_path / "evidence").read_text())
    assert (written["kind"], written["node"], written["chain"][0]["type"]) == ("problem", "probe", "KeyError")


def test_nothing_is_collected_while_an_observer_runs(guard: Any) -> None:
    seen = []
    guard.run(lambda: guard.run(lambda: seen.append(gc.isenabled())))
    assert (seen, gc.isenabled()) == ([False], True)
    guard.run(fails)
    assert gc.isenabled()


def test_a_collector_that_the_suite_turned_off_stays_off(guard: Any) -> None:
    gc.disable()
    try:
        guard.run(lambda: None)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_forgetting_filters_says_nothing_and_changes_none(module: Module) -> None:
    forget = module("session").forget_filters
    with warnings.catch_warnings(record=True) as caught:
        for set_filters in (partial(warnings.simplefilter, "error"), partial(warnings.simplefilter, "always")):
            set_filters()
            before = list(warnings.filters)
            forget()
            assert list(warnings.filters) == before
    assert caught == []
