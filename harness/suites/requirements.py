"""What a suite says it needs: requirements files, dependency groups and the like, as PEP 508 lines.

Read from the suite's own folder, never by running anything of it. What can't be installed by name and version is
reported.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from typing import TYPE_CHECKING, Any

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PYPROJECT = "pyproject.toml"
TEST_GROUPS = ("test", "tests", "testing")
OTHER_GROUPS = ("dev",)
"""Names of groups and extras that are installed: the former if there are any, otherwise the latter."""

PYTEST_NEEDS = ("iniconfig", "pluggy")
"""What pytest alone needs. A complete list of versions names them, and they go with the pytest that is under test."""

_FILES = re.compile(
    r"([\w.-]*[-_.])?requirements[\w.-]*\.txt|requirements/(base|main|common|test|tests|testing|dev)\.txt",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"(^|\s)#.*$")
_HASH = re.compile(r"\s--hash[= ]\S+")
_INCLUDE = re.compile(r"(-r|--requirement)[ =]?\s*(?P<file>\S.*)")
_OWN = re.compile(r"(-e|--editable)[ =]?\s*(\.|\./)(\[[^]]*\])?|\./?(\[[^]]*\])?")


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """PEP 508 lines, sorted, and what was left out, each a sentence for the user."""

    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_requirements(files: Mapping[str, bytes]) -> Needed:
    """Everything that the folder's requirements files and `pyproject.toml` name."""
    reading = _Reading(files)
    for path in sorted(files):
        if _FILES.fullmatch(path):
            reading.file(path)
    if PYPROJECT in files:
        reading.project()
    return Needed(lines=tuple(sorted(set(reading.lines))), notes=tuple(dict.fromkeys(reading.notes)))


def drop_versions(lines: Iterable[str], packages: Iterable[str]) -> Needed:
    """The lines without versions of `packages`: those are under test. Extras that they ask for stay."""
    chosen = {canonicalize_name(each) for each in packages}
    kept, notes = [], []
    for line in lines:
        requirement = Requirement(line)
        if canonicalize_name(requirement.name) not in chosen:
            kept.append(line)
            continue
        if requirement.specifier:
            notes.append(f"its requirement {line} gives way: the run says which {requirement.name} is installed")
        if requirement.extras:
            requirement.specifier = Requirement(requirement.name).specifier
            kept.append(str(requirement))
    return Needed(lines=tuple(kept), notes=tuple(notes))


class _Reading:
    """Collects what the files of one folder name."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._read: set[str] = set()
        self.lines: list[str] = []
        self.notes: list[str] = []

    def file(self, path: str) -> None:
        """A requirements file and those that it includes."""
        if path in self._read:
            return
        self._read.add(path)
        for line in _join_lines(_read_text(self._files[path])):
            self._line(line, path)

    def project(self) -> None:
        """`pyproject.toml`: the project's dependencies, and its groups and extras for tests."""
        try:
            data = tomllib.loads(_read_text(self._files[PYPROJECT]))
        except tomllib.TOMLDecodeError as error:
            self.notes.append(f"its {PYPROJECT} can't be read: {error}")
            return
        project = _get_table(data, "project")
        extras, groups = _get_table(project, "optional-dependencies"), _get_table(data, "dependency-groups")
        own = _Own(name=str(project.get("name", "")), extras=extras, groups=groups)
        asked = [*_get_list(project.get("dependencies"))]
        names = {name for tables in (extras, groups) for name in tables}
        for wanted in (TEST_GROUPS, OTHER_GROUPS):
            if not names.isdisjoint(wanted):
                asked += [
                    each for name in wanted for each in (*_get_list(extras.get(name)), *_get_list(groups.get(name)))
                ]
                break
        for line in own.expanded(asked, frozenset()):
            self._requirement(line, PYPROJECT)

    def _line(self, line: str, path: str) -> None:
        included = _INCLUDE.fullmatch(line)
        if included:
            place = posixpath.normpath(posixpath.join(posixpath.dirname(path), included["file"].strip()))
            if place in self._files:
                self.file(place)
            else:
                self.notes.append(f"{path} includes {included['file']}, which is not in the folder")
        elif _OWN.fullmatch(line):
            pass  # the folder itself: what it needs stands in pyproject.toml, and it is on the import path
        elif line.startswith("-"):
            self.notes.append(f"{path}: the option {re.split('[ =]', line)[0]} is not followed")
        else:
            self._requirement(_HASH.sub("", line), path)

    def _requirement(self, line: str, path: str) -> None:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            self.notes.append(
                f"{path}: {_hide_address(line)} is no requirement of a name and version, so it is not installed"
            )
            return
        if requirement.url:
            self.notes.append(f"{path}: {requirement.name} is asked for by its address, so it is not installed")
        else:
            self.lines.append(str(requirement))


class _Own(msgspec.Struct, frozen=True, kw_only=True):
    """A project's own lists of requirements, which name each other."""

    name: str
    extras: dict[str, Any]
    groups: dict[str, Any]

    def expanded(self, entries: Iterable[object], seen: frozenset[str]) -> Iterator[str]:
        """The entries, with what `include-group` and the project's own extras stand for in their place."""
        for entry in entries:
            if isinstance(entry, dict):
                group = str(entry.get("include-group", ""))
                yield from self._once(f"group {group}", _get_list(self.groups.get(group)), seen)
                continue
            text = str(entry)
            extras = self._own_extras(text)
            if extras is None:
                yield text
            for extra in extras or ():
                yield from self._once(f"extra {extra}", _get_list(self.extras.get(extra)), seen)

    def _once(self, what: str, entries: list[object], seen: frozenset[str]) -> Iterator[str]:
        if what not in seen:
            yield from self.expanded(entries, seen | {what})

    def _own_extras(self, text: str) -> set[str] | None:
        """The extras in `name[extra]` where that is the project itself; None for any other requirement."""
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            return None
        same = self.name and canonicalize_name(requirement.name) == canonicalize_name(self.name)
        return requirement.extras if same else None


def _read_text(content: bytes) -> str:
    """`pip freeze > requirements.txt` in PowerShell writes UTF-16."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")


def _join_lines(text: str) -> Iterator[str]:
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        stripped = _COMMENT.sub("", line).strip()
        if stripped:
            yield stripped


def _hide_address(line: str) -> str:
    """The line, but of an address only that it is one: there may be a password in it."""
    return "an address" if "://" in line or "@" in line else repr(line[:60])


def _get_table(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _get_list(found: object) -> list[object]:
    return found if isinstance(found, list) else []
