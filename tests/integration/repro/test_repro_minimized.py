"""`repro --minimize` on a real suite: what is left is small, and shows the same error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.cli.main import main
from harness.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

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
    assert {one["signature"] for one in printed["verdict"]["findings"]} >= {"loop-closed", "different-loop"}
    assert printed["verdict"]["unnamed"] == []
    minimized = printed["minimized"]
    assert (minimized["before"]["tests"], minimized["after"]["tests"]) == (8, 2)
    assert (minimized["hits"], minimized["finished"]) == (3, True)
    assert sorted(printed["files"]) == ["conftest.py", "pytest.ini", "test_a.py"]


def test_a_suite_without_an_error_has_nothing_to_keep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite = tmp_path / "mine"
    suite.mkdir()
    (suite / "test_b.py").write_text(FILES["test_b.py"])
    options = ["--suite", str(suite), "--results", str(tmp_path / "results"), "--into", str(tmp_path / "into")]
    assert main(["repro", *options, "--minimize"]) == ExitCode.USAGE
    assert "shows no error there" in capsys.readouterr().err
    assert not (tmp_path / "into").exists() or not list((tmp_path / "into").iterdir())
