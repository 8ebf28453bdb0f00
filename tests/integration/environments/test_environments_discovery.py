"""Discovery on the machine that the tests run on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cache import VARIABLE
from harness.environments.interpreters import discover

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))


def test_every_interpreter_found_starts_and_is_the_version_it_is_listed_as() -> None:
    found = discover().found
    assert found
    for each in found:
        question = "import platform, sys; print(platform.python_version(), sys.prefix == sys.base_prefix)"
        done = subprocess.run([each.executable, "-I", "-c", question], capture_output=True, text=True, check=True)
        version, is_base = done.stdout.split()
        assert (version.rstrip("+"), is_base) == (each.version, "True")


def test_every_supported_version_that_pyenv_has_is_found() -> None:
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    installed = {path.name for path in versions.glob("3.*") if path.name.replace(".", "").isdigit()}
    supported = {version for version in installed if int(version.split(".")[1]) >= 8}
    assert supported <= {each.version for each in discover().found}


@pytest.mark.skipif(os.name == "nt", reason="pyenv's shims are shell scripts")
def test_a_shim_of_an_inactive_version_is_rejected_with_a_reason_and_what_pyenv_has_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shims = tmp_path / "pyenv" / "shims"
    shims.mkdir(parents=True)
    shim = shims / "python3.8"
    shim.write_text('#!/bin/sh\necho "pyenv: python3.8: command not found" >&2\nexit 127\n')
    shim.chmod(0o755)
    binaries = tmp_path / "pyenv" / "versions" / "3.99.0" / "bin"
    binaries.mkdir(parents=True)
    real = Path(sys.executable).resolve()
    (binaries / real.name).symlink_to(real)
    monkeypatch.setenv("PYENV_ROOT", str(shims.parent))
    monkeypatch.setenv("PATH", f"{shims}{os.pathsep}{os.defpath}")
    discovery = discover()
    reasons = {each.executable: each.reason for each in discovery.rejected}
    assert "shim" in reasons[str(shim)]
    assert [each.executable for each in discovery.found].count(str(real)) == 1
