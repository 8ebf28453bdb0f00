"""Sources in place of versions, as one writes them."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from harness.cli.app import make_app, parse
from harness.cli.options import CompareOptions, MatrixOptions
from harness.cli.sources import is_source, take_sources
from harness.environments.releases import load_releases
from harness.environments.sources import split_ref
from harness.environments.unreleased import find_folders, is_unreleased
from harness.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VALKEY_LOOP_MATRIX_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def make_wheel(folder: Path, name: str = "pytest-asyncio", version: str = "1.6.0", code: str = "") -> Path:
    stem = f"{name.replace('-', '_')}-{version}"
    folder.mkdir(exist_ok=True)
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("module.py", code)
        archive.writestr(f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "module.py,,\n")
    return path


def take(*arguments: str) -> MatrixOptions:
    options = parse(["matrix", *arguments], make_app())
    assert isinstance(options, MatrixOptions)
    return take_sources(options, lambda _: None)


def test_versions_stay_as_they_are() -> None:
    assert take("--pytest-asyncio", "1.5.0,newest").pytest_asyncio_versions == ("1.5.0", "newest")


def test_a_wheel_becomes_a_version_that_names_what_it_was_and_its_content(tmp_path: Path, cache: Path) -> None:
    path = make_wheel(tmp_path / "a")
    released, version = take("--pytest-asyncio", f"1.5.0,{path}").pytest_asyncio_versions
    assert released == "1.5.0"
    assert version.startswith("1.6.0+wheel.")
    assert is_unreleased(version)
    (folder,) = find_folders(f"pytest-asyncio=={version}\nvalkey==6.1.1")
    assert folder.startswith(str(cache))
    assert load_releases().get("pytest-asyncio", version).uploaded == load_releases().refreshed


def test_equal_content_is_one_version_and_other_content_another(tmp_path: Path) -> None:
    paths = [make_wheel(tmp_path / "a"), make_wheel(tmp_path / "b"), make_wheel(tmp_path / "c", code="x = 1")]
    one, same, other = (take("--pytest-asyncio", str(path)).pytest_asyncio_versions[0] for path in paths)
    assert one == same
    assert one.partition("+")[0] == other.partition("+")[0]
    assert one != other


def test_the_record_of_what_is_kept_names_its_files(tmp_path: Path) -> None:
    (version,) = take("--pytest-asyncio", str(make_wheel(tmp_path / "a"))).pytest_asyncio_versions
    (folder,) = find_folders(version)
    kept = f"{folder}/pytest_asyncio-{version}-py3-none-any.whl"
    with zipfile.ZipFile(kept) as archive:
        names = archive.namelist()
        metadata = archive.read(f"pytest_asyncio-{version}.dist-info/METADATA").decode()
        record = archive.read(f"pytest_asyncio-{version}.dist-info/RECORD").decode()
    assert f"Version: {version}\n" in metadata
    assert [line.split(",")[0] for line in record.splitlines()] == names


def test_the_sides_of_a_comparison_and_further_packages_may_be_sources(tmp_path: Path) -> None:
    plugin, client = make_wheel(tmp_path / "a"), make_wheel(tmp_path / "a", "valkey", "6.3.0")
    further = make_wheel(tmp_path / "a", "anyio", "4.13.0")
    sides = [f"{plugin},python=3.13", f"pytest-asyncio=1.5.0,valkey={client}"]
    options = parse(["compare", *sides, "--with", str(further)], make_app())
    assert isinstance(options, CompareOptions)
    taken = take_sources(options, lambda _: None)
    assert taken.before.startswith("pytest-asyncio=1.6.0+wheel.")
    assert taken.before.endswith(",python=3.13")
    assert taken.after.startswith("pytest-asyncio=1.5.0,valkey=6.3.0+wheel.")
    assert taken.pins[0].startswith("anyio==4.13.0+wheel.")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (["--pytest-asyncio", "{folder}/none.whl"], "There is nothing at"),
        (["--pytest", "{wheel}"], "is pytest-asyncio, not pytest"),
        (["--pytest-asyncio", "{text}"], "is not a wheel that can be read"),
        (["--pytest-asyncio", "{empty}"], "can't be built"),
        (["--pytest-asyncio", "git+file://{folder}/none"], "can't be cloned"),
        (["--pytest-asyncio", "{folder}"], "is not a version"),
        (["--pytest-asyncio", "1.5.0+local"], None),
    ],
)
def test_what_is_no_source_is_refused(tmp_path: Path, given: list[str], problem: str | None) -> None:
    (text := tmp_path / "text.whl").write_text("no wheel")
    (empty := tmp_path / "empty").mkdir()
    (empty / "setup.py").write_text("raise SystemExit('not today')")
    names = {"folder": tmp_path, "wheel": make_wheel(tmp_path / "a"), "text": text, "empty": empty}
    arguments = [argument.format(**names) for argument in given]
    if problem is None:
        assert take(*arguments).pytest_asyncio_versions == (arguments[-1],)
        return
    with pytest.raises(UsageError, match=problem):
        take(*arguments)


def test_what_was_built_elsewhere_is_not_in_this_cache() -> None:
    with pytest.raises(UsageError, match="not in this cache"):
        find_folders("pytest-asyncio==1.6.0+folder.12345678")


def test_a_folder_of_results_is_no_source(tmp_path: Path) -> None:
    assert not is_source(str(tmp_path))
    (tmp_path / "pyproject.toml").touch()
    assert is_source(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://host/owner/project", ("https://host/owner/project", "")),
        ("https://host/owner/project@feat/x", ("https://host/owner/project", "feat/x")),
        ("https://host/owner/project.git@refs/pull/9/head", ("https://host/owner/project.git", "refs/pull/9/head")),
        ("ssh://git@host/owner/project@v1", ("ssh://git@host/owner/project", "v1")),
        ("ssh://git@host/owner/project", ("ssh://git@host/owner/project", "")),
        ("git@host:owner/project@fix/1", ("git@host:owner/project", "fix/1")),
        ("git@host:owner/project", ("git@host:owner/project", "")),
        ("file:///src dir@main", ("file:///src dir", "main")),
    ],
)
def test_a_revision_may_have_slashes_and_a_user_has_an_at_sign(text: str, expected: tuple[str, str]) -> None:
    assert split_ref(text) == expected
