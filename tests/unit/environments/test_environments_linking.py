"""What a copy shares with the environment that it is a copy of."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from harness.environments.linking import link_rest
from harness.environments.model import ExistingEnvironment, ExistingPackage, Interpreter

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links need a right there")


def install(site: Path, name: str, files: dict[str, str], *, entry: str = "", local: bool = False) -> ExistingPackage:
    info = site / f"{name}-1.dist-info"
    info.mkdir(parents=True)
    files = {
        **files,
        f"{info.name}/METADATA": f"Name: {name}\nVersion: 1\n",
        f"{info.name}/entry_points.txt": f"[console_scripts]\n{entry}\n" if entry else "",
    }
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in (*files, f"{info.name}/RECORD")))
    return ExistingPackage(name=name, version="1", place=str(info), local=local, requires=())


def make(site: Path, *packages: ExistingPackage) -> ExistingEnvironment:
    return ExistingEnvironment(
        interpreter=Interpreter(version="3.12.1", executable="/python"),
        packages=packages,
        sites=(str(site),),
        sources=(str(site),),
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The folder of a copy's packages; its commands go to `bin`."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "copy").mkdir()
    return tmp_path / "copy"


def read(folder: Path) -> dict[str, str]:
    paths = [Path(top, name) for top, _, names in os.walk(folder, followlinks=True) for name in names]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in paths if ".dist-info" not in str(path)}


def test_all_but_what_moved_is_there_and_what_moved_is_new_in_every_part(tmp_path: Path, copy: Path) -> None:
    site = tmp_path / "site"
    kept = install(site, "kept", {"kept/__init__.py": "kept", "shared/kept.py": "kept"})
    moved = install(site, "moved", {"moved/__init__.py": "old", "moved/gone.py": "old", "shared/moved.py": "old"})
    (site / "by_hand.py").write_text("by hand")
    (copy / "moved").mkdir()
    (copy / "moved" / "__init__.py").write_text("new")
    (copy / "shared").mkdir()
    (copy / "shared" / "moved.py").write_text("new")
    before = read(site)
    link_rest(make(site, kept, moved), copy, tmp_path / "bin" / "python", ["moved==2"], same=True)
    assert read(copy) == {
        "kept/__init__.py": "kept",
        "shared/kept.py": "kept",
        "moved/__init__.py": "new",
        "shared/moved.py": "new",
        "by_hand.py": "by hand",
    }
    assert {path.name for path in copy.glob("*.dist-info")} == {"kept-1.dist-info"}
    assert read(site) == before


def test_a_package_whose_folders_are_gone_leaves_no_empty_ones(tmp_path: Path, copy: Path) -> None:
    site = tmp_path / "site"
    moved = install(site, "moved", {"moved/part/__init__.py": "old"})
    (site / "moved" / "part" / "__pycache__").mkdir()
    (site / "moved" / "part" / "__pycache__" / "x.pyc").touch()
    link_rest(make(site, moved), copy, tmp_path / "bin" / "python", ["moved==2"], same=True)
    assert not list(copy.iterdir())


def test_of_two_folders_the_first_wins_and_namespaces_are_joined(tmp_path: Path, copy: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    one = install(first, "one", {"space/one.py": "first", "both.py": "first"})
    other = install(second, "other", {"space/other.py": "second", "both.py": "second"})
    existing = make(first, one, other)
    existing = ExistingEnvironment(
        interpreter=existing.interpreter, packages=existing.packages, sites=(str(first), str(second)), sources=()
    )
    link_rest(existing, copy, tmp_path / "bin" / "python", [], same=True)
    assert read(copy) == {"space/one.py": "first", "space/other.py": "second", "both.py": "first"}


def test_commands_of_what_stayed_start_the_copys_python(tmp_path: Path, copy: Path) -> None:
    site = tmp_path / "site"
    kept = install(site, "kept", {"kept.py": ""}, entry="kept-command = kept:Main.run")
    python = tmp_path / "bin" / "python"
    python.write_text('#!/bin/sh\necho "copy $#"; tail -3 "$1"\n')
    python.chmod(0o755)
    link_rest(make(site, kept), copy, python, [], same=True)
    done = subprocess.run([tmp_path / "bin" / "kept-command", "x"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["copy 2", "import sys", "from kept import Main", "sys.exit(Main.run())"]


def test_for_another_python_only_what_comes_from_no_index_is_linked(tmp_path: Path, copy: Path) -> None:
    site = tmp_path / "site"
    index = install(site, "index", {"index.py": ""})
    mine = install(site, "mine", {"mine.pth": "/src\n"}, local=True)
    old = install(tmp_path / "old", "old", {"old.py": ""}, local=True)
    link_rest(make(site, index, mine, old), copy, tmp_path / "bin" / "python", ["index==2"], same=False)
    assert read(copy) == {"mine.pth": "/src\n", "__old.pth": f"{tmp_path / 'old'}\n"}
