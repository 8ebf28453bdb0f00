"""A password with signs that need quoting, and suites that tell it in every way there is: nobody gets to see it."""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import psutil
import pytest

from harness.cli.passwords import SERVER_VARIABLE
from harness.errors import ExitCode
from harness.processes.killing import is_alive
from harness.servers import views
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.pipeline.conftest import Harness

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
PASSWORD = "p@ss:w/rd%20\"é'\\"

VALUE = '''
"""A workload that tells its address and fails."""

from harness.catalogue.value import Value

VALUE = Value(meaning="tells all it knows", sources=("https://example.org",))


def build(draft):
    names = ("ast", "asyncio", "atexit", "json", "logging", "os", "pprint", "sys", "textwrap", "warnings")
    draft.test_imports |= {f"import {name}" for name in names} | {"from urllib.parse import quote, unquote"}
    draft.work = (
        'await client.set("{key}", "ripe")',
        'url = os.environ["VALKEY_URL"]',
        "plain = unquote(url)",
        "for address in (url, plain, quote(url), plain.swapcase().swapcase()):",
        "    for write in (str, repr, ascii, json.dumps, str.encode, lambda text: repr(repr(text)), pprint.pformat):",
        "        print(write(address))",
        "        print(write(address), file=sys.stderr)",
        "    for width in (10, 25, 40):",
        "        print(textwrap.fill(address, width))",
        "print(client, client.connection_pool.connection_kwargs)",
        "pprint.pprint(client.connection_pool.connection_kwargs, width=20)",
        "print(await client.client_list())",
        "print(dict(os.environ))",
        "print(plain[:-3] + '...', '...' + plain[20:])",
        "warnings.warn(plain)",
        "logging.getLogger().error(plain)",
        "atexit.register(print, plain)",
        "loop = asyncio.get_running_loop()",
        'loop.call_exception_handler({"message": plain, "exception": ValueError(url)})',
        "left = loop.create_task(asyncio.sleep(1000), name=plain)",
        'type("Told", (), {"__del__": lambda self: 1 / 0, "__repr__": lambda self: plain})()',
        'if "{key}" == "apple":',
        "    assert plain == 1",
        'if "{key}" == "pear":',
        "    assert client.connection_pool.connection_kwargs == {}",
        'if "{key}" == "plum":',
        "    assert [plain] * 3 == [url] * 3",
        "try:",
        "    ast.literal_eval(plain)",
        "except SyntaxError as error:",
        "    raise ConnectionError(f'can not reach {plain} ({url!r})') from error",
    )
'''


class Started:
    """The program, and a look at the command lines and environments of all processes, over and over, until it ends."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.on_command_lines: set[str] = set()
        self.in_environments: set[str] = set()  # command lines of its descendants
        self._seen = psutil.Process(process.pid)
        self._thread = threading.Thread(target=self._look_on)
        self._thread.start()

    def end(self) -> str:
        """Wait for the end and return what was printed."""
        output = "".join(self.process.communicate())
        self._thread.join()
        return output

    def _look_on(self) -> None:
        while is_alive(self._seen):
            with contextlib.suppress(psutil.NoSuchProcess):
                below = self._seen.children(recursive=True)
                self._look_at(below)
            time.sleep(0.005)

    def _look_at(self, below: list[psutil.Process]) -> None:
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                command = " ".join(process.cmdline())
                if message(command):
                    self.on_command_lines.add(command)
                if process in below and message(" ".join(process.environ().values())):
                    self.in_environments.add(command)


OURSELVES = "-m harness matrix"


def message(text: str) -> set[str]:
    """The pieces of the password that a text has, five signs each, also where they are quoted."""
    pieces = {PASSWORD[start : start + 5] for start in range(len(PASSWORD) - 4)}
    return {piece for piece in pieces if piece in text or piece in unquote(text)}


def contents(folder: Path) -> Iterator[str]:
    """What the files below a folder say. Evidence is compressed."""
    for file in folder.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            yield (gzip.decompress(data) if file.suffix == ".gz" else data).decode()


@pytest.fixture
def url(somebodys: str) -> Iterator[str]:
    """The address of an empty database for the user `joe`; nobody else may do anything."""
    with views.connect(somebodys) as client:
        client.acl_setuser("joe", enabled=True, passwords=[f"+{PASSWORD}"], keys="*", channels="*", commands=["+@all"])
        yield somebodys.replace("://", f"://joe:{quote(PASSWORD, safe='')}@") + "/0"
        client.acl_deluser("joe")


@pytest.fixture
def talkative(tmp_path: Path) -> Path:
    """The project with a workload that tells its address."""
    root = tmp_path / "project"
    for name in ("harness", "scenarios"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "scenarios" / "workload" / "telling.py").write_text(VALUE, encoding="utf-8")
    return root


@pytest.fixture(params=["spawn", "fork"])
def started(request: pytest.FixtureRequest, harness: Harness, url: str, talkative: Path, python: str) -> Started:
    """The program on the talkative project."""
    launcher = request.param if hasattr(os, "fork") else "spawn"
    arguments = ["--cell", "default/function/async_fixture/none@workload=telling", "--pytest-asyncio", "1.0.0"]
    process = subprocess.Popen(
        harness.command(*arguments, "--python", python, "--launcher", launcher),
        cwd=talkative,
        env=harness.environ | {SERVER_VARIABLE: url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    return Started(process)


def test_a_password_is_in_nothing_that_is_kept_printed_or_listed(harness: Harness, started: Started) -> None:
    output = started.end()
    assert message(output) == set()
    assert started.process.returncode == ExitCode.DONE, output
    (outcome,) = harness.outcomes()
    assert outcome.verdict.status is Status.FAILS
    texts = [text for folder in (harness.results, harness.temporary) for text in contents(folder)]
    assert sum("***" in text for text in texts) >= 2, "the results file and the evidence"
    for text in texts:
        assert message(text) == set()
    assert started.on_command_lines == set()
    # A child between its fork and its exec still looks like the program, which was given the variable.
    assert not {command for command in started.in_environments if "run.py" not in command and OURSELVES not in command}
