"""The versions and settings that pytest's header names, and what installers print before it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from packaging.utils import canonicalize_name

from harness.explain.model import TextVersions
from harness.packages import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PLATFORM = re.compile(
    r"^platform (?P<system>\S+) -- Python (?P<python>\d+\.\d+\S*?),? (?:\[.*\], )?(?P<rest>pytest-\S.*)$"
)
_WORKER = re.compile(r"^\[gw\d+\] (?P<system>\w+) -- Python (?P<python>\d+\.\d+\S*)")
_WORKER_STARTED = re.compile(r"^\[gw\d+\] (?:(?P<system>\w+) )?Python (?P<python>\d+\.\d+\S*)")
_PLUGINS = re.compile(r"^plugins: (?P<plugins>\S.*)$")
_SETTINGS = re.compile(r"^asyncio: (?P<settings>mode=.*)$")
_INSTALLED = re.compile(r"^\s*Successfully installed (?P<names>\S.*)$")
_ADDED = re.compile(r"^ \+ (?P<name>[\w.-]+)==(?P<version>\d\S*)$")
_OPTIONS = {"mode": "asyncio_mode", "default_loop_scope": "asyncio_default_fixture_loop_scope"}
_NAME = re.compile(r"^(?P<name>[A-Za-z][\w.-]*?)-(?P<version>\d[\w.+!]*)$")
_PATH = re.compile(r"(?:[\\/]lib[\\/]python|[\\/]Python)(?P<python>3\.?\d\d?)[\\/]", re.IGNORECASE)
_CLIENT_FILE = re.compile(r"\b(?P<client>redis|valkey)[\\/]asyncio[\\/](?:client|connection)\.py\b")

OTHERS = frozenset(
    {"allure-pytest", "anyio", "beartype", "betamax", "dash", "faker", "hypothesis", "inline-snapshot", "jaxtyping"}
    | {"langsmith", "libtmux", "logfire", "nbmake", "nbval", "pyfakefs", "pylint", "requests-mock", "respx"}
    | {"schemathesis", "splinter", "syrupy", "tavern", "time-machine", "typeguard", "vcrpy", "web3"}
)
"""Plugins whose packages aren't called `pytest-…`: the header leaves that out of all others."""


def read_versions(lines: Iterable[str]) -> TextVersions:
    """What the header says; the first mention of a package counts, but a header counts for more than an installer."""
    system = python = ""
    packages: dict[str, str] = {}
    installed: dict[str, str] = {}
    settings: dict[str, str] = {}
    for line in lines:
        if line.startswith("platform ") and (found := _PLATFORM.match(line)):
            system, python = system or found["system"], python or found["python"]
            _note_packages(packages, re.split(r",\s*| -- ", found["rest"]), prefixed=False)
        elif line.startswith("plugins: ") and (found := _PLUGINS.match(line)):
            _note_packages(packages, re.split(r",\s*", found["plugins"]), prefixed=True)
        elif line.startswith("asyncio: ") and (found := _SETTINGS.match(line)):
            settings |= _read_settings(found["settings"])
        elif line.startswith("[gw") and (found := _WORKER.match(line) or _WORKER_STARTED.match(line)):
            system, python = system or found["system"] or "", python or found["python"]
        elif "Successfully installed" in line and (found := _INSTALLED.match(line)):
            _note_packages(installed, found["names"].split(), prefixed=False)
        elif line.startswith(" + ") and (found := _ADDED.match(line)):
            installed.setdefault(canonicalize_name(found["name"]), found["version"])
    return TextVersions(system=system, python=python, packages=installed | packages, settings=settings)


def find_client(lines: Iterable[str], versions: TextVersions) -> TextVersions:
    """The versions with the client whose files are in tracebacks, with an empty version, where none is named."""
    seen = {match["client"] for line in lines if (match := _CLIENT_FILE.search(line))}
    if len(seen) != 1 or not versions.packages.keys().isdisjoint(CLIENTS):
        return versions
    return msgspec.structs.replace(versions, packages=versions.packages | dict.fromkeys(seen, ""))


def guess_from_paths(lines: Iterable[str], versions: TextVersions) -> tuple[TextVersions, str]:
    """Python's minor version, where a header is missing, by the paths in tracebacks; and a note that says so."""
    if versions.python:
        return versions, ""
    found = next((match["python"] for line in lines if (match := _PATH.search(line))), "")
    if not found:
        return versions, ""
    python = found if "." in found else f"{found[0]}.{found[1:]}"
    note = f"No header says which versions these are. Paths in it are those of Python {python}."
    return msgspec.structs.replace(versions, python=python), note


def _note_packages(packages: dict[str, str], texts: Iterable[str], *, prefixed: bool) -> None:
    for name, version in _split_versions(texts):
        full = f"pytest-{name}" if prefixed and name not in OTHERS and not name.startswith("pytest-") else name
        packages.setdefault(full, version)


def _split_versions(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name and version of `asyncio-0.26.0`."""
    for text in texts:
        if found := _NAME.match(text.strip()):
            yield canonicalize_name(found["name"]), found["version"]


def _read_settings(text: str) -> dict[str, str]:
    """`mode=Mode.STRICT, debug=False, asyncio_default_fixture_loop_scope=None`, by the names of the options."""
    pairs = (part.split("=", 1) for part in re.split(r",\s*", text) if "=" in part)
    named = {key.strip(): value.strip().removeprefix("Mode.").lower() for key, value in pairs}
    return {_OPTIONS.get(key, f"asyncio_{key.removeprefix('asyncio_')}"): value for key, value in named.items()}
