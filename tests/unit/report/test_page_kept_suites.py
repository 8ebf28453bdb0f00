"""The page's suites, kept from one page to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.cache import VARIABLE
from harness.catalogue.loading import load_catalogue
from harness.report import code
from harness.report.kept_suites import FILE, make_suites
from harness.report.making import list_targets
from tests.unit.report.page_data import measure_some

if TYPE_CHECKING:
    from pathlib import Path

    from harness.report.model import Suites

MEASURED = measure_some()
TARGETS = list_targets(MEASURED)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def make(cells: int = 5, targets: int = 1) -> Suites:
    return make_suites(load_catalogue(), MEASURED.cells[:cells], dict(list(TARGETS.items())[:targets]))


def test_the_same_suites_are_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = make()
    monkeypatch.delattr(code, "add_cells")
    assert make() == first


@pytest.mark.parametrize("other", [{"cells": 4}, {"targets": 2}])
def test_other_cells_and_environments_are(other: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    make()
    monkeypatch.delattr(code, "add_cells")
    with pytest.raises(AttributeError):
        make(**other)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"key": 1, "suites": []}'])
def test_a_broken_file_is_made_anew(content: bytes, cache: Path) -> None:
    first = make()
    (cache / FILE).write_bytes(content)
    assert make() == first
    assert (cache / FILE).read_bytes() != content


def test_without_a_cache_they_are_made_each_time(cache: Path) -> None:
    cache.write_text("a file, where the folder should be")
    assert make() == make()
