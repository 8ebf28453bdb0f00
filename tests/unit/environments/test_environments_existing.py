"""Environments that users have: which interpreter is meant, what is installed, and whether anything changed."""

from __future__ import annotations

import json
import os
import sys
import venv
from pathlib import Path

import pytest

from harness.environments.existing import digest_files, find_interpreter, inspect_python, read_existing
from harness.environments.provisioning import find_python, find_site_packages
from harness.errors import UsageError
from tests.systems import make_link


def install(site: Path, name: str, version: str, *, origin: object = None, requires: str = "") -> None:
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    (info / "METADATA").write_text("\n".join([*lines, *([f"Requires-Dist: {requires}"] if requires else []), ""]))
    if origin is not None:
        (info / "direct_url.json").write_text(json.dumps(origin))


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A virtual environment with pytest, a package of the index, an editable project and one in development mode."""
    folder = tmp_path / "project" / ".venv"
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    site = find_site_packages(folder)
    install(site, "pytest", "8.4.2", requires="pluggy<2")
    install(site, "Some.Thing", "1.0")
    (tmp_path / "src" / "mine").mkdir(parents=True)
    (tmp_path / "src" / "mine" / "__init__.py").write_text("")
    install(site, "mine", "0.1", origin={"url": tmp_path.as_uri(), "dir_info": {"editable": True}})
    old = tmp_path / "old" / "old.egg-info"
    old.mkdir(parents=True)
    (old / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: old\nVersion: 3\n")
    (site / "projects.pth").write_text(f"{tmp_path / 'src'}\n{tmp_path / 'old'}\n")
    return folder


def test_what_is_installed_is_asked_of_the_interpreter(environment: Path, tmp_path: Path) -> None:
    existing = inspect_python(find_python(environment))
    assert existing.freeze == ("mine==0.1", "old==3", "pytest==8.4.2", "some-thing==1.0")
    assert existing.local == ("mine", "old")
    assert existing.interpreter.version == sys.version.partition(" ")[0]
    assert Path(existing.interpreter.executable) == find_python(environment)
    assert existing.sites == (str(find_site_packages(environment)),)
    assert {str(tmp_path / "src"), str(tmp_path / "old")} <= {*existing.sources}
    (tested,) = (one for one in existing.packages if one.name == "pytest")
    assert tested.requires == ("pluggy<2",)


def test_nothing_is_written_where_it_is_asked(environment: Path, tmp_path: Path) -> None:
    site = find_site_packages(environment)
    (site / "hook.py").write_text("import mine\n")
    (site / "hook.pth").write_text("import hook\n")  # what an editable project's finder does
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    inspect_python(find_python(environment))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_package_that_prints_at_the_start_is_no_obstacle(environment: Path) -> None:
    (find_site_packages(environment) / "loud.pth").write_text("import sys; sys.stdout.write('hello')\n")
    assert "pytest==8.4.2" in inspect_python(find_python(environment)).freeze


def test_a_folder_a_projects_folder_and_an_interpreter_mean_the_same(environment: Path) -> None:
    python = find_python(environment)
    assert find_interpreter(environment) == python
    assert find_interpreter(environment.parent) == python
    assert find_interpreter(python) == python  # a link is not followed: it is what makes the environment


def test_an_environment_of_windows_is_found(tmp_path: Path) -> None:
    (tmp_path / "Scripts").mkdir()
    (tmp_path / "Scripts" / "python.exe").touch()
    assert find_interpreter(tmp_path) == tmp_path / "Scripts" / "python.exe"


def test_each_path_that_means_no_environment_has_its_reason(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    broken = tmp_path / "broken" / "bin"
    broken.mkdir(parents=True)
    make_link(broken / "python", tmp_path / "gone")
    for path, reason in (
        (tmp_path / "nowhere", "There is no .*nowhere"),
        (tmp_path / "empty", "no environment in .*empty"),
        (tmp_path / "broken", "the Python that the environment was made from is gone"),
        (Path("~nobody-of-that-name/x"), "can't be used: "),
    ):
        with pytest.raises(UsageError, match=reason):
            find_interpreter(path)


@pytest.mark.skipif(os.name == "nt", reason="scripts with a first line that names their interpreter")
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("#!/bin/sh\nexit 3\n", "ends with exit code 3"),
        ("#!/bin/sh\necho hello\n", "doesn't answer as a Python does"),
        ("not a program", "doesn't start"),
    ],
)
def test_what_is_no_python_is_refused_in_a_line(tmp_path: Path, script: str, reason: str) -> None:
    python = tmp_path / "python"
    python.write_text(script)
    python.chmod(0o755)
    with pytest.raises(UsageError, match=f"python can't be used: it {reason}"):
        inspect_python(python)


def test_an_environment_without_pytest_is_refused(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=os.name != "nt")
    with pytest.raises(UsageError, match="There is no pytest in"):
        read_existing(tmp_path / "bare")


def test_the_digest_changes_with_every_file_that_code_is_read_from(environment: Path, tmp_path: Path) -> None:
    existing = inspect_python(find_python(environment))
    digests = [digest_files(existing)]
    (tmp_path / "src" / "mine" / "__init__.py").write_text("CHANGED = True\n")
    digests.append(digest_files(existing))
    (find_site_packages(environment) / "patched.py").write_text("")
    digests.append(digest_files(existing))
    (tmp_path / "old" / "data.json").write_text("{}")
    digests.append(digest_files(existing))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "beside_src.json").write_text("{}")  # of the editable project
    digests.append(digest_files(existing))
    assert len(set(digests)) == 5


def test_the_digest_stays_where_no_code_changed(environment: Path, tmp_path: Path) -> None:
    existing = inspect_python(find_python(environment))
    results = tmp_path / "src" / "results"
    before = digest_files(existing, apart=[results])
    for written in (
        tmp_path / "src" / "mine" / "__pycache__" / "x.pyc",
        tmp_path / "src" / ".git" / "index",
        results / "run.jsonl",
        tmp_path / "src" / "older" / "20261129T232110Z-79d9.tables.md",
    ):
        written.parent.mkdir(exist_ok=True)
        written.write_text("")
    assert digest_files(existing, apart=[results]) == before
