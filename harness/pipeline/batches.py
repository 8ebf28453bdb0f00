"""Which cells one worker runs in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    Key = Callable[["Work"], Hashable]

Work = TypeVar("Work")

FEW = 20
"""As many cells take about a second. So few need no second worker, which would start a warm process for them."""


def make_batches(works: Iterable[Work], key: Key[Work]) -> Iterator[tuple[Work, ...]]:
    """Those that share a warm process with few others, together and first; then all others one by one, as they come.

    `key` says which warm process work is for, None for work that is for none. One process runs one cell at a time, so
    workers that run cells of the same kind at the same time start one each.
    """
    by_key: dict[Hashable, list[Work]] = {}
    for work in works:
        by_key.setdefault(key(work), []).append(work)
    few = {name for name, group in by_key.items() if name is not None and len(group) <= FEW}
    yield from (tuple(group) for name, group in by_key.items() if name in few)
    yield from ((work,) for name, group in by_key.items() if name not in few for work in group)
