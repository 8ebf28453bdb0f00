"""What can't be run is one message with a remedy, and leaves the machine and every server as they were."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
import valkey

from harness.cli.passwords import SERVER_VARIABLE
from harness.errors import ExitCode
from harness.servers import urls, views
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.pipeline.conftest import Harness

pytestmark = pytest.mark.integration

PASSWORD = "pass-w0rd"
CELL = ("--cell", "default/function/module_global/none", "--pytest-asyncio", "1.0.0")
FLUSHES = ("--cell", "default/function/async_fixture/flush_around", "--pytest-asyncio", "1.0.0")


@pytest.fixture
def theirs(somebodys: str) -> Iterator[str]:
    """Somebody's server with keys of every type in the databases 1 to 15, and nothing in 0."""
    for number in range(1, 16):
        with views.connect(urls.replace_number(somebodys, number)) as client:
            client.mset({"apple": "theirs", "pear": "theirs", "other": "x"})
            client.hset("hash", mapping={"a": "1", "b": "2"})
            client.rpush("list", "a", "b")
            client.xadd("stream", {"k": "v"})
    yield somebodys
    with views.connect(somebodys) as client:
        client.flushall()


def dumped(url: str) -> dict[tuple[int, bytes], bytes]:
    """Every key of every database, as the server would store it."""
    keys: dict[tuple[int, bytes], bytes] = {}
    for number in range(16):
        with views.connect(urls.replace_number(url, number)) as client:
            keys |= {(number, key): client.dump(key) for key in client.scan_iter()}
    return keys


def refused(harness: Harness, *arguments: str, code: ExitCode = ExitCode.INFRASTRUCTURE, secret: str = "") -> str:
    """The message of a run that must not begin: two lines, and nothing else anywhere.

    `secret` is an address that stands in the variable and not on the command line.
    """
    done = harness.run(*arguments, environ={SERVER_VARIABLE: secret})
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    problem, remedy = done.stderr.splitlines()
    assert problem.startswith("error: ")
    assert remedy.startswith("  → ")
    assert not harness.results.exists()
    assert harness.left() == []
    return problem


def test_an_address_nobody_listens_at_is_refused(harness: Harness) -> None:
    assert "valkey://127.0.0.1:1/3" in refused(harness, *CELL, "--server", "valkey://127.0.0.1:1/3")


@pytest.mark.parametrize("url", ["http://joe:{}@127.0.0.1", "valkey://:{}@127.0.0.1/x", "valkey://:1/{}@127.0.0.1/0"])
def test_a_url_that_is_none_is_refused_as_bad_usage_without_repeating_it(harness: Harness, url: str) -> None:
    problem = refused(harness, *CELL, secret=url.format(PASSWORD), code=ExitCode.USAGE)
    assert PASSWORD not in problem


def test_a_database_that_is_not_empty_is_refused_and_left_alone(harness: Harness, theirs: str) -> None:
    before = dumped(theirs)
    problem = refused(harness, *CELL, "--server", f"{theirs}/5")
    assert "Database 5" in problem
    assert "6 keys, 'apple'" in problem
    assert "Database 1" in refused(harness, *CELL, "--server", theirs, "--repeat", "2")
    assert dumped(theirs) == before


@pytest.fixture
def protected(theirs: str) -> Iterator[str]:
    """The server, its default user with a password."""
    with views.connect(theirs) as client:
        client.acl_setuser("default", enabled=True, passwords=[f"+{PASSWORD}"], reset_passwords=True)
        yield theirs
        client.acl_setuser("default", enabled=True, nopass=True)


def test_a_password_that_is_missing_or_wrong_is_refused_and_never_printed(harness: Harness, protected: str) -> None:
    assert "uthentication" in refused(harness, *CELL, "--server", f"{protected}/0")
    wrong = protected.replace("://", "://:wr0ng-one@")
    problem = refused(harness, *CELL, secret=f"{wrong}/0")
    assert "wr0ng-one" not in problem
    assert "invalid" in problem


def test_a_password_that_is_right_is_in_nothing_that_is_kept(harness: Harness, protected: str, python: str) -> None:
    url = protected.replace("://", f"://:{PASSWORD}@") + "/0"
    done = harness.run(*CELL, "--python", python, environ={SERVER_VARIABLE: url})
    assert done.returncode == ExitCode.DONE, done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    assert [outcome.verdict.status for outcome in harness.outcomes()] == [Status.REPRODUCES]
    for file in harness.results.glob("*.*"):
        assert PASSWORD not in file.read_text("utf-8")


def test_a_run_on_one_database_changes_nothing_in_the_others(harness: Harness, theirs: str, python: str) -> None:
    before = dumped(theirs)
    done = harness.run(*CELL, *FLUSHES[:2], "--python", python, "--server", f"{theirs}/0")
    assert done.returncode == ExitCode.DONE, done.stderr
    assert dumped(theirs) == before


def test_a_key_that_somebody_writes_meanwhile_ends_the_run_and_stays(
    harness: Harness, theirs: str, python: str
) -> None:
    process = harness.start(*CELL, "--python", python, "--server", f"{theirs}/0", "--repeat", "50")
    harness.until(lambda: len(harness.outcomes()) > 1, "no cell finished")
    with valkey.Valkey.from_url(f"{theirs}/0") as client:
        client.set("precious", "theirs")
        _, output = process.communicate(timeout=60)
        assert process.returncode == ExitCode.INFRASTRUCTURE
        assert output.count("Database 0") == 1
        assert "'precious'" in output
        assert client.keys() == [b"precious"]
    assert not [outcome for outcome in harness.outcomes() if "precious" in str(outcome.verdict)]


def test_a_results_folder_that_is_a_file_is_refused(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        done = harness.run(*CELL, "--results", str(place))
        assert done.returncode == ExitCode.USAGE, "given twice"
        harness.results = place
        done = harness.run(*CELL)
        assert (done.returncode, done.stdout) == (ExitCode.INFRASTRUCTURE, "")
        assert "is not a folder" in done.stderr
        assert len(done.stderr.splitlines()) == 2


def test_evidence_that_can_not_be_stored_ends_the_run_with_a_message(harness: Harness, python: str) -> None:
    harness.results.mkdir()
    (harness.results / "evidence").touch()
    done = harness.run(*CELL, "--python", python)
    assert (done.returncode, done.stdout) == (ExitCode.INFRASTRUCTURE, "")
    assert f"Evidence can't be written to {harness.results}" in done.stderr
    assert "Traceback" not in done.stderr
    assert harness.left() == []


@pytest.mark.skipif(sys.platform == "win32", reason="what Windows needs on PATH is more than Python")
def test_a_python_that_is_not_here_is_refused_with_those_that_are(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    nowhere = str(tmp_path / "empty")
    for variable in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "ASDF_DATA_DIR", "MISE_DATA_DIR", "XDG_DATA_HOME"):
        harness.environ.pop(variable, None)
    harness.environ |= {"PATH": nowhere, "HOME": nowhere, "VALKEY_LOOP_MATRIX_CACHE": str(tmp_path / "cache")}
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    other = "3.12" if here != "3.12" else "3.13"
    assert f"No Python {other} was found" in refused(harness, *CELL, "--python", other)


def test_a_uv_that_can_not_be_found_is_refused(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "uv.py").write_text("def find_uv_bin(): raise FileNotFoundError")
    harness.environ |= {"PYTHONPATH": str(tmp_path), "PATH": os.defpath}
    assert "uv can't be found" in refused(harness, *CELL)
