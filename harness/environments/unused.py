"""Environments and packages in the shared cache that nobody has used for a while."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.environments.provisioning import (
    MANIFEST,
    find_environments_folder,
    find_lock_file,
    find_packages_folder,
    read_manifest,
)
from harness.environments.shared_files import hold_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = timedelta(days=30)
"""How long an environment is kept that no command uses. Making it anew takes seconds."""


class UnusedEnvironment(msgspec.Struct, frozen=True, kw_only=True):
    """An environment that may be removed."""

    folder: Path
    packages: tuple[str, ...]  # "pytest-asyncio==1.5.0", all that are installed; empty where it was never finished
    last_used: datetime  # UTC


def find_unused(root: Path, *, now: datetime) -> tuple[UnusedEnvironment, ...]:
    """The environments in the cache `root` that were not used for `KEPT`, the longest unused first."""
    return tuple(sorted(_find_unused(root, now), key=lambda each: (each.last_used, each.folder)))


def remove_unused(root: Path, environment: UnusedEnvironment) -> bool:
    """Remove it and return whether it is gone: not if it was used since it was found. Raises `OSError`."""
    folder = environment.folder
    with hold_lock(find_lock_file(root, folder.name)):
        if not folder.is_dir() or _find_last_used(folder) != environment.last_used:
            return False
        (folder / MANIFEST).unlink(missing_ok=True)  # first: what is left of it must not pass for the whole
        shutil.rmtree(folder)
        return True


def find_unused_packages(root: Path, *, now: datetime) -> tuple[Path, ...]:
    """The folders of packages from which no environment was put together for `KEPT`, sorted.

    Those that are linked to their files keep them. An installation that was killed has left a folder there, too.
    """
    folders = find_packages_folder(root).glob("*/*")
    return tuple(sorted(each for each in folders if now - _find_last_used(each) > KEPT))


def _find_unused(root: Path, now: datetime) -> Iterator[UnusedEnvironment]:
    folder = find_environments_folder(root)
    for each in folder.iterdir() if folder.is_dir() else ():
        if each.is_dir() and now - (last_used := _find_last_used(each)) > KEPT:
            manifest = read_manifest(each)
            yield UnusedEnvironment(folder=each, packages=manifest.freeze if manifest else (), last_used=last_used)


def _find_last_used(folder: Path) -> datetime:
    manifest = folder / MANIFEST
    return datetime.fromtimestamp((manifest if manifest.exists() else folder).stat().st_mtime, UTC)
