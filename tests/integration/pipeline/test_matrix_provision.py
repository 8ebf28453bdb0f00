"""`--provision` with a real uv, which downloads an interpreter of this machine, packed as those are that it knows."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.environments.interpreters import choose_for_each_minor, discover
from harness.environments.uv_tool import find_uv
from harness.errors import ExitCode
from harness.store.reading import read_results

if TYPE_CHECKING:
    from harness.environments.model import Interpreter
    from tests.integration.pipeline.conftest import Harness

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="the list of downloads is written for Linux"),
]

CLEAN = "default/function/async_fixture/aclose"
CELL = ("--cell", CLEAN, "--pytest-asyncio", "1.0.0")
NEEDLESS = {"test", "tests", "site-packages", "idlelib", "lib2to3", "tkinter", "turtledemo", "__pycache__"}
VARIABLES = ("PYENV_ROOT", "ASDF_DATA_DIR", "MISE_DATA_DIR", "XDG_DATA_HOME", "UV_OFFLINE")


@pytest.fixture(scope="module")
def other() -> Interpreter:
    """A Python of this machine that is not the one the harness runs on, and that works where it is moved to."""
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    for one in reversed(choose_for_each_minor(discover().found)):
        home = Path(one.executable).parent.parent
        if one.minor != running and (home / "lib" / f"python{one.minor}" / "os.py").exists() and home != Path("/usr"):
            return one
    pytest.skip("needs another Python that was not installed by the system")


@pytest.fixture(scope="module")
def downloads(other: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of downloads with that Python alone."""
    folder = tmp_path_factory.mktemp("downloads")
    archive = folder / "python.tar.gz"
    home = Path(other.executable).parent.parent
    names = [f"bin/python{other.minor}", "bin/python3", "bin/python", f"lib/python{other.minor}"]
    names += [f"lib/{path.name}" for path in home.glob("lib/libpython*.so*")]
    with tarfile.open(archive, "w:gz", compresslevel=1) as packed:
        for name in names:
            packed.add(home / name, f"python/{name}", filter=drop_needless)
    machine = platform.machine()
    entry = {
        "name": "cpython",
        "arch": {"family": machine, "variant": None},
        "os": "linux",
        "libc": "gnu",
        **dict(zip(("major", "minor", "patch"), map(int, other.version.split(".")), strict=True)),
        "prerelease": "",
        "url": archive.as_uri(),
        "sha256": None,
        "variant": None,
        "build": "1",
    }
    listed = folder / "downloads.json"
    listed.write_text(json.dumps({f"cpython-{other.version}-linux-{machine}-gnu": entry}), encoding="utf-8")
    return listed


def drop_needless(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    parts = set(Path(member.name).parts)
    return None if parts & NEEDLESS or any(part.startswith("config-") for part in parts) else member


@pytest.fixture
def bare(harness: Harness, downloads: Path, tmp_path: Path) -> Harness:
    """A machine that has the running Python alone, and a uv that can download the other one."""
    (tmp_path / "empty").mkdir()
    nowhere = str(tmp_path / "empty")
    asked = subprocess.run([find_uv().path, "cache", "dir"], capture_output=True, encoding="utf-8", check=True)
    for variable in VARIABLES:
        harness.environ.pop(variable, None)
    harness.environ |= {
        "PATH": nowhere,
        "HOME": nowhere,
        "UV_CACHE_DIR": asked.stdout.strip(),
        "VALKEY_LOOP_MATRIX_CACHE": str(tmp_path / "cache"),
        "UV_PYTHON_INSTALL_DIR": str(tmp_path / "pythons"),
        "UV_PYTHON_DOWNLOADS_JSON_URL": str(downloads),
    }
    return harness


def test_a_python_that_is_not_here_is_downloaded_only_where_that_is_asked_for(
    bare: Harness, other: Interpreter, tmp_path: Path
) -> None:
    refused = bare.run(*CELL, "--python", other.minor)
    assert refused.returncode == ExitCode.INFRASTRUCTURE
    assert f"No Python {other.minor} was found" in refused.stderr
    assert "--provision" in refused.stderr
    assert not (tmp_path / "pythons").exists()

    done = bare.run(*CELL, "--python", other.minor, "--provision")
    assert done.returncode == ExitCode.DONE, done.stderr
    (ran,) = read_results(bare.results).runs
    assert ran.header.environment is not None
    assert ran.header.environment.python == other.version
    assert [outcome.verdict.status for outcome in ran.outcomes] == ["clean"]
    assert [path.name for path in (tmp_path / "empty").rglob("python*")] == []  # nothing in the user's own folders

    # It is there from now on.
    again = bare.run(*CELL, "--python", other.minor)
    assert again.returncode == ExitCode.DONE, again.stderr


def test_what_uv_can_not_download_is_said_with_its_reason(bare: Harness, downloads: Path) -> None:
    unknown = bare.run(*CELL, "--python", "3.99", "--provision")
    assert unknown.returncode == ExitCode.INFRASTRUCTURE
    assert "uv could not download one: No download found for request: cpython-3.99" in unknown.stderr

    lost = downloads.with_name("lost.json")
    lost.write_text(downloads.read_text("utf-8").replace("python.tar.gz", "lost.tar.gz"), encoding="utf-8")
    bare.environ["UV_PYTHON_DOWNLOADS_JSON_URL"] = str(lost)
    wanted = json.loads(lost.read_text("utf-8")).popitem()[0].split("-")[1]
    failed = bare.run(*CELL, "--python", wanted, "--provision")
    assert failed.returncode == ExitCode.INFRASTRUCTURE
    assert f"could not download one: Failed to install cpython-{wanted}" in failed.stderr
    assert len(failed.stderr.splitlines()) == 2
