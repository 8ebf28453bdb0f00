"""What the probe sees of real suites, and that it goes on seeing when they are rough."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.systems import FAST_LOOPS, FAST_LOOPS_PIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.servers.model import Server

pytestmark = pytest.mark.integration

PROBE = Path(__file__).parents[3] / "harness" / "probe" / "run.py"


class Run:
    """One probed run: its exit code and the records, the last of a name winning."""

    def __init__(self, code: int, evidence: Path) -> None:
        self.code = code
        self.records = [json.loads(line) for line in evidence.read_text().splitlines()]

    def of(self, kind: str) -> list[dict[str, Any]]:
        found = [record for record in self.records if record["kind"] == kind]
        return list({record.get("name", number): record for number, record in enumerate(found)}.values())


def run(python: Path, folder: Path, text: str, *, url: str = "", **files: str) -> Run:
    for name, content in {"test_it": text, **files}.items():
        (folder / f"{name}.py").write_text(content, encoding="utf-8")
    evidence = folder / "evidence"
    command: list[str | Path] = [python, PROBE, evidence, "--", "-q", "-p", "no:cacheprovider"]
    variables = {**os.environ, "VALKEY_URL": url}
    with (folder / "output").open("wb") as output:
        done = subprocess.run(command, cwd=folder, env=variables, stdout=output, stderr=output, check=False, timeout=60)
    return Run(done.returncode, evidence)


MODULE_CLIENT = """
import os
import pytest
import valkey.asyncio as valkey

client = valkey.from_url(os.environ["VALKEY_URL"])

@pytest.mark.asyncio
@pytest.mark.parametrize("number", range(2))
async def test_set(number):
    await client.set("key", number)
"""


def test_a_module_level_client_explains_itself(
    interpreter: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    with server.lease() as database:
        seen = run(interpreter("1.5.0"), tmp_path, MODULE_CLIENT, url=database.url)
    (failed,) = [phase for phase in seen.of("test-phase") if phase["outcome"] == "failed"]
    assert [error["text"][-28:] for error in failed["chain"]] == [
        "Event loop is closed",
        "attached to a different loop",
    ]
    (connection,) = seen.of("connection")
    assert connection["loop"] == "loop-1"
    assert connection["opened"] == {
        "test": "test_it.py::test_set[0]",
        "when": "call",
        "at": "test_it.py:11 in test_set",
    }
    assert [(use["loop"], use["test"][-3:]) for use in connection["uses"]] == [("loop-1", "[0]"), ("loop-2", "[1]")]
    assert connection["closed_on"] == "loop-2"
    assert connection["close_failed"] == failed["chain"]
    assert [loop["closed"]["when"] for loop in seen.of("loop")] == ["teardown", "teardown"]
    assert seen.of("at-end") == [
        {"kind": "at-end", "clients": [""], "keys": ["key"]}
    ]  # pytest keeps the last failure's frames


BOTH_LOOPS = """
import asyncio, gc, os
import pytest
import MODULE as client_module

URL = os.environ["VALKEY_URL"].replace("valkey://", "MODULE://".split(".")[0] + "://")

async def use(close):
    client = client_module.from_url(URL)
    await client.set("key", 1)
    if close:
        await client.aclose()

@pytest.mark.parametrize("close", [True, False])
def test_asyncio(close):
    asyncio.run(use(close))
    gc.collect()

@pytest.mark.parametrize("close", [True, False])
def test_uvloop(close):
    import uvloop
    loop = uvloop.new_event_loop()
    loop.run_until_complete(use(close))
    loop.create_task(asyncio.sleep(60))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    gc.collect()
