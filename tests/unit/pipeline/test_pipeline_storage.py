"""Where a run writes to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import InfrastructureError
from harness.pipeline.storage import keep_out_of_git, report_storage_errors, require_writable


def test_a_folder_that_can_be_made_is_not_made_yet(tmp_path: Path) -> None:
    require_writable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InfrastructureError, match="is not a folder") as caught:
        require_writable(tmp_path / "file" / "below")
    assert "--results" in caught.value.remedy


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a user whom rights can keep out")
def test_a_folder_without_rights_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InfrastructureError, match="no right to write"):
        require_writable(tmp_path / "results")


def test_what_the_system_says_becomes_an_error_with_a_remedy() -> None:
    with (
        pytest.raises(InfrastructureError, match=r"Evidence can't be written to nowhere: .*") as caught,
        report_storage_errors("Evidence", Path("nowhere"), "Make room."),
    ):
        Path("nowhere", "file").write_text("")
    assert caught.value.remedy == "Make room."


GIT = shutil.which("git")


@pytest.mark.skipif(GIT is None, reason="there is no git")
def test_git_leaves_out_of_a_new_results_folder_all_but_a_baseline(tmp_path: Path) -> None:
    def ask(*arguments: str) -> str:
        assert GIT is not None
        return subprocess.run([GIT, "-C", str(tmp_path), *arguments], capture_output=True, text=True, check=True).stdout

    results = tmp_path / "sub" / "results"
    keep_out_of_git(results)
    assert not results.exists(), "in no git tree, nothing is made"

    ask("init", "-q")
    keep_out_of_git(results)
    for name in ("run.jsonl", "cures/run.jsonl", "evidence/ab/c.json.gz", "baseline/a.jsonl.gz", "baseline/b/c.txt"):
        (results / name).parent.mkdir(parents=True, exist_ok=True)
        (results / name).touch()
    untracked = ask("status", "--porcelain", "--untracked-files=all").split()[1::2]
    assert untracked == ["sub/results/baseline/a.jsonl.gz", "sub/results/baseline/b/c.txt"]


def test_a_results_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "results").mkdir()
    keep_out_of_git(tmp_path / "results")
    assert list((tmp_path / "results").iterdir()) == []
