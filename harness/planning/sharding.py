"""Dividing a plan among shards that take equally long.

An environment costs an installation and a process before its first cell, so it stays whole where that is as good as
dividing it. All runs of a cell stay together, and so do the suites of the user's own in an environment: nobody knows
what they cost before they ran.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.cell import Cell
from harness.environments.identity import platform_tag
from harness.environments.model import EnvironmentRequest
from harness.errors import UsageError
from harness.planning.shard import RecordedShard, Shard
from harness.suites.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.planning.costs import Estimator
    from harness.planning.plan import Plan

WORTH = 1.05
"""Environments are divided where the longest shard takes so many times less: a recorded cost is no more exact."""

PRECISION = 0.1
"""Seconds between two lengths of a shard that are tried."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Cells of one environment that a shard runs."""

    request: EnvironmentRequest
    cells: tuple[Cell | Subject, ...]
    seconds: float  # recorded cost, the environment's own included


Shares = tuple[Share, ...]


class _Costed(msgspec.Struct, frozen=True, kw_only=True):
    """One environment of the plan and what its cells cost."""

    request: EnvironmentRequest
    cells: tuple[Cell | Subject, ...]
    setup: float
    until: tuple[float, ...]  # cost of the cells up to each, without the setup
    divisible: bool

    @property
    def units(self) -> int:
        """How many shards could have a part of it."""
        return len(self.cells) if self.divisible else 1

    def take(self, start: int, end: int) -> Share:
        """The cells from one to before another one."""
        seconds = self.setup + self.until[end - 1] - self._sum_before(start)
        return Share(request=self.request, cells=self.cells[start:end], seconds=seconds)

    def find_end(self, start: int, seconds: float, *, most: int) -> int:
        """Up to where the cells from one on take no more seconds, and are no more than so many; the same for none."""
        if not self.divisible:
            return len(self.cells) if most > 0 and self.take(start, len(self.cells)).seconds <= seconds else start
        end = bisect_right(self.until, self._sum_before(start) + seconds - self.setup)
        return max(min(end, start + most), start)

    def find_next(self, start: int) -> int:
        """Up to where the least goes that can be taken."""
        return start + 1 if self.divisible else len(self.cells)

    def _sum_before(self, start: int) -> float:
        return self.until[start - 1] if start else 0.0


def divide(plan: Plan, count: int, estimator: Estimator) -> tuple[Shares, ...]:
    """What each shard runs. Raises `UsageError` if there is nothing to run for some of them."""
    costed = [_cost(plan, request, estimator) for request in plan.requests]
    most = sum(one.units for one in costed)
    if count > most:
        raise UsageError(
            f"There is nothing to run for some of {count:,} shards.",
            remedy=f"With this selection there can be {most:,} at most.",
        )
    whole = _keep_whole(costed, count)
    divided = _pour_shortest(costed, count)
    chosen = whole if all(whole) and find_longest(whole) <= WORTH * find_longest(divided) else divided
    return tuple(map(tuple, chosen))


def find_longest(shards: Iterable[Iterable[Share]]) -> float:
    """Seconds of the shard that takes longest."""
    return max(map(sum_seconds, shards), default=0.0)


def sum_seconds(shares: Iterable[Share]) -> float:
    """What a shard takes."""
    return sum(share.seconds for share in shares)


def take_shard(plan: Plan, shard: Shard, estimator: Estimator) -> Plan:
    """What one shard runs of a plan. Raises what `divide` raises."""
    shares = divide(plan, shard.count, estimator)[shard.number - 1]
    chosen = {share.request: frozenset(share.cells) for share in shares}
    seconds = sum_seconds(shares)
    everywhere = len(plan.requests)
    cells = sum(len(share.cells) for share in shares)
    note = (
        f"Shard {shard.number} of {shard.count}: {cells:,} cells in {len(chosen):,} of {everywhere:,} environments, "
        f"about {seconds:,.0f} s on two cores."
    )
    record = RecordedShard(number=shard.number, count=shard.count, plan=digest_plan(plan), environments=len(chosen))
    return msgspec.structs.replace(plan.narrow(chosen), notes=(*plan.notes, note), shard=record)


def digest_plan(plan: Plan) -> str:
    """SHA-256 of what is to be run where: equal for all shards of a whole. Paths on this machine aren't part of it."""
    digest = hashlib.sha256(f"{platform_tag()} {plan.repeat}".encode())
    for request in plan.requests:
        named = (request.existing and request.existing.freeze, msgspec.structs.replace(request, existing=None))
        digest.update(msgspec.json.encode((named, [cell.id for cell in plan.cells_in(request)])))
    return digest.hexdigest()


def _cost(plan: Plan, request: EnvironmentRequest, estimator: Estimator) -> _Costed:
    cells = plan.cells_in(request)
    once = estimator.estimate_cells(request, cells)
    return _Costed(
        request=request,
        cells=cells,
        setup=estimator.costs.environment,
        until=tuple(accumulate(seconds * plan.repeat for seconds in once)),
        divisible=all(isinstance(cell, Cell) for cell in cells),
    )


def _keep_whole(costed: Sequence[_Costed], count: int) -> list[list[Share]]:
    """The longest environment first, each to the shard that has the least."""
    shards: list[list[Share]] = [[] for _ in range(count)]
    for share in sorted((one.take(0, len(one.cells)) for one in costed), key=lambda share: -share.seconds):
        min(shards, key=sum_seconds).append(share)
    return shards


def _pour_shortest(costed: Sequence[_Costed], count: int) -> list[list[Share]]:
    """One environment after the other into shards of one length, as short as that can be."""
    everything = sum(one.setup + one.until[-1] for one in costed)
    low, high = everything / count, everything
    while high - low > PRECISION:
        middle = (low + high) / 2
        low, high = (low, middle) if len(_pour(costed, count, middle)) <= count else (middle, high)
    return _pour(costed, count, high)


def _pour(costed: Sequence[_Costed], count: int, length: float) -> list[list[Share]]:
    """A shard ends where what comes next would make it longer, or would leave nothing for one of those after it."""
    shards: list[list[Share]] = [[]]
    left = length
    units = sum(one.units for one in costed)
    for one in costed:
        start = 0
        while start < len(one.cells):
            end = one.find_end(start, left, most=units - (count - len(shards)))
            if end == start and shards[-1]:
                shards.append([])
                left = length
                continue
            share = one.take(start, max(end, one.find_next(start)))
            shards[-1].append(share)
            left -= share.seconds
            start += len(share.cells)
            units -= len(share.cells) if one.divisible else 1
    return shards
