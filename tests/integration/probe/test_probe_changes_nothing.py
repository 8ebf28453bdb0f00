"""Real suites run the same with and without the probe."""

from __future__ import annotations

import os
import re
import subprocess
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.servers.model import Server

pytestmark = pytest.mark.integration

PROBE = Path(__file__).parents[3] / "harness" / "probe" / "run.py"

OLDEST, NEWEST = "0.17.2", "1.5.0"

CLIENT = "import os\nimport asyncio\nimport pytest\nimport pytest_asyncio\nimport valkey.asyncio as valkey\n"

SUITES: dict[str, dict[str, str]] = {
    "module_level_client": {
        "test_it.py": CLIENT
        + """
client = valkey.from_url(os.environ["VALKEY_URL"])

@pytest.mark.asyncio
@pytest.mark.parametrize("number", range(4))
async def test_set(number):
    await client.set("key", number)
    assert await client.get("key") == b"%d" % number
""",
    },
    "session_fixture": {
        "pytest.ini": "[pytest]\nasyncio_mode = auto\n",
        "conftest.py": CLIENT
        + """
@pytest_asyncio.fixture(scope="session")
async def client():
    client = valkey.from_url(os.environ["VALKEY_URL"])
    await client.ping()
    yield client
    await client.aclose()
""",
        "test_it.py": """
async def test_one(client):
    await client.set("key", 1)

async def test_two(client):
    assert await client.get("key") == b"1"
""",
    },
    "event_loop_fixture": {
        "conftest.py": CLIENT
        + """
@pytest_asyncio.fixture
async def client(event_loop):
    async with valkey.from_url(os.environ["VALKEY_URL"]) as client:
        yield client
""",
        "test_it.py": """
import pytest

@pytest.mark.asyncio
async def test_one(client):
    assert await client.ping()
""",
    },
    "nested_run": {
        "conftest.py": CLIENT
        + """
@pytest.fixture
def client():
    client = valkey.from_url(os.environ["VALKEY_URL"])
    asyncio.run(client.ping())
    yield client
    asyncio.run(client.aclose())
""",
        "test_it.py": """
import asyncio
import pytest

@pytest.mark.asyncio
async def test_connected_elsewhere(client):
    await client.ping()

@pytest.mark.asyncio
async def test_run_in_run(client):
    asyncio.run(client.ping())

def test_sync_with_current_loop(client):
    asyncio.get_event_loop().run_until_complete(client.ping())
""",
    },
    "no_cleanup": {
        "pytest.ini": "[pytest]\nasyncio_mode = auto\nfilterwarnings =\n    always::ResourceWarning\n",
        "test_it.py": CLIENT
        + """
import gc

@pytest.mark.parametrize("number", range(2))
async def test_dropped(number):
    client = valkey.from_url(os.environ["VALKEY_URL"])
    await client.set("key", number)

def test_collected():
    gc.collect()

async def test_kept(request):
    request.config.client = valkey.from_url(os.environ["VALKEY_URL"])
    await request.config.client.ping()
""",
    },
    "expected_failures": {
        "pytest.ini": "[pytest]\nasyncio_mode = auto\n",
        "test_it.py": """
import pytest

@pytest.mark.xfail(reason="known")
async def test_fails():
    raise RuntimeError("Event loop is closed")

@pytest.mark.xfail
def test_passes():
    pass

@pytest.mark.xfail(strict=True, reason="strict")
def test_passes_strictly():
    pass

@pytest.mark.skip(reason="later")
def test_skipped():
    pass

def test_chain():
    try:
        {}["missing"]
    except KeyError:
        raise ValueError("while handling")
""",
    },
    "broken_collection": {
        "test_broken.py": "import no_such_module\n",
        "test_good.py": "def test_good():\n    pass\n",
    },
    "broken_conftest": {
        "conftest.py": "raise RuntimeError('broken')\n",
        "test_good.py": "def test_good():\n    pass\n",
    },
    "usage_error": {
        "pytest.ini": "[pytest]\naddopts = --no-such-option\n",
        "test_good.py": "def test_good():\n    pass\n",
    },
    "nothing_to_run": {"test_empty.py": ""},
    "unraisable": {
        "pytest.ini": "[pytest]\nfilterwarnings =\n    error::pytest.PytestUnraisableExceptionWarning\n",
        "test_it.py": """

class Broken:
    def __del__(self):
        raise RuntimeError("Event loop is closed")

def test_dropped():
    Broken()

def test_kept_until_the_end():
    sys.kept = Broken()
""",
    },
    "garbage_at_the_end": {
        "pytest.ini": "[pytest]\nfilterwarnings =\n    error\n    ignore::DeprecationWarning\n",
        "test_it.py": """
import gc
import socket

class Broken:
    def __del__(self):
        raise RuntimeError("Event loop is closed")

def test_cycles():
    gc.disable()
    for thing in (Broken(), socket.socket()):
        cycle = [thing]
        cycle.append(cycle)
""",
    },
    "threads_and_logs": {
        "test_it.py": """
import inspect
import logging
import threading

import pytest

log = logging.getLogger("app")

def boom():
    raise ValueError("in a thread")

def run_thread():
    thread = threading.Thread(target=boom, name="worker")
    thread.start()
    thread.join()

class Own(logging.LogRecord):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.own = True

def test_own_excepthook(monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append((args.exc_type, args.thread.name)))
    run_thread()
    assert seen == [(ValueError, "worker")] and capsys.readouterr().err == ""

def test_default_excepthook(monkeypatch):
    monkeypatch.setattr(threading, "excepthook", getattr(threading, "__excepthook__", threading.excepthook))
    run_thread()
    assert not "to see what was printed"

def test_record(caplog):
    try:
        boom()
    except ValueError:
        log.exception("no %s", "luck", stack_info=True)
    (record,) = caplog.records
    assert type(record) is logging.LogRecord and logging.getLogRecordFactory() is logging.LogRecord
    assert list(inspect.signature(logging.LogRecord).parameters)[:3] == ["name", "level", "pathname"]
    assert record.funcName == "test_record" and record.getMessage() == "no luck"
    assert "background.py" not in record.stack_info
    assert log.level == logging.NOTSET and log.handlers == []
    assert not "to see what was captured"

def test_own_record(caplog):
    logging.setLogRecordFactory(Own)
    try:
        log.warning("hello", exc_info=ValueError("mine"))
    finally:
        logging.setLogRecordFactory(logging.LogRecord)
    assert caplog.records[0].own

def test_a_handler_that_fails():
    class Broken(logging.Handler):
        def emit(self, record):
            try:
                boom()
            except ValueError:
                self.handleError(record)
    broken = Broken()
    log.addHandler(broken)
    try:
        log.error("x", exc_info=ValueError("mine"))
    finally:
        log.removeHandler(broken)
    assert not "to see what was printed"

def test_records_that_nothing_makes():
    log.debug("below the level", exc_info=ValueError("mine"))
    logging.disable(logging.CRITICAL)
    try:
        log.critical("disabled", exc_info=ValueError("mine"))
    finally:
        logging.disable(logging.NOTSET)
""",
    },
    "writer_outlives_its_loop": {
        "test_it.py": CLIENT
        + """
from urllib.parse import urlsplit

async def connect():
    parts = urlsplit(os.environ["VALKEY_URL"])
    return await asyncio.open_connection(parts.hostname, parts.port)

def test_write_and_close_later():
    reader, writer = asyncio.run(connect())
    assert repr(type(writer)) == "<class 'asyncio.streams.StreamWriter'>"
    assert asyncio.iscoroutinefunction(writer.wait_closed) and not asyncio.iscoroutinefunction(writer.close)
    writer.close()

def test_main_module_and_arguments():
    import sys
    assert sys.modules["__main__"].__spec__.name == "pytest.__main__"
    assert sys.argv[0] == sys.modules["__main__"].__file__ and sys.path.count(os.getcwd()) >= 1
    assert not {"writer", "session", "plugin", "run"} & set(sys.modules)
""",
    },
}

