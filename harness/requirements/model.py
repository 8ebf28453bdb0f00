"""What was found, where, and whether it counts."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable

TEST_WORDS = frozenset(
    {
        *("test", "tests", "testing", "pytest", "unit", "unittest", "unittests", "integration"),
        # Suites that this program is for need what they talk to the server with.
        *("redis", "valkey", "hiredis", "aioredis", "async", "asyncio", "aio"),
    }
)
DEVELOPMENT_WORDS = frozenset({"dev", "devel", "develop", "development", "devs", "ci", "local"})


class Rank(IntEnum):
    """Why something counts."""

    NEVER = 0  # it is for something else: documentation, linting
    DEVELOPMENT = 1  # it counts where nothing that is for tests names pytest
    TESTS = 2
    ALWAYS = 3


def rank_name(name: str, otherwise: Rank = Rank.NEVER) -> Rank:
    """What a group, an extra or a file is for, by the words of its name: `test-redis`, `dev`, `tests_unit`."""
    words = set(re.split(r"[-_. ]+", name.lower()))
    if words & TEST_WORDS:
        return Rank.TESTS
    return Rank.DEVELOPMENT if words & DEVELOPMENT_WORDS else otherwise


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One list of requirements in one file, as it is written there."""

    file: str
    part: str = ""  # "dependencies", "group dev"; empty: all of it
    rank: Rank = Rank.ALWAYS
    lines: tuple[str, ...] = ()  # PEP 508
    constraints: tuple[str, ...] = ()  # bounds of what may not even be needed
    extras: tuple[str, ...] = ()  # of the project itself
    notes: tuple[str, ...] = ()  # what of it isn't followed


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """What a suite needs: PEP 508 lines, sorted, and what was left out, each a sentence for the user."""

    lines: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    preferences: tuple[str, ...] = ()  # "name==version" of lock files: kept as far as the versions under test allow
    python: str = ""  # which versions of Python the project supports: ">=3.12"
    read: str = ""  # where that was found, and what was not read
    notes: tuple[str, ...] = ()


def make_source(
    file: str,
    part: str,
    entries: Iterable[object],
    *,
    rank: Rank = Rank.ALWAYS,
    extras: Iterable[str] = (),
    constraints: Iterable[str] = (),
    notes: Iterable[str] = (),
) -> Source:
    """A source of these entries; those that can't be installed by name and version become notes."""
    lines, left_out = [], list(notes)
    for entry in entries:
        line, note = read_line(str(entry), file)
        if line:
            lines.append(line)
        if note:
            left_out.append(note)
    bounds = [line for line, _ in (read_line(each, file) for each in constraints) if line]
    return Source(
        file=file,
        part=part,
        rank=rank,
        lines=tuple(lines),
        constraints=tuple(bounds),
        extras=tuple(extras),
        notes=tuple(left_out),
    )


def read_line(text: str, file: str) -> tuple[str, str]:
    """The requirement as it is written everywhere, and why there is none."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        what = "an address" if "://" in text or "@" in text else repr(text[:60])  # there may be a password in it
        return "", f"{file}: {what} is no requirement of a name and version, so it is not installed"
    if requirement.url:
        return "", f"{file}: {requirement.name} is asked for by its address, so it is not installed"
    return str(requirement), ""


def split_own_extras(source: Source, name: str) -> Source:
    """The source with `name[extra]` as an extra, where `name` is the project itself."""
    own = [each for each in map(Requirement, source.lines) if name and is_same_name(each.name, name)]
    if not own:
        return source
    return msgspec.structs.replace(
        source,
        lines=tuple(line for line in source.lines if not is_same_name(Requirement(line).name, name)),
        extras=(*source.extras, *(extra for each in own for extra in sorted(each.extras))),
    )


def is_same_name(one: str, other: str) -> bool:
    """Whether two spellings name the same package or extra."""
    return canonicalize_name(one) == canonicalize_name(other)
