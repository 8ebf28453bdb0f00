"""What can be run on this machine: interpreters, why others aren't used, and the releases that fit each."""

from __future__ import annotations

from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from tabulate import tabulate

from harness.environments.identity import PLUGIN, platform_tag
from harness.environments.interpreters import choose_for_each_minor
from harness.environments.model import RejectedInterpreter
from harness.packages import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.environments.interpreters import Discovery
    from harness.environments.model import Interpreter
    from harness.environments.releases import Releases


MOST = 45
"""Releases of a package that a terminal shows; JSON has all."""

NAMES = 24
"""Columns for the names of interpreters that are not used."""


class ListedInterpreter(msgspec.Struct, frozen=True, kw_only=True):
    """An interpreter, and the minor it is the one for: `3.12`, or empty if another one is."""

    version: str
    implementation: str
    executable: str
    used_for: str


class ListedRelease(msgspec.Struct, frozen=True, kw_only=True):
    """A release and the minors of this machine that it supports. Dates are UTC."""

    version: str
    released: str
    current_until: str
    requires_python: str
    yanked: bool
    pythons: tuple[str, ...]


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Everything `environments` shows."""

    platform: str
    interpreters: tuple[ListedInterpreter, ...]
    rejected: tuple[RejectedInterpreter, ...]
    refreshed: str
    releases: dict[str, tuple[ListedRelease, ...]]


def survey(discovery: Discovery, releases: Releases) -> Listing:
    """Compare the interpreters that were found with the releases there are."""
    used = choose_for_each_minor(discovery.found)
    return Listing(
        platform=platform_tag(),
        interpreters=tuple(
            ListedInterpreter(
                version=each.version,
                implementation=each.implementation,
                executable=each.executable,
                used_for=each.minor if each in used else "",
            )
            for each in discovery.found
        ),
        rejected=discovery.rejected,
        refreshed=f"{releases.refreshed:%Y-%m-%d}",
        releases={package: _list_releases(package, releases, used) for package in releases.packages},
    )


def make_json(discovery: Discovery, releases: Releases) -> dict[str, object]:
    """The survey as what JSON can hold."""
    return msgspec.convert(msgspec.to_builtins(survey(discovery, releases)), dict[str, object])


def describe(discovery: Discovery, releases: Releases, width: int) -> str:
    """The survey as text of at most `width` columns: tables, newest release first."""
    listing = survey(discovery, releases)
    minors = [each.used_for for each in listing.interpreters if each.used_for]
    packages = [package for package in (PLUGIN, *CLIENTS) if package in listing.releases]
    tables = {package: _make_release_table(listing.releases[package], minors) for package in packages}
    return "\n\n".join(
        (
            f"Interpreters on {listing.platform}:\n{_make_interpreter_table(listing.interpreters)}",
            f"Not used:\n{_make_rejected_table(listing.rejected, width)}",
            *(f"{package} releases, as of {listing.refreshed}:\n{table}" for package, table in tables.items()),
        )
    )


def _list_releases(package: str, releases: Releases, used: tuple[Interpreter, ...]) -> tuple[ListedRelease, ...]:
    return tuple(
        ListedRelease(
            version=release.version,
            released=f"{release.uploaded:%Y-%m-%d}",
            current_until=f"{releases.current_until(package, release.version):%Y-%m-%d}",
            requires_python=release.requires_python,
            yanked=release.yanked,
            pythons=tuple(each.minor for each in used if release.fits(each.version)),
        )
        for release in releases.versions(package, yanked=True)
    )


def _make_interpreter_table(interpreters: Iterable[ListedInterpreter]) -> str:
    rows = [
        (f"{each.implementation} {each.version}", each.used_for or "only if named", each.executable)
        for each in interpreters
    ]
    return tabulate(rows, headers=("Python", "used for", "path"), disable_numparse=True)


def _make_rejected_table(rejected: Iterable[RejectedInterpreter], width: int) -> str:
    """One row for paths of the same folder with the same reason: shims come by the dozen."""

    def place(each: RejectedInterpreter) -> tuple[str, str]:
        return str(Path(each.executable).parent), each.reason

    rows = [
        (folder, ", ".join(sorted(Path(each.executable).name for each in group)), reason)
        for (folder, reason), group in groupby(sorted(rejected, key=place), key=place)
    ]
    folders = max((len(row[0]) for row in rows), default=0)
    widths = [None, NAMES, max(width - folders - NAMES - 6, NAMES // 2)]
    return tabulate(rows, headers=("folder", "names", "reason"), disable_numparse=True, maxcolwidths=widths)


def _make_release_table(releases: Sequence[ListedRelease], minors: list[str]) -> str:
    rows = [
        (
            each.version + (" (yanked)" if each.yanked else ""),
            each.released,
            *("✓" if minor in each.pythons else "–" for minor in minors),
        )
        for each in islice(reversed(releases), MOST)
    ]
    table = tabulate(rows, headers=("version", "released", *minors), disable_numparse=True)
    older = len(releases) - len(rows)
    return f"{table}\n{older} older: --json" if older else table
