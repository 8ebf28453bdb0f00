"""Covering arrays are computed once: what is remembered is used only for what it was computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.cache import VARIABLE
from harness.catalogue.arrays import CachedArray, make_covering_array
from harness.catalogue.loading import load_catalogue
from harness.catalogue.sampling import Space, cover

if TYPE_CHECKING:
    from pathlib import Path

    from harness.catalogue.cell import Cell

CATALOGUE = load_catalogue()
SEED = CATALOGUE.parse("debug/session/cached_getter/close@workload=gather")
COMPUTED = cover(Space(CATALOGUE), core_strength=1, rest_strength=1, always=(SEED,))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path / "array-1-1.json"


def array(*always: Cell) -> tuple[Cell, ...]:
    """Past what this process remembers, as another process would see it."""
    return make_covering_array.__wrapped__(CATALOGUE, core_strength=1, rest_strength=1, always=always)


def test_what_is_remembered_is_what_was_computed(file: Path) -> None:
    assert array(SEED) == array(SEED) == COMPUTED
    assert msgspec.json.decode(file.read_bytes(), type=CachedArray).cells == tuple(cell.id for cell in COMPUTED)


def test_an_array_is_not_computed_again_while_all_that_it_depends_on_stays(file: Path) -> None:
    array(SEED)
    known = msgspec.json.decode(file.read_bytes(), type=CachedArray)
    file.write_bytes(msgspec.json.encode(CachedArray(known.key, known.cells[:1])))
    assert array(SEED) == (SEED,)


def test_an_array_from_other_seeds_is_not_taken_for_this_one(file: Path) -> None:
    array(SEED)
    assert SEED not in array()
    assert array(SEED) == COMPUTED


@pytest.mark.parametrize("content", [b"", b"{}", b'{"key": "', b'{"key": "x", "cells": ["no/such/cell"]}'])
def test_a_file_that_says_nothing_useful_is_replaced(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert array(SEED) == COMPUTED
    assert msgspec.json.decode(file.read_bytes(), type=CachedArray).cells[0] == SEED.id


def test_a_cache_folder_that_can_not_be_written_to_costs_time_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file stands where the folder would", encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    assert array(SEED) == COMPUTED
