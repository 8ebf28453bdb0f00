"""Folding an index's files into releases, and the file they are written to."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest
from packaging.version import Version

from harness.environments.python_releases import list_python_releases, read_downloads
from harness.environments.refresh import encode, find_need, fold_coming, fold_releases, refresh
from harness.environments.releases import DATA, PYTHON, Release, ReleaseData, Releases
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


def test_coming_are_the_pre_releases_after_the_newest_release() -> None:
    files = [File(version, at(1)) for version in ("1.0a1", "1.0", "1.1b1", "1.1rc1", "1.2.dev3", "1.2a1.dev1")]
    assert [one.version for one in fold_coming(files, fold_releases(files, Version("0")))] == ["1.1b1", "1.1rc1"]
    assert [one.version for one in fold_coming(files[:1], ())] == ["1.0a1"]


def test_releases_of_python_are_the_builds_of_cpython_with_the_day_on_which_they_were_seen_first() -> None:
    build = {"implementation": "cpython", "variant": "default", "url": "https://example.org/20261021/cpython.tar.gz"}
    listed = [
        build | {"version": "3.15.2"},
        build | {"version": "3.15.2", "variant": "freethreaded"},
        build | {"version": "3.15.1"},
        build | {"version": "3.16.0a2", "url": "https://example.org/cpython.tar.gz"},
        build | {"version": "3.11.15", "implementation": "pypy"},
    ]
    known = [Release(version="3.15.1", uploaded=at(3))]
    found = read_downloads(msgspec.json.encode(listed).decode(), known, at(20))
    assert {one.version: one.uploaded for one in found} == {
        "3.15.2": datetime(2026, 10, 21, tzinfo=UTC),
        "3.15.1": at(3),
        "3.16.0a2": at(20),
    }


def test_uv_lists_the_releases_of_python_without_a_network() -> None:
    assert {"3.8.20", "3.13.0"} <= {one.version for one in list_python_releases((), at(1))}


def test_what_is_watched_is_written_and_is_not_among_what_is_chosen_from() -> None:
    coming = Release(version="2.0rc1", uploaded=at(3))
    data = ReleaseData(at(20), {"thing": fold_releases([File("1.0", at(1))], Version("1"))}, {"thing": (coming,)})
    assert msgspec.json.decode(encode(data), type=ReleaseData) == data
    assert [one.version for one in Releases(data).versions("thing")] == ["1.0"]
    committed = msgspec.json.decode(DATA.read_bytes(), type=ReleaseData)
    assert {"anyio", "uvloop", PYTHON} <= committed.watched.keys()


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
