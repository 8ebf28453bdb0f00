"""Which plugin of pytest a suite needs, by what it uses of it: keys in the configuration, fixtures and marks."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("plugin_signs.toml")


def name_plugin_of(kind: str, name: str) -> str | None:
    """The plugin that has this one of the `keys`, `fixtures` or `marks`: `mocker` → `pytest-mock`."""
    return _load(kind).get(name)


@cache
def _load(kind: str) -> dict[str, str]:
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    return {name: plugin for plugin, signs in data.items() for name in signs.get(kind, ())}