"""


@pytest.mark.parametrize(
    ("client", "version"), [("valkey", "6.0.2"), ("valkey", None), ("redis", "5.0.8"), ("redis", None)]
)
def test_every_client_passes_through_the_ledgers_on_every_loop(
    client: str, version: str | None, interpreter: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    python = interpreter("1.5.0", FAST_LOOPS_PIN, client=client, client_version=version)
    with server.lease() as database:
        seen = run(
            python,
            tmp_path,
            BOTH_LOOPS.replace("MODULE", f"{client}.asyncio").replace("uvloop", FAST_LOOPS),
            url=database.url,
        )
    assert seen.code == 0
    kinds = [loop["loop_kind"].split(".")[0] for loop in seen.of("loop")]
    assert kinds == ["asyncio", "asyncio", FAST_LOOPS, FAST_LOOPS]
    assert [loop["pending"] for loop in seen.of("loop")][:2] == [[], []]
    assert all(loop["pending"][0].endswith(" sleep") for loop in seen.of("loop")[2:])
    assert [line["closed"] is not None for line in seen.of("connection")] == [True, False, True, False]
    assert all(line["uses"] for line in seen.of("connection"))
    assert not [problem for problem in seen.of("problem") if problem["node"] == "probe"]


def test_problems_outside_tests_are_recorded(interpreter: Callable[..., Path], tmp_path: Path) -> None:
    seen = run(interpreter("1.5.0"), tmp_path, "import no_such_module\n")
    (problem,) = seen.of("problem")
    assert (seen.code, problem["where"], problem["node"]) == (2, "collect", "test_it.py")
    assert problem["chain"][-1]["type"] == "ModuleNotFoundError"
    assert seen.records[-1]["kind"] == "session-end"


def test_a_broken_conftest_is_a_usage_problem(interpreter: Callable[..., Path], tmp_path: Path) -> None:
    seen = run(interpreter("0.17.2"), tmp_path, "", conftest="1 / 0\n")
    (problem,) = seen.of("problem")
    assert (seen.code, problem["where"]) == (4, "usage")
    assert problem["chain"][-1]["type"] == "ZeroDivisionError"


ROUGH = """
import gc, json, os, warnings

class Late:
    def __del__(self):
        raise RuntimeError("Event loop is closed")

class Warns:
    def __del__(self):
        warnings.warn("dropped", RuntimeWarning)

def test_descriptors(monkeypatch):
    os.closerange(100, 4096)
    os.chdir("/")
    monkeypatch.setattr(json, "dumps", None)

def test_children():
    if os.fork() == 0:
        os._exit(0)
    os.wait()

def test_cycles():
    for kind in (Late, Warns):
        cycle = [kind()]
        cycle.append(cycle)

def test_kept():
    global kept
    kept = Late()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only POSIX forks")
def test_a_rough_suite_does_not_blind_the_probe(interpreter: Callable[..., Path], tmp_path: Path) -> None:
    gc_off = "import gc\ngc.disable()\n"
    seen = run(interpreter("1.5.0"), tmp_path, ROUGH, conftest=gc_off)
    assert seen.code == 0
    assert [phase["outcome"] for phase in seen.of("test-phase")] == ["passed"] * 12
    kinds = [record["kind"] for record in seen.records]
    before, after = kinds[: kinds.index("session-end")], kinds[kinds.index("session-end") + 1 :]
    assert (before.count("unraisable"), after.count("unraisable")) == (1, 1)
    assert [(each["text"], each["when"]) for each in seen.of("warning") if each["text"] == "dropped"] == [
        ("dropped", "session")
    ]


BACKGROUND = """
import asyncio
import logging
import threading

import pytest

log = logging.getLogger("app")

def answer(loop):
    loop.call_soon_threadsafe(print)

def test_thread():
    loop = asyncio.new_event_loop()
    loop.close()
    thread = threading.Thread(target=answer, args=(loop,), name="worker")
    thread.start()
    thread.join()

def test_threads_that_leave():
    thread = threading.Thread(target=lambda: (_ for _ in ()).throw(SystemExit))
    thread.start()
    thread.join()

def test_log(caplog):
    logging.disable(logging.NOTSET)
    for _ in range(3):
        try:
            {}["key"]
        except KeyError as error:
            try:
                raise RuntimeError("Event loop is closed") from error
            except RuntimeError:
                log.exception("a view failed: %s", "/")
    log.error("no exception")
    log.info("too low", exc_info=ValueError("low"))
    logging.getLogger("app.disabled").disabled = True
    logging.getLogger("app.disabled").error("of a logger that is disabled", exc_info=ValueError("disabled"))

def test_handler():
    def boom():
        raise ValueError("in a callback")
    async def main():
        asyncio.get_running_loop().call_soon(boom)
        await asyncio.sleep(0.01)
    asyncio.run(main())
"""


