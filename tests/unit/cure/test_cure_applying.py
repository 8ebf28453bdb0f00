"""`--apply` writes only what git can take back, all of it or nothing; `--write` is refused at once."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.cure.applying import apply_change, require_clean_tree, require_writable_file
from harness.errors import InfrastructureError, UsageError
from harness.requirements.model import Needed
from harness.suites.suite import Suite

GIT = shutil.which("git")
pytestmark = pytest.mark.skipif(GIT is None, reason="there is no git")

BEFORE = {"pytest.ini": b"[pytest]\n", "tests/test_a.py": b"a = 1\n"}
AFTER = {"pytest.ini": b"[pytest]\nx = 1\n", "tests/test_a.py": b"a = 2\n", "tests/conftest.py": b"b = 1\n"}


def git(folder: Path, *arguments: str) -> None:
    assert GIT is not None
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false"]
    subprocess.run([GIT, "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A suite in a folder of a repository, committed."""
    folder = tmp_path / "project" / "suite"
    for path, data in BEFORE.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    git(tmp_path, "init", "-q", "project")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "start")
    return folder


def read(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def make_suite(folder: Path, **linked: str) -> Suite:
    return Suite(id="suite:a", content=BEFORE, needed=Needed(), folder=folder, linked=linked)


def test_every_file_is_written_and_keeps_its_mode(folder: Path) -> None:
    (folder / "pytest.ini").chmod(0o640)
    assert apply_change(make_suite(folder), BEFORE, AFTER) == ("pytest.ini", "tests/conftest.py", "tests/test_a.py")
    assert read(folder) == AFTER
    if os.name != "nt":
        assert (folder / "pytest.ini").stat().st_mode & 0o777 == 0o640


def test_a_tree_with_changes_is_refused_wherever_they_are(folder: Path) -> None:
    (folder.parent / "other.txt").write_text("a")
    require_clean_tree(make_suite(folder))  # git doesn't know the file, so nothing of it can be lost
    git(folder.parent, "add", "other.txt")
    with pytest.raises(UsageError, match=r"changed are other\.txt"):
        require_clean_tree(make_suite(folder))
    with pytest.raises(UsageError, match="needs a git tree without changes"):
        apply_change(make_suite(folder), BEFORE, AFTER)
    assert read(folder) == BEFORE


def test_a_folder_in_no_git_tree_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="only in a git tree"):
        require_clean_tree(make_suite(tmp_path))


def test_files_that_git_ignores_or_that_are_new_meanwhile_are_refused(folder: Path) -> None:
    (folder / "tests" / "conftest.py").write_text("mine\n")
    with pytest.raises(UsageError, match="it is there now"):
        apply_change(make_suite(folder), BEFORE, AFTER)
    (folder / "tests" / "conftest.py").unlink()
    git(folder, "rm", "-q", "--cached", "tests/test_a.py")
    git(folder, "commit", "-qm", "forget it")
    with pytest.raises(UsageError, match="git doesn't know it"):
        apply_change(make_suite(folder), BEFORE, AFTER)
    assert read(folder) == BEFORE


def test_a_file_that_was_committed_meanwhile_is_refused(folder: Path) -> None:
    (folder / "pytest.ini").write_text("[pytest]\nother = 1\n")
    git(folder, "commit", "-qam", "other")
    with pytest.raises(UsageError, match="changed meanwhile"):
        apply_change(make_suite(folder), BEFORE, AFTER)


def test_nothing_outside_the_folder_is_written_through_a_link(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_bytes(b"a = 1\n")
    (folder / "tests" / "test_a.py").unlink()
    try:
        (folder / "tests" / "test_a.py").symlink_to(outside)
    except OSError:
        pytest.skip("links can't be made here")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "link")
    with pytest.raises(UsageError, match="a link leads to it"):
        apply_change(make_suite(folder), BEFORE, AFTER)
    assert outside.read_bytes() == b"a = 1\n"


def test_where_one_file_cannot_be_put_in_its_place_none_is_changed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if Path(target).name == "test_a.py":
            raise PermissionError(13, "Permission denied", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(InfrastructureError, match="is as it was"):
        apply_change(make_suite(folder), BEFORE, AFTER)
    assert read(folder) == BEFORE


@pytest.mark.parametrize("name", ["", "missing/cure.patch", "file/cure.patch"])
def test_a_patch_that_could_not_be_written_is_refused_before_anything_runs(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--write"):
        require_writable_file(tmp_path / name)
    require_writable_file(tmp_path / "cure.patch")
