"""`repro --minimize` on a real suite: what is left is small, and shows the same error."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from harness.cli.main import main
from harness.errors import ExitCode
from tests.systems import HIDDEN_ROOT

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.integration

FILES = {
    "conftest.py": """\
import os

import pytest
from valkey.asyncio import Valkey


@pytest.fixture(scope="session")
def client():
    return Valkey.from_url(os.environ["VALKEY_URL"])
""",
    "test_a.py": """\
import pytest


def test_unrelated():
    assert 1 == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("number", range(6))
async def test_shares(client, number):
    await client.set("key", number)
    assert await client.get("key")
""",
    "test_b.py": "def test_fine():\n    pass\n",
}


def test_what_the_error_does_not_need_is_dropped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite = tmp_path / "mine"
    suite.mkdir()
    for path, text in FILES.items():
        (suite / path).write_text(text)
    options = ["--suite", str(suite), "--results", str(tmp_path / "results"), "--into", str(tmp_path / "into")]
    assert main(["repro", *options, "--minimize", "--json", "--time", "600"]) == ExitCode.DONE
    printed = msgspec.json.decode(capsys.readouterr().out)
    assert {one["signature"] for one in printed["verdict"]["findings"]} >= {"loop-closed", HIDDEN_ROOT}
    assert printed["verdict"]["unnamed"] == []
    minimized = printed["minimized"]
    assert (minimized["before"]["tests"], minimized["after"]["tests"]) == (8, 2)
    assert (minimized["hits"], minimized["finished"]) == (3, True)
    assert sorted(printed["files"]) == ["conftest.py", "pytest.ini", "test_a.py"]


def test_interrupted_it_checks_and_writes_the_smallest_that_was_found(tmp_path: Path) -> None:
    suite = tmp_path / "mine"
    suite.mkdir()
    for path, text in FILES.items():
        (suite / path).write_text(text)
    options = ["--suite", str(suite), "--results", str(tmp_path / "results"), "--into", str(tmp_path / "into")]
    command = [sys.executable, "-m", "harness", "repro", *options, "--minimize", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if " so far; " in line:
                process.send_signal(signal.SIGINT)
                break
        text = process.stdout.read()
        rest = process.stderr.read()
        assert process.wait() == ExitCode.DONE, rest
        printed = msgspec.json.decode(text)
    assert "minimizing: at most 120 s; Ctrl-C keeps what was found\n" in lines
    assert "interrupted: the smallest found by now is run once and written" in rest
    minimized = printed["minimized"]
    assert (minimized["ended"], minimized["checks"], minimized["hits"]) == ("interrupted", 1, 1)
    assert minimized["after"]["lines"] < minimized["before"]["lines"]
    assert all(Path(path).exists() for path in printed["written"])


def test_when_time_is_up_the_smallest_that_was_found_is_checked_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = tmp_path / "mine"
    suite.mkdir()
    for path, text in FILES.items():
        (suite / path).write_text(text)
    options = ["--suite", str(suite), "--results", str(tmp_path / "results"), "--into", str(tmp_path / "into")]
    assert main(["repro", *options, "--minimize", "--time", "1"]) == ExitCode.DONE
    printed = " ".join(capsys.readouterr().out.split())
    assert "The error came in 3 of 3 runs of the result. Time was up: this is the smallest found by then." in printed
    assert list((tmp_path / "into").glob("*-minimized-*/check.py"))


def test_a_suite_without_an_error_has_nothing_to_keep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite = tmp_path / "mine"
    suite.mkdir()
    (suite / "test_b.py").write_text(FILES["test_b.py"])
    options = ["--suite", str(suite), "--results", str(tmp_path / "results"), "--into", str(tmp_path / "into")]
    assert main(["repro", *options, "--minimize"]) == ExitCode.USAGE
    assert "shows no error there" in capsys.readouterr().err
    assert not (tmp_path / "into").exists() or not list((tmp_path / "into").iterdir())
