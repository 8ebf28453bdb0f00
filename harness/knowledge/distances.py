"""Which of many cells are near to one. Each cell is a number with a bit for each of its values: comparing is fast."""

from __future__ import annotations

from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING

from harness.catalogue.loading import find_values, load_catalogue
from harness.knowledge.cure_order import LARGE

if TYPE_CHECKING:
    from collections.abc import Iterable


def list_near(cell: str, others: Iterable[str], farthest: int) -> list[tuple[int, str]]:
    """Those that differ from it in one axis or a few, each with the size of the change, the smallest first.

    All are cells of today's catalogue.
    """
    own, axes = _encode(cell), len(load_catalogue().axes)
    found = []
    for other in others:
        shared = own & _encode(other)
        number = axes - shared.bit_count()
        if 0 < number <= farthest:
            found.append((number + sum(more for bits, more in _list_large() if not shared & bits), other))
    return sorted(found, key=itemgetter(0))


@cache
def _encode(cell: str) -> int:
    bits = _number_values()
    return sum(bits[value] for value in find_values(cell).items())


@cache
def _number_values() -> dict[tuple[str, str], int]:
    """A bit for each value of each axis."""
    return {(one.axis, one.name): 1 << place for place, one in enumerate(load_catalogue().list_values())}


@cache
def _list_large() -> tuple[tuple[int, int], ...]:
    """The bits of an axis whose change counts more than once, and how much more."""
    return tuple(
        (sum(bit for (axis, _), bit in _number_values().items() if axis == large), size - 1)
        for large, size in LARGE.items()
    )
