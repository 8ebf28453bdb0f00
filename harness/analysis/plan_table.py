"""What a run would do and take, before it is started: as a whole, or shard by shard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.output.table import Table
from harness.output.text import count, duration
from harness.planning.sharding import find_longest, sum_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.environments.model import EnvironmentRequest
    from harness.planning.sharding import Share, Shares

NOTE = "Seconds on two cores, from the costs that come with this program; nothing was run."


def make_plan_table(shards: Sequence[Shares], *, repeat: int) -> Table:
    """A row an environment, in groups if there are several shards."""
    rows: list[tuple[str, ...]] = []
    for number, shares in enumerate(shards, 1):
        if len(shards) > 1:
            rows.append((f"Shard {number} of {len(shards)}: {_sum_up(shares, repeat)}",))
        rows += [(_name(share.request), f"{len(share.cells) * repeat:,}", duration(share.seconds)) for share in shares]
    return Table(
        name="plan",
        title="What would be run",
        headers=("environment", "runs of a cell", "takes"),
        rows=tuple(rows),
        lead=_sum_up([share for shares in shards for share in shares], repeat)
        if len(shards) == 1
        else _balance(shards),
        note=NOTE,
    )


def describe_plan(shards: Sequence[Shares], *, repeat: int) -> dict[str, Any]:
    """The same for programs."""
    return {
        "seconds": round(sum(map(sum_seconds, shards)), 1),
        "longest_against_mean": round(_compare_longest(shards), 3),
        "shards": [
            {
                "shard": f"{number}/{len(shards)}",
                "seconds": round(sum_seconds(shares), 1),
                "environments": [
                    {
                        "environment": _name(share.request),
                        "runs": len(share.cells) * repeat,
                        "seconds": round(share.seconds, 1),
                    }
                    for share in shares
                ],
            }
            for number, shares in enumerate(shards, 1)
        ],
    }


def _balance(shards: Sequence[Shares]) -> str:
    total = sum(map(sum_seconds, shards))
    return (
        f"{count(len(shards), 'shard')}, {duration(total)} in all. The longest takes "
        f"{duration(find_longest(shards))}, which is {_compare_longest(shards):.2f} times the mean."
    )


def _compare_longest(shards: Sequence[Shares]) -> float:
    return find_longest(shards) * len(shards) / sum(map(sum_seconds, shards))


def _sum_up(shares: Sequence[Share], repeat: int) -> str:
    runs = sum(len(share.cells) for share in shares) * repeat
    return f"{count(len(shares), 'environment')}, {count(runs, 'run')} of a cell, {duration(sum_seconds(shares))}"


def _name(request: EnvironmentRequest) -> str:
    """`3.13, pytest-asyncio 1.5.0, valkey`, with what else was asked for."""
    client = f"{request.client} {request.client_version}" if request.client_version else request.client
    further = [f"pytest {request.pytest}"] if request.pytest else []
    return ", ".join([f"Python {request.python}", f"pytest-asyncio {request.plugin}", client, *further, *request.pins])