@pytest.mark.parametrize("plugin", ["0.17.2", "1.5.0"])
def test_what_ends_threads_and_what_is_logged_is_recorded(
    plugin: str, interpreter: Callable[..., Path], tmp_path: Path
) -> None:
    seen = run(interpreter(plugin), tmp_path, BACKGROUND)
    assert seen.code == 0
    found = [
        (each["source"], each["owner"], each["test"].partition("::")[2], each["message"], each["chain"][0]["text"])
        for each in seen.of("background")
    ]
    assert found == [
        ("thread", "worker", "test_thread", "", "Event loop is closed"),
        ("log", "app", "test_log", "a view failed: %s", "Event loop is closed"),
    ]
    assert [each["type"] for each in seen.of("background")[1]["chain"]] == ["RuntimeError", "KeyError"]
    # What asyncio logs of it isn't recorded a second time.
    assert [each["chain"][0]["text"] for each in seen.of("handler-call")] == ["in a callback"]


HANG = """
import asyncio

async def wait_forever():
    await asyncio.Event().wait()

def test_hang():
    async def main():
        asyncio.create_task(wait_forever(), name="waiter")
        await asyncio.sleep(0)
        print("hanging", flush=True)
        await wait_forever()
    asyncio.run(main())
"""


@pytest.mark.parametrize("plugin", ["0.17.2", "1.5.0"])
def test_a_hang_tells_its_threads_and_tasks(plugin: str, interpreter: Callable[..., Path], tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("needs a signal to ask with")
    (tmp_path / "test_it.py").write_text(HANG)
    evidence = tmp_path / "evidence"
    command: list[str | Path] = [interpreter(plugin), PROBE, evidence, "--", "-s", "-p", "no:cacheprovider"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            assert process.stdout is not None
            while b"hanging" not in process.stdout.readline():
                pass
            process.send_signal(signal.SIGUSR1)
            while not any(line.startswith('{"kind": "stacks"') for line in evidence.read_text().splitlines(True)):
                time.sleep(0.01)
        finally:
            process.kill()
    seen = Run(-9, evidence)
    (stacks,) = seen.of("stacks")
    assert "test_it.py:13 in test_hang: asyncio.run(main())" in stacks["stacks"]
    assert (
        "loop-1 waiter wait_forever:\n  test_it.py:5 in wait_forever: await asyncio.Event().wait()" in stacks["tasks"]
    )
    assert seen.of("phase-start")[-1]["test"] == "test_it.py::test_hang"
    assert b"run_forever" in (tmp_path / "evidence.stacks").read_bytes()


UNITTEST = """
import unittest

class TestIt(unittest.IsolatedAsyncioTestCase):
    async def test_it(self):
        raise RuntimeError("Event loop is closed")
"""


def test_an_error_in_a_unittest_test_case_has_its_type_and_text(
    interpreter: Callable[..., Path], tmp_path: Path
) -> None:
    phases = run(interpreter("1.5.0"), tmp_path, UNITTEST).of("test-phase")
    [chain] = [phase["chain"] for phase in phases if phase["outcome"] == "failed"]
    assert [(link["type"], link["text"]) for link in chain] == [("RuntimeError", "Event loop is closed")]


def test_a_file_that_skips_itself_is_written_with_its_reason(interpreter: Callable[..., Path], tmp_path: Path) -> None:
    text = "import pytest\npytest.importorskip('yaml_of_nobody')\ndef test_1(): pass\n"
    seen = run(interpreter("1.5.0"), tmp_path, text, test_other="import pytest\ndef test_2(): pytest.skip('not now')\n")
    assert [(one["node"], one["text"]) for one in seen.of("skipped")] == [
        ("test_it.py", "could not import 'yaml_of_nobody': No module named 'yaml_of_nobody'")
    ]
