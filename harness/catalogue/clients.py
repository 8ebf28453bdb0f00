"""What suites with a client package of another kind can't express. The values of the catalogue know valkey-py."""

from __future__ import annotations

from typing import Final

import msgspec

from harness.packages import GLIDE


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """The values of an axis that a suite with the client can have, and why it can't have the others."""

    axis: str
    values: tuple[str, ...]
    reason: str  # of all that no other is given for
    reasons: dict[str, str] = {}


_GLIDE: Final = (
    Limit(
        axis="creation_site",
        values=("async_fixture", "event_loop_fixture", "asyncio_run_fixture", "inside_test", "app_lifespan"),
        reason="a Glide client is made by `await GlideClient.create(…)`: only a coroutine can make one",
        reasons={
            "shared_pool": "a Glide client has no connection pool that clients could share",
            "blocking_pool": "a Glide client has no connection pool that clients could share",
            "cluster_client": "Glide's client for clusters takes another configuration, which no suite here has",
            "loop_argument": "a Glide client takes no arguments but its configuration",
        },
    ),
    Limit(
        axis="cleanup_style",
        values=(
            *("none", "aclose", "close", "async_with", "body_end", "flush_around"),
            *("asyncio_run", "run_until_complete", "drop_and_collect"),
        ),
        reason="this cleanup is written for valkey-py's client, and Glide's has nothing like it",
        reasons={"pool_disconnect": "a Glide client has no connection pool that a suite could disconnect"},
    ),
    Limit(
        axis="workload",
        values=("get_set", "gather", "pipeline", "idle_block"),
        reason="this work is written in commands of valkey-py, which Glide has in another form",
        reasons={
            "pubsub": "Glide has no `pubsub()`: a client is configured with its subscriptions",
            "blocking_pop": "Glide sends all commands of a client over one connection, where one that waits keeps the "
            "others waiting",
            "idle_listen": "Glide has no `pubsub()`: a client is configured with its subscriptions",
        },
    ),
)

LIMITS: Final = {GLIDE: {limit.axis: limit for limit in _GLIDE}}
"""By client package, then by axis. An axis that isn't named has all its values."""


def find_obstacle(client: str, axis: str, value: str) -> str | None:
    """Why a suite with this client can't have the value; None if it can."""
    limit = LIMITS.get(client, {}).get(axis)
    if limit is None or value in limit.values:
        return None
    return limit.reasons.get(value, limit.reason)
