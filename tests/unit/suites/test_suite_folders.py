"""Reading a folder of tests: what is taken, what is left out, what is refused."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from harness.catalogue.rendering import write_suite
from harness.digests import digest_texts
from harness.errors import ExitCode, UsageError
from harness.store.files import make_packed_file_name
from harness.suites import folder
from harness.suites.conditions import Conditions
from harness.suites.folder import read_folder
from harness.suites.suite import load_suites

if TYPE_CHECKING:
    from pathlib import Path


def fill(top: Path, *paths: str) -> Path:
    for path in paths:
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text("x = 1\n")
    return top


def refused(path: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        load_suites([path], Conditions())
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.remedy
    return caught.value


def test_everything_is_taken_but_what_tools_leave_behind(tmp_path: Path) -> None:
    fill(
        tmp_path,
        *("conftest.py", "tests/test_a.py", "tests/data/one.json", ".env"),
        *(".git/config", "tests/__pycache__/a.pyc", ".pytest_cache/v/x", "old.pyc"),
        *("my_env/pyvenv.cfg", "my_env/lib/site.py", "conda/conda-meta/history", ".tox/py/a.py"),
    )
    assert set(read_folder(tmp_path)) == {"conftest.py", "tests/test_a.py", "tests/data/one.json", ".env"}


def test_content_survives_reading_and_writing_byte_for_byte(tmp_path: Path) -> None:
    content = {"test_a.py": b"# \xff\r\nx = 1\n", "data/picture.bin": bytes(range(256))}
    write_suite(content, tmp_path / "one")
    (suite,) = load_suites([tmp_path / "one"], Conditions())
    assert {path: suite.content[path] for path in content} == content


def test_reading_changes_nothing(tmp_path: Path) -> None:
    fill(tmp_path / "mine", "test_a.py", "sub/test_b.py")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "mine").rglob("*")}
    load_suites([tmp_path / "mine"], Conditions())
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "mine").rglob("*")} == before


def test_links_are_followed_but_never_in_circles_and_pipes_are_left_out(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no named pipes, and links need a right")
    fill(tmp_path, "mine/test_a.py", "shared/helper.py")
    (tmp_path / "mine" / "shared").symlink_to(tmp_path / "shared")
    (tmp_path / "mine" / "again").symlink_to(tmp_path / "mine")
    (tmp_path / "mine" / "gone.py").symlink_to(tmp_path / "nowhere.py")
    os.mkfifo(tmp_path / "mine" / "pipe.py")
    assert set(read_folder(tmp_path / "mine")) == {"test_a.py", "shared/helper.py"}


def test_a_path_that_is_not_there_and_a_file_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, "test_a.py")
    assert "There is no folder" in refused(tmp_path / "nowhere").problem
    (tmp_path / "notes.txt").touch()
    assert "is a file" in refused(tmp_path / "notes.txt").problem


def test_a_folder_without_any_python_file_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, "README.md")
    assert "no Python file" in refused(tmp_path).problem


def test_a_folder_that_is_too_large_is_refused_with_its_largest_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "test_a.py")
    (tmp_path / "dump.bin").write_bytes(bytes(2000))
    monkeypatch.setattr(folder, "MOST_BYTES", 1024)
    assert "dump.bin, 2,000 bytes" in refused(tmp_path).problem
    monkeypatch.undo()
    monkeypatch.setattr(folder, "MOST_FILES", 1)
    assert "more than 1 files" in refused(tmp_path).problem


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs a user whom rights can keep out")
def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    fill(tmp_path, "test_a.py")
    (tmp_path / "test_a.py").chmod(0)
    assert "test_a.py" in refused(tmp_path).problem


def test_ids_are_names_of_folders_and_two_of_a_name_are_distinguished(tmp_path: Path) -> None:
    for place in ("one/my tests", "two/my tests", "three/ü"):
        fill(tmp_path / place, "test_a.py")
    suites = load_suites(
        [tmp_path / "one/my tests", tmp_path / "two/my tests", tmp_path / "one/my tests/."], Conditions()
    )
    assert [suite.id for suite in suites] == ["suite:my-tests", "suite:my-tests-2"]
    assert load_suites([tmp_path / "three/ü"], Conditions())[0].id == "suite:suite"


def test_the_digest_follows_every_byte_and_every_name(tmp_path: Path) -> None:
    def digest() -> str:
        return digest_texts(load_suites([tmp_path], Conditions())[0].content)

    fill(tmp_path, "test_a.py")
    seen = [digest()]
    (tmp_path / "data.bin").write_bytes(b"\xff\r\n")
    seen.append(digest())
    (tmp_path / "data.bin").write_bytes(b"\xff\n")
    seen.append(digest())
    (tmp_path / "data.bin").rename(tmp_path / "date.bin")
    seen.append(digest())
    assert len(set(seen)) == len(seen)


def test_a_suite_without_configuration_does_not_take_that_of_a_folder_above_its_copy(tmp_path: Path) -> None:
    fill(tmp_path / "bare", "test_a.py")
    fill(tmp_path / "set_up", "test_a.py", "setup.cfg")
    bare, set_up = load_suites([tmp_path / "bare", tmp_path / "set_up"], Conditions())
    assert bare.content["pytest.ini"] == b""
    assert "pytest.ini" not in set_up.content


def test_a_folder_of_a_projects_tests_is_a_part_of_that_project(tmp_path: Path) -> None:
    fill(tmp_path, "mine/tests/sub/test_a.py", "mine/lib.py")
    (tmp_path / "mine" / "pyproject.toml").write_text("[tool.pytest.ini_options]\nasyncio_mode = 'auto'\n")
    (suite,) = load_suites([tmp_path / "mine/tests"], Conditions(arguments=("-x",)))
    assert suite.id == "suite:mine::tests"
    assert {"lib.py", "tests/sub/test_a.py", "pyproject.toml"} <= suite.content.keys()
    assert suite.conditions is not None
    assert suite.conditions.arguments == ("tests", "-x")
    (suite,) = load_suites([f"{tmp_path}/mine/tests::sub/test_a.py::test_one"], Conditions())
    assert suite.id == "suite:mine::tests/sub/test_a.py::test_one"


@pytest.mark.parametrize("own", ["tests/pytest.ini", ".git/config"])
def test_a_folder_with_settings_of_its_own_or_above_which_the_repository_ends_stands_for_itself(
    tmp_path: Path, own: str
) -> None:
    fill(tmp_path, "mine/tests/test_a.py", f"mine/{own}", "setup.py")
    (suite,) = load_suites([tmp_path / "mine/tests"], Conditions())
    assert (suite.id, "test_a.py" in suite.content) == ("suite:tests", True)


def test_a_project_that_is_too_large_is_left_out_with_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "mine/tests/test_a.py", "mine/setup.py", "mine/data.py")
    monkeypatch.setattr(folder, "MOST_FILES", 2)
    (suite,) = load_suites([tmp_path / "mine/tests"], Conditions())
    assert suite.id == "suite:tests"
    assert "more than 2 files" in suite.needed.notes[0]


def test_results_that_runs_wrote_into_it_are_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("")
    (tmp_path / "results" / "evidence").mkdir(parents=True)
    (tmp_path / "results" / "20261129T220812Z-595f.linux.jsonl").write_text("")
    (tmp_path / "results" / "evidence" / "ab.json").write_text("")
    (tmp_path / "baseline").mkdir()
    (tmp_path / "baseline" / make_packed_file_name("linux-x86_64/cpython-3.12/pytest-asyncio-1.5.0")).write_text("")
    (tmp_path / "baseline" / "expected.toml").write_text("")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "log.jsonl.gz").write_text("")
    (tmp_path / "data" / "20261129.json").write_text("")
    assert sorted(read_folder(tmp_path)) == ["data/20261129.json", "data/log.jsonl.gz", "test_a.py"]


def test_a_folder_that_looks_like_a_reproduction_but_is_none_is_a_part_of_it(tmp_path: Path) -> None:
    for name in ("app/README.md", "app/requirements.txt", "app/suite/test_a.py", "app.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert "app/suite/test_a.py" in read_folder(tmp_path)
