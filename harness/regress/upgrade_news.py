"""Which releases are new since others were listed, and the plan that measures each of them: one environment more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import tomlkit
from packaging.version import Version

from harness.environments.identity import PLUGIN
from harness.environments.releases import PYTHON, Release, ReleaseData, Releases
from harness.packages import CLIENTS, DEFAULT_CLIENT
from harness.planning.environments import find_newest_release
from harness.regress.baseline_plan import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAIN = "releases"
"""The part of the baseline's plan whose Python new packages are measured on."""

SELECTIONS = {"anyio": "runner = anyio", "uvloop": "loop_policy = uvloop"}
"""The cells that a package is there for."""


class NewRelease(msgspec.Struct, frozen=True, kw_only=True):
    """A release, or a pre-release, that was not listed before."""

    package: str  # or "python"
    release: Release
    measured: bool = True  # not where a later one of its line is new as well

    @property
    def name(self) -> str:
        """`pytest-asyncio 1.6.0`."""
        return f"{'Python' if self.package == PYTHON else self.package} {self.release.version}"


def find_news(before: ReleaseData, now: ReleaseData, proposed: ReleaseData | None = None) -> tuple[NewRelease, ...]:
    """What is new since `before`, in the order of packages and versions.

    Nothing where all of it was `proposed` already. Of a package that was not listed at all, nothing is new.
    """
    known = _list_releases(before)
    new = {
        package: {version: one for version, one in found.items() if version not in known[package]}
        for package, found in _list_releases(now).items()
        if package in known
    }
    listed = _list_releases(proposed) if proposed else {}
    if all(found.keys() <= listed.get(package, {}).keys() for package, found in new.items()):
        return ()
    return tuple(one for package, found in new.items() for one in _mark_measured(package, found.values()))


def _list_releases(data: ReleaseData) -> dict[str, dict[str, Release]]:
    """package → version → release, pre-releases among them; none that was taken back."""
    found: dict[str, dict[str, Release]] = {}
    for packages in (data.packages, data.watched):
        for package, releases in packages.items():
            found.setdefault(package, {}).update({one.version: one for one in releases if not one.yanked})
    return found


def _mark_measured(package: str, releases: Iterable[Release]) -> list[NewRelease]:
    ordered = sorted(releases, key=lambda one: Version(one.version))
    last = {_find_line(one): one for one in ordered}
    return [NewRelease(package=package, release=one, measured=last[_find_line(one)] is one) for one in ordered]


def _find_line(release: Release) -> tuple[int, ...]:
    """`1.6.0rc1` and `1.6.2` are of one line."""
    return Version(release.version).release[:2]


def make_parts(news: Iterable[NewRelease], before: ReleaseData, plan: Mapping[str, Part]) -> dict[str, Part]:
    """The part of a plan for each release that is measured, by its name.

    One thing in it is new; all others are the newest that there was before, on the Python of the baseline's plan.
    """
    known = Releases(before)
    main = plan[MAIN]
    return {one.name: _make_part(one, known, main) for one in news if one.measured}


def _make_part(one: NewRelease, known: Releases, main: Part) -> Part:
    python, version = main.pythons[0], one.release.version
    if one.package == PYTHON:
        python = ".".join(version.split(".")[:2])
    part = Part(
        meaning=one.name,
        profile=main.profile,
        pythons=(python,),
        plugins=(find_newest_release(known, PLUGIN, python),),
        clients=(find_newest_release(known, DEFAULT_CLIENT, python),),
    )
    if one.package == PLUGIN:
        return msgspec.structs.replace(part, plugins=(version,))
    if one.package == "pytest":
        return msgspec.structs.replace(part, pytest=(version,))
    if one.package in CLIENTS:
        return msgspec.structs.replace(part, client=one.package, clients=(version,))
    if one.package != PYTHON:
        further = (f"{one.package}=={version}",)
        return msgspec.structs.replace(part, further=further, select=SELECTIONS[one.package])
    return part


def write_parts(parts: Mapping[str, Part]) -> str:
    """As `baseline --plan` reads it."""
    return tomlkit.dumps({name: msgspec.json.decode(msgspec.json.encode(part)) for name, part in parts.items()})


def list_pythons(news: Iterable[NewRelease], plan: Mapping[str, Part]) -> tuple[str, ...]:
    """The Pythons that it takes: that of the plan, and each that is new."""
    new = (one.release.version for one in news if one.measured and one.package == PYTHON)
    return tuple(dict.fromkeys((plan[MAIN].pythons[0], *new)))


def make_title(news: Iterable[NewRelease]) -> str:
    """`Measure pytest-asyncio 1.6.0 and valkey 6.3.0`; empty where nothing is new."""
    names = [one.name for one in news if one.measured]
    *first, last = [*names[:3], *([f"{len(names) - 3} more"] if len(names) > 3 else [])] or [""]
    return f"Measure {', '.join(first)}{' and ' if first else ''}{last}" if names else ""
