"""`diagnose --run` on a real suite: each sentence is what the suite does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.cli.main import main
from harness.errors import ExitCode
from tests.environments_by_hand import make_environment_beside

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

CONFTEST = """\
import os

import pytest_asyncio
from valkey.asyncio import Valkey


@pytest_asyncio.fixture(scope="session")
async def client():
    client = Valkey.from_url(os.environ["VALKEY_URL"])
    await client.ping()
    return client
"""

TESTS = """\
import pytest


@pytest.mark.asyncio
async def test_first(client):
    await client.get("a")
"""


def test_the_connection_of_a_fixture_is_followed_to_the_test_that_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = tmp_path / "mine"
    suite.mkdir()
    (suite / "conftest.py").write_text(CONFTEST)
    (suite / "test_it.py").write_text(TESTS)
    (suite / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = session\n")
    options = [str(suite), "--run", "--pytest-asyncio", "1.5.0", "--results", str(tmp_path / "results")]
    assert main(["diagnose", *options, "--json"]) == ExitCode.DONE
    (run,) = msgspec.json.decode(capsys.readouterr().out)["runs"]
    assert (run["pattern"], run["failed"], run["explained"]) == ("F", 1, 1)
    sentences = run["stories"][0]["sentences"]
    assert sentences[:3] == [
        "Connection 1 was opened on loop 1 in the setup of `test_first`, by the fixture `client` (conftest.py:10).",
        "Loop 1 was still open.",
        "Connection 1 was used on loop 2 in `test_first` (test_it.py:6).",
    ]
    assert "attached to a different loop" in sentences[3]
    assert main(["diagnose", *options]) == ExitCode.DONE
    assert "test_it.py::test_first  F" in capsys.readouterr().out


def test_what_a_suite_lacks_is_listed_and_no_test_that_ran_is_not_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = tmp_path / "mine"
    suite.mkdir()
    (suite / "conftest.py").write_text("import a_module_of_nobodys\n")
    (suite / "test_it.py").write_text(TESTS)
    options = [str(suite), "--run", "--pytest-asyncio", "1.5.0", "--results", str(tmp_path / "results")]
    assert main(["diagnose", *options]) == ExitCode.DIFFERENCES
    printed = capsys.readouterr().out
    assert "No test ran: `ModuleNotFoundError: No module named 'a_module_of_nobodys'`" in printed
    assert "What mine lacks" in printed
    assert main(["diagnose", *options, "--json"]) == ExitCode.DIFFERENCES
    (run,) = msgspec.json.decode(capsys.readouterr().out)["runs"]
    assert run["missing"]["suite:mine"]["lacks"][0]["name"] == "a_module_of_nobodys"


def test_the_environment_beside_the_suite_is_named_in_the_first_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = tmp_path / "mine"
    suite.mkdir()
    (suite / "test_it.py").write_text("import pytest\n\n\n@pytest.mark.asyncio\nasync def test_one(): pass\n")
    (suite / "pytest.ini").write_text("[pytest]\n")
    make_environment_beside(suite, {"pytest": "8.4.2"})
    options = [str(suite), "--run", "--results", str(tmp_path / "results")]
    assert main(["diagnose", *options]) == ExitCode.DONE
    first, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("Not the environment ")
    assert first.endswith(": pytest-asyncio is not installed there.")
