"""Write `releases.json` anew from the package index: `python -m harness.environments.refresh`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

import msgspec
from packaging.version import InvalidVersion, Version

from harness.environments.releases import DATA, Release, ReleaseData
from harness.errors import HarnessError, InfrastructureError
from harness.files import replace_file
from harness.packages import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# The oldest release of each package that can be asked for; older ones are of no use here.
OLDEST = {
    "pytest-asyncio": "0.17.0",
    "pytest": "6.1.0",
    **{name: client.oldest for name, client in CLIENTS.items()},
}


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
    data = fetch()
    replace_file(path, encode(data))
    return data


def fetch() -> ReleaseData:
    """The releases as the index has them now."""
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
            packages = {
                name: fold_releases(index.get_project_page(name).packages, Version(oldest))
                for name, oldest in OLDEST.items()
            }
    except OSError as error:  # what requests raises
        raise InfrastructureError(
            f"The package index can't be read: {type(error).__name__}.",
            remedy="Check the network connection and try again. The release dates on disk were not changed.",
        ) from error
    return ReleaseData(now, packages)


def fold_releases(files: Iterable[IndexFile], oldest: Version) -> tuple[Release, ...]:
    """Fold a project's files into releases from `oldest` on, in version order, without pre-releases."""
    dated = [(version, file) for file in files if (version := _read_version(file)) and version >= oldest]
    dated.sort(key=lambda pair: pair[0])
    return tuple(_make_release([file for _, file in group]) for _, group in groupby(dated, key=lambda pair: pair[0]))


def encode(data: ReleaseData) -> bytes:
    """JSON with one release a line, so that a refresh shows as lines added."""
    lines = []
    for package, releases in data.packages.items():
        inner = ",\n".join("      " + msgspec.json.encode(release).decode() for release in releases)
        lines.append(f"    {msgspec.json.encode(package).decode()}: [\n{inner}\n    ]")
    refreshed = msgspec.json.encode(data.refreshed).decode()
    body = ",\n".join(lines)
    return f'{{\n  "refreshed": {refreshed},\n  "packages": {{\n{body}\n  }}\n}}\n'.encode()


def _read_version(file: IndexFile) -> Version | None:
    """None for pre-releases, files of no known date and names that say no version."""
    try:
        version = Version(file.version or "")
    except InvalidVersion:
        return None
    return None if version.is_prerelease or file.upload_time is None else version


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
    for name, found in written.packages.items():
        print(f"{name}: {len(found)} releases, the latest is {found[-1].version}")
