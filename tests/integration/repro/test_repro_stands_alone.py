"""What `repro` writes shows, without the harness, what was measured."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from harness.cli.main import main
from harness.environments.model import Built, EnvironmentRequest
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode
from harness.processes.guardian import Guardian
from harness.servers.opening import open_server
from harness.store.reading import read_results
from tests.systems import HIDDEN_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

pytestmark = pytest.mark.integration

CELL = "default/function/module_global/none"
NAME = "default-function-module_global-none"


@pytest.fixture
def url() -> Iterator[str]:
    with (
        Guardian() as guardian,
        open_server(None, databases=1, guardian=guardian) as server,
        server.lease() as database,
    ):
        yield database.url


def letters(command: Sequence[str | Path], folder: Path, url: str) -> str:
    """What pytest printed for the tests, a letter each."""
    variables = {"PATH": os.environ["PATH"], "VALKEY_URL": url}
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    return "".join(re.findall(r"^\S+\.py ([.FEx]+)", done.stdout, re.MULTILINE))


def test_the_folder_and_the_file_fail_as_the_cell_did(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "into"
    options = ["--cell", CELL, "--pytest-asyncio", "newest", "--results", str(tmp_path), "--into", str(into)]
    assert main(["repro", *options]) == ExitCode.DONE
    output = capsys.readouterr().out
    assert f"loop-closed←{HIDDEN_ROOT}" in output
    assert ".F.F." in output
    (folder, file) = sorted(into.iterdir())
    assert (folder.name, file.name) == (file.stem, f"{folder.name}.py")
    assert folder.name.startswith(NAME)
    python = python_of(tmp_path)
    assert letters([python, "-m", "pytest"], folder / "suite", url) == ".F.F."
    assert letters([python, file], tmp_path, url) == ".F.F."
    for check in (file, folder / "check.py"):
        done = subprocess.run(
            [python, check],
            env={"PATH": os.environ["PATH"], "VALKEY_URL": url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout.splitlines()[-1].partition(":")[0]) == (0, "The error appears")
    assert main(["repro", *options]) == ExitCode.USAGE
    assert "is there already" in capsys.readouterr().err


def test_a_suite_of_ones_own_is_written_as_it_was_measured_without_what_is_a_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = tmp_path / "mine"
    suite.mkdir()
    opened = "".join(f"    open({name!r})\n" for name in ("data.csv", "dump.bin", ".env"))
    (suite / "test_it.py").write_text(f"def test_it():\n{opened}")
    (suite / "data.csv").write_text("a,b\n")
    (suite / "dump.bin").write_bytes(b"\xff\x00")
    (suite / ".env").write_text("TOKEN=orange-juice")
    into = tmp_path / "into"
    options = ["--suite", str(suite), "--results", str(tmp_path / "results"), "--into", str(into)]
    assert main(["repro", *options]) == ExitCode.DONE
    output = capsys.readouterr().out
    assert "FileNotFoundError" in output
    assert "data.csv, pytest.ini, test_it.py" in output
    assert ".env is a name of secrets" in output
    (folder,) = (path for path in into.iterdir() if path.is_dir())
    assert {path.name for path in (folder / "suite").iterdir()} == {"data.csv", "pytest.ini", "test_it.py"}
    assert not [path for path in into.rglob("*") if path.is_file() and b"orange" in path.read_bytes()]


def python_of(results: Path) -> Path:
    """The interpreter of the environment that the results are of, which the command has built."""
    here = read_results(results).runs[0].header.environment
    assert here is not None
    request = EnvironmentRequest(python=here.python, plugin=here.plugin, client_version=here.client_version)
    built = Provisioner().provide(request)
    assert isinstance(built, Built)
    assert built.environment.digest == here.digest
    return built.python
