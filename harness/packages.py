"""Words for packages and versions that users write and every part of the harness reads."""

from __future__ import annotations

from typing import Final

import msgspec

NEWEST: Final = "newest"
"""In place of a version: the newest that there is, or that the Python can have."""

NONE: Final = "none"
"""In place of a version, or of a client package: there is none in an environment that is not ours."""


class ClientPackage(msgspec.Struct, frozen=True, kw_only=True):
    """A client package that suites can use."""

    module: str  # that suites import its asyncio client from
    name: str  # of the client's class
    oldest: str  # release that can be asked for
    needs: tuple[str, ...]  # what its releases need beyond what pytest needs as well
    pinned_by: str  # the field of options that names its versions
    new_process: str = ""  # why its suites can't be forked

    @property
    def root(self) -> str:
        """The topmost module: `redis`."""
        return self.module.partition(".")[0]


GLIDE: Final = "valkey-glide"

CLIENTS: Final = {
    "valkey": ClientPackage(
        module="valkey.asyncio",
        name="Valkey",
        oldest="6.0.0",
        needs=("async-timeout",),
        pinned_by="valkey_versions",
    ),
    "redis": ClientPackage(
        module="redis.asyncio",
        name="Redis",
        oldest="4.2.0",
        needs=("async-timeout", "deprecated", "pyjwt", "wrapt"),
        pinned_by="redis_versions",
    ),
    GLIDE: ClientPackage(
        module="glide",
        name="GlideClient",
        oldest="2.4.0",  # the first whose client has `aclose` and can stand in `async with`
        needs=("anyio", "cffi", "idna", "outcome", "protobuf", "pycparser", "sniffio", "sortedcontainers", "trio"),
        pinned_by="glide_versions",
        new_process="Glide's core runs threads of its own, which a fork doesn't have",
    ),
}
"""Client packages that suites can use, by the names under which they are installed."""

DEFAULT_CLIENT: Final = next(iter(CLIENTS))
"""The one that is meant where none is named."""


def are_alike(one: str, other: str) -> bool:
    """Whether suites with two client packages meet the same errors: valkey-py began as a copy of redis-py."""
    return one == other or GLIDE not in (one, other)


def takes_valkey_urls(client: str) -> bool:
    """Whether a suite with the client understands `valkey://`; other clients know only `redis://`."""
    return client in (DEFAULT_CLIENT, GLIDE)


def find_new_process(client: str) -> str:
    """Why suites with the client can't be forked; empty if they can."""
    return CLIENTS[client].new_process if client in CLIENTS else ""
