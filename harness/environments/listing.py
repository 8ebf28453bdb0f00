"""What can be run on this machine: interpreters, why others aren't used, and the releases that fit each."""

from __future__ import annotations

from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.specifiers import SpecifierSet
from tabulate import tabulate

from harness.environments.identity import PLUGIN, platform_tag
from harness.environments.interpreters import choose_for_each_minor
from harness.environments.model import RejectedInterpreter
from harness.packages import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.environments.interpreters import Discovery
    from harness.environments.model import Interpreter
    from harness.environments.releases import Releases


MOST = 45
"""Releases of a package that a terminal shows; JSON has all."""

ALLOWED = "So say the packages themselves. A pytest that is newer than the plugin may be allowed, and fail."
"""What is to be known of ranges that were not run."""

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


class PytestRange(msgspec.Struct, frozen=True, kw_only=True):
    """The releases of pytest that go with a release of pytest-asyncio on these Pythons."""

    plugin: str
    oldest: str
    newest: str
    pythons: tuple[str, ...]  # minors of this machine

    def __str__(self) -> str:
        ends = dict.fromkeys((self.pythons[0], self.pythons[-1]))
        return f"{' – '.join(dict.fromkeys((self.oldest, self.newest)))} on {' – '.join(ends)}"


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Everything `environments` shows."""

    platform: str
    interpreters: tuple[ListedInterpreter, ...]
    rejected: tuple[RejectedInterpreter, ...]
    refreshed: str
    releases: dict[str, tuple[ListedRelease, ...]]
    pytest: tuple[PytestRange, ...]


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
        pytest=tuple(list_ranges(releases, [each.minor for each in used])),
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
            f"Which pytest goes with it, oldest and newest:\n{_make_pytest_table(listing.pytest)}\n{ALLOWED}",
        )
    )


def list_ranges(releases: Releases, pythons: Sequence[str]) -> Iterator[PytestRange]:
    """What the metadata of both packages allow, release by release of the plugin. Pythons with equal ends are one."""
    for plugin in releases.versions(PLUGIN):
        allowed = SpecifierSet(plugin.pytest or "")
        fitting = [
            (python, [one.version for one in releases.versions("pytest", python=python) if one.version in allowed])
            for python in pythons
            if plugin.fits(python)
        ]
        ends = [(python, (found[0], found[-1])) for python, found in fitting if found]
        for (oldest, newest), group in groupby(ends, key=lambda pair: pair[1]):
            yield PytestRange(
                plugin=plugin.version, oldest=oldest, newest=newest, pythons=tuple(python for python, _ in group)
            )


def _make_pytest_table(ranges: Iterable[PytestRange]) -> str:
    """The newest first; one row for releases in a row that are alike."""
    texts = [(plugin, "; ".join(map(str, group))) for plugin, group in groupby(ranges, key=lambda one: one.plugin)]
    rows = []
    for text, group in groupby(reversed(texts), key=lambda pair: pair[1]):
        plugins = [plugin for plugin, _ in group]
        rows.append((" – ".join(dict.fromkeys((plugins[-1], plugins[0]))), text))
    return tabulate(rows, headers=(PLUGIN, "pytest"), disable_numparse=True)


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
