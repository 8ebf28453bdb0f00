"""Which distribution brings a module, by the name it is imported under."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("distributions.toml")


def name_distributions(module: str) -> tuple[str, ...]:
    """The distributions that bring `module`, likeliest first: of a few well-known ones, or what it is called itself.

    `yaml` → `PyYAML`, `google.protobuf.message` → `protobuf`, `pytest_mock` → `pytest-mock`.
    """
    known = _load()
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        found = known.get(".".join(parts[:length]))
        if found:
            return found
    return (parts[0].replace("_", "-"),)


@cache
def _load() -> dict[str, tuple[str, ...]]:
    return {name: tuple(names) for name, names in tomllib.loads(DATA.read_text(encoding="utf-8")).items()}
