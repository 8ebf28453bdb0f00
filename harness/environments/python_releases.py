"""Which releases of Python there are: those that uv can install on this system."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from harness.environments.releases import Release
from harness.environments.uv_tool import find_uv
from harness.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Iterable

_DAY = re.compile(r"/(20\d{6})/")


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """One of the builds that uv lists."""

    version: str
    url: str
    implementation: str
    variant: str


def list_python_releases(known: Iterable[Release], now: datetime) -> tuple[Release, ...]:
    """In any order, pre-releases among them. Raises `InfrastructureError` where uv can't say.

    uv knows of no date. That of the build is one on which a release was out; for what is `known`, it stays as it was.
    """
    command = (find_uv().path, "python", "list", "--all-versions", "--only-downloads", "--output-format", "json")
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise InfrastructureError(
            f"`uv python list` failed: {' '.join(done.stderr.split())}", remedy="Install a newer uv, and try again."
        )
    return read_downloads(done.stdout, known, now)


def read_downloads(text: str, known: Iterable[Release], now: datetime) -> tuple[Release, ...]:
    """CPython's releases in uv's list, without the free-threaded builds, which come with the others."""
    dates = {one.version: one.uploaded for one in known}
    return tuple(
        Release(version=one.version, uploaded=dates.get(one.version) or _read_day(one.url) or now)
        for one in msgspec.json.decode(text, type=tuple[Download, ...])
        if (one.implementation, one.variant) == ("cpython", "default")
    )


def _read_day(url: str) -> datetime | None:
    found = _DAY.search(url)
    return datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=UTC) if found else None
