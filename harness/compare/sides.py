"""The two sides of a comparison as a user names them: versions, or places where results are."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.utils import canonicalize_name

from harness.cli.values import VERSION
from harness.environments.identity import python_name
from harness.environments.releases import load_releases
from harness.errors import UnknownNameError, UsageError
from harness.packages import NEWEST

if TYPE_CHECKING:
    from harness.environments.model import Environment

PLUGIN = "pytest-asyncio"
_VERSION = re.compile(rf"({VERSION})t?")
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_REMEDY = (
    "Name a version of pytest-asyncio such as 1.5.0 or newest, packages such as pytest-asyncio=1.5.0,python=3.12, or a "
    "folder or file of results."
)
_VERSIONS_REMEDY = (
    "Name a version of pytest-asyncio such as 1.5.0 or newest, or packages such as pytest-asyncio=1.5.0,python=3.12."
)


class ResultsPlace(msgspec.Struct, frozen=True):
    """Results in a folder or a file."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


class Versions(msgspec.Struct, frozen=True):
    """Environments that have these versions: (package or `python`, version)."""

    wanted: tuple[tuple[str, str], ...]

    def matches(self, environment: Environment) -> bool:
        """Whether the environment has them all. A Python named `3.12` is any 3.12; packages are named exactly."""
        return all(version in list_versions(environment, package) for package, version in self.wanted)

    def __str__(self) -> str:
        return ", ".join(f"{package} {version}" for package, version in self.wanted)


Side = ResultsPlace | Versions


def read_side(text: str) -> Side:
    """`1.5.0`, `newest`, `pytest-asyncio=1.5.0,python=3.12`, or a path. Raises `UsageError` for anything else."""
    text = text.strip()
    if text and os.path.lexists(text):
        return ResultsPlace(Path(text))
    if "=" in text or text == NEWEST or _VERSION.fullmatch(text):
        return read_versions(text, _REMEDY)
    raise UsageError(f"{text!r} is no version, and there are no results at that path.", remedy=_REMEDY)


def read_versions(text: str, remedy: str = _VERSIONS_REMEDY) -> Versions:
    """`1.5.0`, `newest`, `pytest-asyncio=1.5.0,python=3.12`. Raises `UsageError` for anything else."""
    text = text.strip()
    if text == NEWEST or _VERSION.fullmatch(text):
        return Versions((_read_version(f"{PLUGIN}={text}", text, remedy),))
    return Versions(tuple(sorted(_read_version(part, text, remedy) for part in text.split(","))))


def _read_version(part: str, text: str, remedy: str) -> tuple[str, str]:
    package, _, version = (each.strip() for each in part.replace("==", "=").partition("="))
    latest = load_releases().newest(canonicalize_name(package)) if version == NEWEST else None
    if latest is not None:
        version = latest.version
    if not _PACKAGE.fullmatch(package) or not _VERSION.fullmatch(version):
        raise UsageError(f"{part.strip()!r} in {text!r} is not of the form package=version.", remedy=remedy)
    return canonicalize_name(package), version


def choose_environments(side: Versions, environments: list[Environment]) -> list[Environment]:
    """The environments of the side. Raises `UnknownNameError` if there is none, naming the versions there are."""
    found = [environment for environment in environments if side.matches(environment)]
    if not found:
        for package, version in side.wanted:
            known = {each for one in environments for each in list_versions(one, package)}
            if environments and not known:
                packages = {name for one in environments for name in one.installed}
                raise UnknownNameError("package among these results:", package, sorted(packages | {"python"}))
            if version not in known:
                raise UnknownNameError(f"version of {package} among these results:", version, sorted(known))
        raise UsageError(f"No results have {side}.", remedy="Each of these versions is there, but never together.")
    return found


def list_versions(environment: Environment, package: str) -> set[str]:
    """The names that an environment's version of a package goes by: of a Python `3.13`, `3.13.1` and `3.13t`."""
    if package == "python":
        versions = (environment.python, environment.python_minor)
        return {*versions, *(python_name(environment.implementation, version) for version in versions)}
    return {environment.installed[package]} if package in environment.installed else set()
