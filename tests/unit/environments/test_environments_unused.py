"""Which environments of the shared cache may go: those that nobody has used for a while."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from harness.environments.model import EnvironmentRequest
from harness.environments.provisioning import (
    MANIFEST,
    Manifest,
    Provisioner,
    find_environments_folder,
    find_packages_folder,
    find_python,
)
from harness.environments.unused import KEPT, find_unused, find_unused_packages, remove_unused
from harness.environments.uv_tool import Uv
from tests.unit.store.made_up_results import environment

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 25, tzinfo=UTC)
FREEZE = ("pytest-asyncio==1.5.0", "pytest==8.4.2", "valkey==6.2.0")
OLD = KEPT + timedelta(days=1)


def make(root: Path, digest: str, age: timedelta, *, finished: bool = True) -> Path:
    """An environment as far as anybody looks before using it."""
    folder = find_environments_folder(root) / digest
    find_python(folder).parent.mkdir(parents=True)
    find_python(folder).touch()
    if finished:
        manifest = Manifest(digest=digest, executable=sys.executable, freeze=FREEZE)
        (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))
    used = (NOW - age).timestamp()
    os.utime(folder / MANIFEST if finished else folder, (used, used))
    return folder


def test_an_environment_goes_that_was_not_used_for_long_and_the_longest_unused_is_first(tmp_path: Path) -> None:
    old = make(tmp_path, "old", OLD)
    oldest = make(tmp_path, "oldest", OLD * 2)
    make(tmp_path, "used", KEPT / 2)
    found = find_unused(tmp_path, now=NOW)
    assert [each.folder for each in found] == [oldest, old]
    assert found[0].packages == FREEZE
    assert found[0].last_used == NOW - OLD * 2


def test_what_was_never_finished_goes_by_the_time_of_its_folder(tmp_path: Path) -> None:
    folder = make(tmp_path, "unfinished", OLD, finished=False)
    make(tmp_path, "in-the-making", timedelta(minutes=1), finished=False)
    (found,) = find_unused(tmp_path, now=NOW)
    assert (found.folder, found.packages) == (folder, ())


def test_a_cache_without_environments_has_nothing_unused(tmp_path: Path) -> None:
    assert find_unused(tmp_path / "cache", now=NOW) == ()


def test_a_removed_environment_is_gone(tmp_path: Path) -> None:
    folder = make(tmp_path, "old", OLD)
    (found,) = find_unused(tmp_path, now=NOW)
    assert remove_unused(tmp_path, found)
    assert not folder.exists()
    assert not remove_unused(tmp_path, found)


def test_an_environment_that_a_command_takes_is_used_now_and_not_removed(tmp_path: Path) -> None:
    where = environment()
    folder = make(tmp_path, where.digest, OLD)
    (found,) = find_unused(tmp_path, now=NOW)
    provisioner = Provisioner(interpreters=(), root=tmp_path, uv=Uv("no-uv-is-started", "0"))
    built = provisioner.build(EnvironmentRequest(python="3.13", plugin=where.plugin), where)
    assert built.python == find_python(folder)
    assert not remove_unused(tmp_path, found)
    assert folder.exists()
    assert find_unused(tmp_path, now=datetime.now(UTC)) == ()


def test_files_of_packages_go_that_no_environment_was_put_together_from_for_long(tmp_path: Path) -> None:
    assert find_unused_packages(tmp_path, now=NOW) == ()
    folder = find_packages_folder(tmp_path) / "cpython-3.13.0"
    for name, age in ((".killed", OLD), ("pytest==8.2.0", OLD), ("valkey==6.2.0", KEPT / 2), (".under-way", KEPT / 2)):
        (folder / name).mkdir(parents=True)
        os.utime(folder / name, ((NOW - age).timestamp(),) * 2)
    assert find_unused_packages(tmp_path, now=NOW) == (folder / ".killed", folder / "pytest==8.2.0")
