"""Which calls make a client that belongs to an event loop."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("clients.toml")

METHODS = frozenset({"from_url", "create", "connect", "from_pool", "from_conn_info", "with_client", "master_for"})
"""Class methods that make one as the class itself does."""


@cache
def load_makers() -> dict[str, tuple[str, bool]]:
    """dotted name → library, and whether it makes a pool."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    return {
        name: (library, kind == "pool")
        for library, kinds in data.items()
        for kind in ("make", "pool")
        for name in kinds.get(kind, ())
    }


def find_maker(dotted: str) -> tuple[str, bool] | None:
    """What a call of this name makes: its library, and whether a pool; None where it is none that is known."""
    makers = load_makers()
    if dotted in makers:
        return makers[dotted]
    owner, _, method = dotted.rpartition(".")
    return makers.get(owner) if method in METHODS else None


@cache
def list_libraries() -> frozenset[str]:
    """The packages that these are imported from."""
    return frozenset(name.partition(".")[0] for name in load_makers())
