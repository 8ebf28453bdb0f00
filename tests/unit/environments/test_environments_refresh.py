"""Folding an index's files into releases, and the file they are written to."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest
from packaging.version import Version

from harness.environments.refresh import encode, find_need, fold_releases, refresh
from harness.environments.releases import DATA, ReleaseData
from harness.errors import InfrastructureError

if TYPE_CHECKING:
    from pathlib import Path


class File(msgspec.Struct, frozen=True):
    """A file of a project, as the index lists it."""

    version: str | None
    upload_time: datetime | None
    requires_python: str | None = ">=3.8"
    is_yanked: bool = False


def at(day: int, microsecond: int = 0) -> datetime:
    return datetime(2024, 5, day, 12, 0, 0, microsecond, tzinfo=UTC)


def test_a_release_is_dated_by_its_first_file() -> None:
    (release,) = fold_releases([File("1.0", at(4)), File("1.0", at(2, 500)), File("1.0", at(9))], Version("1"))
    assert release.uploaded == at(2)
    assert release.requires_python == ">=3.8"


def test_pre_releases_and_what_is_older_than_the_range_are_left_out() -> None:
    files = [
        File(version, at(1)) for version in ("0.9", "1.0a1", "1.0", "1.1rc1", "1.1.dev0", "1.1.post1", "what", None)
    ]
    assert [release.version for release in fold_releases(files, Version("1.0"))] == ["1.0", "1.1.post1"]


def test_a_release_is_yanked_when_all_its_files_are() -> None:
    files = [File("1.0", at(1), is_yanked=True), File("1.0", at(1)), File("1.1", at(2), is_yanked=True)]
    assert [release.yanked for release in fold_releases(files, Version("1"))] == [False, True]


def test_what_is_written_reads_back_the_same_and_has_a_line_for_each_release() -> None:
    releases = fold_releases([File("1.0", at(1)), File("1.1", at(2), None)], Version("1"))
    data = ReleaseData(at(20), {"thing": releases, "other": releases[:1]})
    text = encode(data)
    assert msgspec.json.decode(text, type=ReleaseData) == data
    assert sum(b'"uploaded"' in line for line in text.splitlines()) == 3


def test_the_committed_file_is_as_a_refresh_would_write_it() -> None:
    text = DATA.read_bytes()
    assert encode(msgspec.json.decode(text, type=ReleaseData)) == text


def test_without_the_index_client_the_error_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pypi_simple", None)
    with pytest.raises(InfrastructureError, match="pypi-simple") as caught:
        refresh(tmp_path / "releases.json")
    assert "--group refresh" in caught.value.remedy
    assert not (tmp_path / "releases.json").exists()


def test_what_a_release_requires_of_pytest_is_read_from_its_metadata() -> None:
    lines = (
        "Name: it",
        "Requires-Dist: pytest<10,>=8.2",
        "Requires-Dist: pytest-cov>1",
        "",
        "Requires-Dist: pytest>99",
    )
    assert find_need("\n".join(lines)) == "<10,>=8.2"
    assert find_need('Requires-Dist: pytest (>=6.1.0)\nRequires-Dist: pytest>=7; extra == "testing"\n') == ">=6.1.0"
    assert find_need("Name: it\n") == ""
