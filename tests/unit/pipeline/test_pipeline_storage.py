"""Where a run writes to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.errors import InfrastructureError
from harness.pipeline.storage import report_storage_errors, require_writable


def test_a_folder_that_can_be_made_is_not_made_yet(tmp_path: Path) -> None:
    require_writable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InfrastructureError, match="is not a folder") as caught:
        require_writable(tmp_path / "file" / "below")
    assert "--results" in caught.value.remedy


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom rights can keep out")
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
