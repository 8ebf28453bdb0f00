"""A cluster's client, made and connected in an async fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Excludes, Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="an async fixture makes a `ValkeyCluster` of a cluster of one node, and pings it",
    phrase="in an async fixture, for a cluster",
    sources=(
        "https://valkey-py.readthedocs.io/en/latest/clustering.html",
        "https://github.com/redis/redis-py/issues/3846",
    ),
    needs=(Needs("redis>=4.3", "redis-py's asyncio client for clusters came with 4.3"),),
    excludes=(
        Excludes(
            "cleanup_style = pool_disconnect", "a cluster's client has a pool for each node, and no `connection_pool`"
        ),
    ),
    new_process="a fork doesn't know the finalizers of a cluster's client",
    alone="each of its suites has a cluster to itself, as a cluster has only one database",
    server="cluster",
)


def build(draft: Draft) -> None:
    """As `async_fixture`, with the cluster's class."""
    name = f"{draft.client_class}Cluster"
    draft.fixtures.imports.update({"import os", draft.client_import.replace(draft.client_class, name)})
    draft.source = ClientSource(
        expression=f'{name}.from_url(os.environ["VALKEY_URL"])', colour="async", prepare=("await client.ping()",)
    )