# What these show depends on pytest, not on its asyncio plugin.
WITHOUT_LOOPS = ("expected_failures", "broken_collection", "broken_conftest", "usage_error", "nothing_to_run")


class Observed(msgspec.Struct, frozen=True):
    """What a user sees of a run."""

    exit_code: int
    summary: str
    cases: list[tuple[str, str, list[tuple[str, dict[str, str], str]]]]


def masked(text: str) -> str:
    text = re.sub(r"0x[0-9a-f]+", "0x…", text)
    return re.sub(r"(fd=|127\.0\.0\.1', )\d+", r"\1…", text)


def observe(command: list[Any], suite: Path, url: str) -> Observed:
    """Run a suite and read what it says."""
    report = suite.with_suffix(".xml")
    variables = {**os.environ, "VALKEY_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*map(str, command), "-p", "no:cacheprovider", f"--junitxml={report}"],
        cwd=suite,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    # The probe collects garbage earlier, so what finalizers print to the bare stderr is not compared.
    last = [line for line in done.stdout.splitlines() if re.search(r" in \d+\.\d+s", line)]
    summary = re.sub(r" in \d+\.\d+s|=", "", last[-1]).strip() if last else masked(done.stderr)
    return Observed(done.returncode, summary, cases(report))


def cases(report: Path) -> list[tuple[str, str, list[tuple[str, dict[str, str], str]]]]:
    """Every test with its failures: element, message, whole text."""
    if not report.exists():
        return []
    tree = ET.parse(report)  # noqa: S314 - pytest wrote it just now
    report.unlink()
    found = []
    for case in tree.iter("testcase"):
        parts = [
            (part.tag, {name: masked(value) for name, value in part.attrib.items()}, masked(part.text or ""))
            for part in case
        ]
        found.append((case.attrib["classname"], case.attrib["name"], parts))
    return found


@pytest.mark.parametrize("plugin", [OLDEST, "0.21.2", "0.23.8", "0.26.0", "1.0.0", NEWEST])
def test_a_suite_ends_the_same_with_and_without_the_probe(
    plugin: str, interpreter: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    python = interpreter(plugin)

    def both(name: str) -> tuple[Observed, Observed]:
        suite = tmp_path / name
        suite.mkdir()
        for file, text in SUITES[name].items():
            (suite / file).write_text(text, encoding="utf-8")
        evidence = tmp_path / f"{name}.jsonl"
        with server.lease() as database:
            plain = observe([python, "-m", "pytest"], suite, database.url)
            probed = observe([python, PROBE, evidence, "--"], suite, database.url)
        assert '"node": "probe"' not in evidence.read_text()
        return plain, probed

    names = [name for name in SUITES if name not in WITHOUT_LOOPS or plugin in (OLDEST, NEWEST)]
    with ThreadPoolExecutor(2) as pool:
        pairs = dict(zip(names, pool.map(both, names), strict=True))
    assert {name: pair[0] for name, pair in pairs.items()} == {name: pair[1] for name, pair in pairs.items()}
