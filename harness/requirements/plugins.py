"""Plugins that pytest's configuration takes for granted: without them pytest doesn't start."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.requirements.model import Rank, Source, make_source
from harness.requirements.older_files import read_ini
from harness.requirements.tables import get_strings, get_table, read_toml
from harness.requirements.text_files import split_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DATA = Path(__file__).with_name("plugins.toml")
INI_FILES = {"pytest.ini": "pytest", ".pytest.ini": "pytest", "tox.ini": "pytest", "setup.cfg": "tool:pytest"}


def name_plugin(option: str) -> str | None:
    """The plugin that brings an option of pytest, `--cov=app` → `pytest-cov`; None where none is known."""
    known = _load()
    word = option.split("=", maxsplit=1)[0]
    if not word.startswith("--"):
        return next((known[each] for each in known if not each.startswith("--") and word.startswith(each)), None)
    fit = [each for each in known if word == each or word.startswith(each + "-")]
    return known[max(fit, key=len)] if fit else None


def read_configured(files: Mapping[str, bytes]) -> list[Source]:
    """The plugins that `addopts` and `required_plugins` name."""
    found = []
    for path, settings in _list_settings(files):
        words = [each for each in _list_words(settings.get("addopts")) if each.startswith("-")]
        plugins = dict.fromkeys(filter(None, map(name_plugin, words)))
        if settings.get("DJANGO_SETTINGS_MODULE"):
            plugins["pytest-django"] = None
        # As in pytest itself, `required_plugins` is a list of requirements, separated by spaces.
        required = _list_words(settings.get("required_plugins"))
        if plugins or required:
            found.append(make_source(path, "pytest's options", [*plugins, *required], rank=Rank.ALWAYS))
    return found


def list_settings_modules(files: Mapping[str, bytes]) -> list[str]:
    """Modules that pytest-django imports before any test: `shop.settings`."""
    named = (settings.get("DJANGO_SETTINGS_MODULE") for _, settings in _list_settings(files))
    return [name for name in named if isinstance(name, str)]


def _list_settings(files: Mapping[str, bytes]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, section in INI_FILES.items():
        if path in files and section in (parser := read_ini(files, path)):
            yield path, parser[section]  # which knows names in any case
    for path in ("pyproject.toml", "pytest.toml", ".pytest.toml"):
        data, _ = read_toml(files, path)
        native = get_table(get_table(data, "tool"), "pytest") if path == "pyproject.toml" else get_table(data, "pytest")
        yield path, {**native, **get_table(native, "ini_options")}


def _list_words(setting: object) -> list[str]:
    return split_words(setting) if isinstance(setting, str) else get_strings(setting)


@cache
def _load() -> dict[str, str]:
    return tomllib.loads(DATA.read_text(encoding="utf-8"))
