"""Patches are taken by `git apply`, also in a folder of a repository, and give exactly the files that were proven."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from harness.cure.patches import list_changed, list_changed_lines, make_patch

if TYPE_CHECKING:
    from pathlib import Path

GIT = shutil.which("git")

BEFORE = {
    "pytest.ini": b"[pytest]\nasyncio_mode = auto",
    "tests/test_a.py": b"import os\r\n\r\nx = 1\r\n",
    "tests/latin.py": b"# caf\xe9\na = 1\n",
    "gone.py": b"a = 1\n",
    "same.py": b"a = 1\n",
}
AFTER = {
    "pytest.ini": b"[pytest]\nasyncio_mode = auto\nx = y\n",
    "tests/test_a.py": b"import os\r\n\r\nx = 2\r\n",
    "tests/latin.py": b"# caf\xe9\na = 2\n",
    "same.py": b"a = 1\n",
    "tests/conftest.py": b"import pytest\n-- \n++ \n",
}


@pytest.mark.skipif(GIT is None, reason="there is no git")
@pytest.mark.parametrize("place", ["", "deep/inside"])
def test_git_applies_what_is_written(tmp_path: Path, place: str) -> None:
    folder = tmp_path / place
    for path, data in BEFORE.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    patch = tmp_path / "cure.patch"
    patch.write_bytes(make_patch(BEFORE, AFTER).encode("utf-8", "surrogateescape"))
    assert GIT is not None
    subprocess.run([GIT, "init", "-q", str(tmp_path)], check=True)
    subprocess.run([GIT, "-c", "core.autocrlf=false", "apply", str(patch)], cwd=folder, check=True)
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
    found = {path: data for path, data in found.items() if not path.startswith((".git/", "cure.patch"))}
    assert found == AFTER


def test_only_lines_that_differ_are_counted() -> None:
    patch = make_patch(BEFORE, AFTER)
    assert "same.py" not in patch
    assert list_changed(BEFORE, AFTER) == (
        "gone.py",
        "pytest.ini",
        "tests/conftest.py",
        "tests/latin.py",
        "tests/test_a.py",
    )
    assert [path for path, _ in list_changed_lines(patch)] == [
        *["gone.py"],
        *["pytest.ini"] * 3,
        *["tests/conftest.py"] * 3,
        *["tests/latin.py"] * 2,
        *["tests/test_a.py"] * 2,
    ]
    assert make_patch(BEFORE, BEFORE) == ""
