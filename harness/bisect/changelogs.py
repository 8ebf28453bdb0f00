"""Where packages publish what changed, as `changelogs.toml` lists it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

DATA = Path(__file__).with_name("changelogs.toml")


@cache
def load_changelogs() -> dict[str, str]:
    """package → pattern of the address."""
    return msgspec.toml.decode(DATA.read_bytes(), type=dict[str, str])


def find_changelog(package: str, version: str) -> str:
    """The address for a release; empty for a package that isn't listed."""
    minor = ".".join(version.split(".")[:2])
    return load_changelogs().get(package, "").format(version=version, minor=minor)
