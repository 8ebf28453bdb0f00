"""The checks around an environment: is it finished, and is in it what was asked for."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.cache import find_cache_root
from harness.environments.provisioning import (
    MANIFEST,
    Manifest,
    find_packages_folder,
    find_python,
    find_site_packages,
    is_complete,
    verify,
)
from harness.errors import InfrastructureError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An environment as far as the checks can tell: pytest 8.0 and Some.Thing 1.0, byte-compiled, with a manifest."""
    packages = tmp_path / ("Lib/site-packages" if os.name == "nt" else "lib/python3.12/site-packages")
    for name, version in (("pytest", "8.0"), ("Some.Thing", "1.0")):
        info = packages / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    compiled = packages / "_pytest" / "__pycache__"
    compiled.mkdir(parents=True)
    (compiled / "main.cpython-312.pyc").touch()
    find_python(tmp_path).parent.mkdir()
    find_python(tmp_path).touch()
    write_manifest(tmp_path, sys.executable)
    return tmp_path


def write_manifest(folder: Path, executable: str) -> None:
    manifest = Manifest(digest="abc", executable=executable, freeze=("pytest==8.0", "some-thing==1.0"))
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))


def test_what_is_installed_as_asked_passes(folder: Path) -> None:
    verify(folder, ("pytest==8.0", "some-thing==1.0"))


@pytest.mark.parametrize(
    ("freeze", "wrong"),
    [
        (("pytest==8.0", "some-thing==1.1"), r"some-thing==1\.0, some-thing==1\.1"),
        (("pytest==8.0",), r"some-thing==1\.0"),
        (("more==1", "pytest==8.0", "some-thing==1.0"), "more==1"),
    ],
)
def test_a_version_that_differs_is_missing_or_is_too_many_is_refused(
    folder: Path, freeze: tuple[str, ...], wrong: str
) -> None:
    with pytest.raises(
        InfrastructureError, match=rf"isn't what was asked for: {wrong}\.$|asked for: {wrong}\.\n"
    ) as caught:
        verify(folder, freeze)
    assert f"remove {find_packages_folder(find_cache_root())}, " in caught.value.remedy


def test_an_environment_without_byte_code_is_refused(folder: Path) -> None:
    next(find_site_packages(folder).glob("_pytest/__pycache__/*.pyc")).unlink()
    with pytest.raises(InfrastructureError, match="byte-compiled"):
        verify(folder, ("pytest==8.0", "some-thing==1.0"))


def test_an_environment_is_complete_with_its_manifest_its_python_and_what_that_was_made_from(folder: Path) -> None:
    assert is_complete(folder, "abc")
    assert not is_complete(folder, "abd")
    assert not is_complete(folder / "elsewhere", "abc")


def test_an_environment_whose_interpreter_was_removed_is_not_complete(folder: Path) -> None:
    write_manifest(folder, str(folder / "python-that-was"))
    assert not is_complete(folder, "abc")


def test_an_unfinished_environment_is_not_complete(folder: Path) -> None:
    manifest = folder / MANIFEST
    manifest.write_bytes(manifest.read_bytes()[:20])
    assert not is_complete(folder, "abc")
    manifest.unlink()
    assert not is_complete(folder, "abc")
