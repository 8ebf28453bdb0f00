"""Covering arrays, remembered in the cache folder: computing one takes longer than all else before a run starts."""

from __future__ import annotations

import contextlib
import hashlib
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from harness.cache import find_cache_root
from harness.digests import digest_catalogue
from harness.files import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell


class CachedArray(msgspec.Struct, frozen=True):
    """The ids of an array's cells, and what it was computed from."""

    key: str
    cells: tuple[str, ...]


@cache
def make_covering_array(
    catalogue: Catalogue, *, core_strength: int, rest_strength: int, early_share: float = 1, always: tuple[Cell, ...]
) -> tuple[Cell, ...]:
    """What `sampling.cover` returns, computed only if it isn't remembered.

    It goes by content: whatever the array depends on, the sampler's own code included, is part of the key.
    """
    key = digest_inputs(catalogue, (core_strength, rest_strength, early_share), always)
    path = find_cache_root() / f"array-{core_strength}-{rest_strength}.json"
    known = recall(path)
    if known is not None and known.key == key:
        return tuple(map(catalogue.parse, known.cells))
    from harness.catalogue.sampling import Space, cover  # noqa: PLC0415 - most runs know the array already

    cells = cover(
        Space(catalogue),
        core_strength=core_strength,
        rest_strength=rest_strength,
        early_share=early_share,
        always=always,
    )
    with contextlib.suppress(OSError):  # a cache that can't be written to costs time, no more
        replace_file(path, msgspec.json.encode(CachedArray(key, tuple(cell.id for cell in cells))))
    return cells


def recall(path: Path) -> CachedArray | None:
    """What the file holds, None if it isn't there or is broken."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=CachedArray)
    except (OSError, msgspec.MsgspecError):
        return None


def digest_inputs(catalogue: Catalogue, promise: tuple[float, ...], always: tuple[Cell, ...]) -> str:
    """SHA-256 of what an array depends on."""
    parts = (catalogue.value_names, promise, [cell.id for cell in always], digest_catalogue())
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
