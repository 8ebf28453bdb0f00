"""Sources in place of versions: built into a version before a command runs, so that no command knows of them."""

from __future__ import annotations

import dataclasses
import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from harness.errors import UsageError
from harness.packages import CLIENTS
from harness.servers.secrecy import hide_password

if TYPE_CHECKING:
    from collections.abc import Callable

    Say = Callable[[str], None]

Options = TypeVar("Options")

_GIT = "git+"
_ARCHIVES = (".whl", ".tar.gz", ".zip")
_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")

_PACKAGES = {
    **dict.fromkeys(("pytest_asyncio_versions", "on"), "pytest-asyncio"),
    "pytest_versions": "pytest",
    **{client.pinned_by: name for name, client in CLIENTS.items()},
}
"""Options that name versions of one package."""

_SIDES = ("before", "after", "against")
_ENDS = ("start", "end")
_PINS = "pins"


def is_source(text: str) -> bool:
    """Whether a text names sources rather than a version or results: by how it is written, and by what is there."""
    if text.startswith(_GIT) or text.endswith(_ARCHIVES):
        return True
    is_path = "/" in text or os.sep in text or text in (".", "..")
    return is_path and any(Path(text, name).is_file() for name in _PROJECT_FILES)


def take_sources(options: Options, say: Say) -> Options:
    """The options with a version wherever they name sources, which are built and kept in the cache; `say` hears which.

    Raises `UsageError` for what can't be built, and where the package is another than the option's.
    """
    given = {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}  # type: ignore[arg-type]
    builder = _Builder(say)
    taken: dict[str, Any] = {}
    for name, value in given.items():
        if name in _PACKAGES:
            taken[name] = tuple(builder.take(text, _PACKAGES[name]) for text in value)
        elif name in _ENDS and value is not None:
            taken[name] = builder.take(value, given["over"])
        elif name in _SIDES:
            taken[name] = ",".join(builder.take_part(part.strip()) for part in value.split(","))
        elif name == _PINS:
            taken[name] = tuple(map(builder.take_named, value))
    return dataclasses.replace(options, **taken)  # type: ignore[type-var]


class _Builder:
    """Gives the version of what a text names, if it names sources, and otherwise the text."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def take(self, text: str, package: str) -> str:
        """The version of this package."""
        if not is_source(text):
            return text
        found, version = self._build(text)
        if found != package:
            remedy = f"Name sources of {package}, or another option."
            raise UsageError(f"{text} is {found}, not {package}.", remedy=remedy)
        return version

    def take_named(self, text: str) -> str:
        """The package and its version, `anyio==4.13.0+folder.1a2b3c4d`."""
        return "==".join(self._build(text)) if is_source(text) else text

    def take_part(self, part: str) -> str:
        """A part of a side of a comparison: `./dist/x.whl`, `valkey=../valkey-py`, `python=3.13`."""
        package, equals, text = part.partition("=")
        if equals and not package.startswith(_GIT) and is_source(text):
            return f"{package}={self.take(text, package)}"
        return self.take_named(part).replace("==", "=")

    def _build(self, text: str) -> tuple[str, str]:
        # Not imported above: hardly any command is given sources.
        package, version = import_module("harness.environments.sources").take_version(text)
        self._say(f"{hide_password(text, text)} is {package} {version}.")
        return package, version
