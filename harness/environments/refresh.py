"""Write `releases.json` anew from the package index: `python -m harness.environments.refresh`."""

from __future__ import annotations

import sys
import tempfile
import zipfile
from datetime import UTC, datetime
from email import message_from_string
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from harness.environments.identity import PLUGIN
from harness.environments.python_releases import list_python_releases
from harness.environments.releases import DATA, PYTHON, Release, ReleaseData
from harness.errors import HarnessError, InfrastructureError
from harness.files import replace_file
from harness.packages import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pypi_simple import DistributionPackage, PyPISimple

# The oldest release of each package that can be asked for; older ones are of no use here.
OLDEST = {
    "pytest-asyncio": "0.17.0",
    "pytest": "6.1.0",
    **{name: client.oldest for name, client in CLIENTS.items()},
}
WATCHED = {"anyio": "3.0.0", "uvloop": "0.14.0"}
"""Packages of which it is only looked whether there is a new release."""

NEVER = datetime.min.replace(tzinfo=UTC)


class IndexFile(Protocol):
    """What is read of one file of a project, as `pypi_simple.DistributionPackage` has it."""

    @property
    def version(self) -> str | None: ...
    @property
    def upload_time(self) -> datetime | None: ...
    @property
    def requires_python(self) -> str | None: ...
    @property
    def is_yanked(self) -> bool: ...


def refresh(path: Path = DATA) -> ReleaseData:
    """Ask the index for all releases and write them to `path`.

    Raises `InfrastructureError` when `pypi-simple` isn't installed or the index can't be reached; `path` is left alone.
    """
    before = msgspec.json.decode(path.read_bytes(), type=ReleaseData) if path.exists() else ReleaseData(NEVER, {})
    needs = {one.version: one.pytest for one in before.packages.get(PLUGIN, ()) if one.pytest}
    data = fetch(needs, before.watched.get(PYTHON, ()))
    replace_file(path, encode(data))
    return data


def fetch(known: Mapping[str, str], pythons: Iterable[Release]) -> ReleaseData:
    """The releases as the index has them now.

    `known` says of releases of the plugin which pytest they require, `pythons` are those that were listed before.
    """
    try:
        from pypi_simple import PyPISimple  # noqa: PLC0415 - only this command needs it
    except ImportError as error:
        raise InfrastructureError(
            "Refreshing the release dates needs the package pypi-simple.",
            remedy="Install the dependency group: `python -m pip install --group refresh`.",
        ) from error
    now = datetime.now(UTC).replace(microsecond=0)
    try:
        with PyPISimple() as index:
            pages = {name: index.get_project_page(name).packages for name in {**OLDEST, **WATCHED}}
            packages = {name: fold_releases(pages[name], Version(oldest)) for name, oldest in OLDEST.items()}
            packages[PLUGIN] = tuple(
                msgspec.structs.replace(one, pytest=known.get(one.version) or download_need(index, one, pages[PLUGIN]))
                for one in packages[PLUGIN]
            )
    except OSError as error:  # what requests raises
        raise InfrastructureError(
            f"The package index can't be read: {type(error).__name__}.",
            remedy="Check the network connection and try again. The release dates on disk were not changed.",
        ) from error
    watched = {name: fold_coming(pages[name], packages[name]) for name in OLDEST}
    for name, oldest in WATCHED.items():
        released = fold_releases(pages[name], Version(oldest))
        watched[name] = (*released, *fold_coming(pages[name], released))
    listed = list_python_releases(pythons, now)
    watched[PYTHON] = tuple(sorted(listed, key=lambda one: Version(one.version)))
    return ReleaseData(now, packages, {name: found for name, found in watched.items() if found})


def fold_releases(files: Iterable[IndexFile], oldest: Version) -> tuple[Release, ...]:
    """Fold a project's files into releases from `oldest` on, in version order, without pre-releases."""
    return _fold(files, lambda version: version >= oldest and not version.is_prerelease)


def fold_coming(files: Iterable[IndexFile], released: Sequence[Release]) -> tuple[Release, ...]:
    """Fold them into the pre-releases after the newest release, without versions of development."""
    newest = max((Version(one.version) for one in released), default=Version("0"))
    return _fold(files, lambda version: version > newest and version.is_prerelease and not version.is_devrelease)


def _fold(files: Iterable[IndexFile], wanted: Callable[[Version], bool]) -> tuple[Release, ...]:
    dated = [(version, file) for file in files if (version := _read_version(file)) and wanted(version)]
    dated.sort(key=lambda pair: pair[0])
    return tuple(_make_release([file for _, file in group]) for _, group in groupby(dated, key=lambda pair: pair[0]))


def download_need(index: PyPISimple, release: Release, files: Iterable[DistributionPackage]) -> str:
    """Which pytest a release requires, as its wheel says."""
    wheel = next(one for one in files if one.version == release.version and one.package_type == "wheel")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, wheel.filename)
        index.download_package(wheel, path)
        with zipfile.ZipFile(path) as archive:
            name = next(one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
            return find_need(archive.read(name).decode())


def find_need(metadata: str) -> str:
    """What a package's metadata requires of pytest: ">=8.2,<10"."""
    lines = message_from_string(metadata).get_all("Requires-Dist", [])
    needs = [one for one in map(Requirement, lines) if one.name == "pytest" and one.marker is None]
    return ",".join(sorted(str(clause) for one in needs for clause in one.specifier))


def encode(data: ReleaseData) -> bytes:
    """JSON with one release a line, so that a refresh shows as lines added."""
    refreshed = msgspec.json.encode(data.refreshed).decode()
    packages, watched = map(_encode_packages, (data.packages, data.watched))
    return f'{{\n  "refreshed": {refreshed},\n  "packages": {packages},\n  "watched": {watched}\n}}\n'.encode()


def _encode_packages(packages: Mapping[str, Sequence[Release]]) -> str:
    lines = []
    for package, releases in packages.items():
        inner = ",\n".join("      " + msgspec.json.encode(release).decode() for release in releases)
        lines.append(f"    {msgspec.json.encode(package).decode()}: [\n{inner}\n    ]")
    body = ",\n".join(lines)
    return f"{{\n{body}\n  }}"


def _read_version(file: IndexFile) -> Version | None:
    """None for files of no known date and names that say no version."""
    try:
        version = Version(file.version or "")
    except InvalidVersion:
        return None
    return None if file.upload_time is None else version


def _make_release(files: list[IndexFile]) -> Release:
    uploads = [file.upload_time for file in files if file.upload_time is not None]
    return Release(
        version=files[0].version or "",
        uploaded=min(uploads).astimezone(UTC).replace(microsecond=0),
        requires_python=files[0].requires_python or "",
        yanked=all(file.is_yanked for file in files),
    )


if __name__ == "__main__":
    try:
        written = refresh()
    except HarnessError as problem:
        print(f"error: {problem}", file=sys.stderr)
        sys.exit(problem.exit_code)
    for name, found in (*written.packages.items(), *written.watched.items()):
        print(f"{name}: {len(found)} releases, the latest is {found[-1].version}")
