"""What `matrix --suite` says of suites that fail: the errors that matter first, and what is missing all at once."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import pytest

from harness.cli.main import main
from harness.errors import ExitCode
from tests.systems import HIDDEN_ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

MIXED = """
import os, pytest, valkey.asyncio as valkey

client = valkey.from_url(os.environ["VALKEY_URL"])

@pytest.mark.asyncio
@pytest.mark.parametrize("n", range(6))
async def test_loop_error(n):
    await client.ping()

def test_unrelated():
    assert 1 == 2

@pytest.mark.parametrize("n", range(30))
def test_plain(n):
    pass
"""
CONFTEST = """
import os
import humanize

HOST = os.environ["APP_CACHE_HOST"]
PORT = int(os.environ["APP_CACHE_PORT"])
"""
NEEDY = """
import socket, idna, conftest

def test_the_server_is_there(mocker):
    socket.create_connection((conftest.HOST, conftest.PORT)).close()
"""


def run(tmp_path: Path, *arguments: str) -> list[str]:
    return ["matrix", "--pytest-asyncio", "1.0.0", "--results", str(tmp_path / "results"), *arguments]


def test_a_loop_error_in_many_tests_is_not_hidden_by_an_assertion_and_each_row_is_there_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mixed").mkdir()
    (tmp_path / "mixed" / "test_mixed.py").write_text(MIXED)
    assert main(run(tmp_path, "--suite", str(tmp_path / "mixed"))) == ExitCode.DONE
    printed = capsys.readouterr().out
    headline = f"loop-closed←{HIDDEN_ROOT} in 3 tests; AssertionError in 1 test"
    assert printed.count(headline) == 1
    assert "(33 passed, 4 failed)" in printed
    assert printed.count(f"failed: loop-closed←{HIDDEN_ROOT}\n") == 1
    assert "test_mixed.py::test_loop_error[1] and 2 more of its cases" in printed
    assert "Errors by release" not in printed
    (tables,) = (tmp_path / "results").glob("*.tables.txt")
    assert tables.read_text(encoding="utf-8").count(f"failed: loop-closed←{HIDDEN_ROOT}") == 3


def test_all_that_a_suite_lacks_is_named_after_one_run_and_the_command_that_is_printed_adds_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "needy").mkdir()
    (tmp_path / "needy" / "conftest.py").write_text(CONFTEST)
    (tmp_path / "needy" / "test_needy.py").write_text(NEEDY)
    command = run(tmp_path, "--suite", str(tmp_path / "needy"), "--json")
    assert main(command) == ExitCode.DONE
    missing = json.loads(capsys.readouterr().out)["missing"]["suite:needy"]
    assert {f"{one['kind']} {one['name']}": one["place"] for one in missing["lacks"]} == {
        "module humanize": "conftest.py:3",
        "module idna": "test_needy.py:2",
        "plugin pytest-mock": "test_needy.py:4",
        "variable APP_CACHE_HOST": "conftest.py:5",
        "variable APP_CACHE_PORT": "conftest.py:6",
    }
    words = shlex.split(missing["command"])
    added = words[words.index("--with") :]
    assert main([*command, *added]) == ExitCode.DONE
    found = json.loads(capsys.readouterr().out)
    assert found["missing"] == {}
    assert [one["headline"] for one in found["suites"]["suite:needy"]["environments"].values()] == ["clean (1 passed)"]
