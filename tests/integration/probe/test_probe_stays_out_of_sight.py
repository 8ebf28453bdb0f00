"""What the garbage collector, foreign loops and the interpreter's shutdown say, and that the probe isn't part of it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.systems import FAST_LOOPS, FAST_LOOPS_PIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.servers.model import Server

pytestmark = pytest.mark.integration

PROBE = Path(__file__).parents[3] / "harness" / "probe" / "run.py"

HEAD = """
import asyncio, gc, os, warnings
import pytest, pytest_asyncio
from valkey.asyncio import Valkey
URL = os.environ["VALKEY_URL"]
"""

AUTO = "[pytest]\nasyncio_mode = auto\nfilterwarnings =\n    always::ResourceWarning\n"


class Probed:
    """A probed run: its output, and its records, the last of a name winning."""

    def __init__(self, output: str, evidence: Path) -> None:
        self.output = output
        self.records = [json.loads(line) for line in evidence.read_text().splitlines()]

    def of(self, kind: str) -> list[dict[str, Any]]:
        found = [record for record in self.records if record["kind"] == kind]
        return list({record.get("name", number): record for number, record in enumerate(found)}.values())


@pytest.fixture
def suite(server: Server, tmp_path: Path) -> Callable[..., Any]:
    """Runs a suite, with the probe or without, in a new process that has compiled nothing yet."""

    def run(python: Path, text: str, *, ini: str = AUTO, plain: bool = False) -> Any:
        (tmp_path / "pytest.ini").write_text(ini)
        (tmp_path / "test_it.py").write_text(HEAD + text)
        evidence = tmp_path / "evidence"
        start: list[str | Path] = ["-m", "pytest"] if plain else [PROBE, evidence, "--"]
        with server.lease() as database:
            done = subprocess.run(
                [python, *start, "-q", "-p", "no:cacheprovider"],
                cwd=tmp_path,
                env={**os.environ, "VALKEY_URL": database.url, "PYTHONDONTWRITEBYTECODE": "1"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=60,
            )
        return done.stdout if plain else Probed(done.stdout, evidence)

    return run


UVLOOP = """
import uvloop

def test_a_connection_outlives_its_loop():
    loop = uvloop.new_event_loop()
    client = Valkey.from_url(URL)
    loop.run_until_complete(client.ping())
    loop.close()

def test_closing_is_only_talked_about():
    loop = uvloop.new_event_loop()
    loop.close
    assert not loop.is_closed()
    globals().update(left=loop)
"""


def test_what_uvloop_warns_of_when_it_closes_names_whoever_closed_it(
    interpreter: Callable[..., Path], suite: Callable[..., Any]
) -> None:
    python = interpreter("1.5.0", FAST_LOOPS_PIN)
    text = UVLOOP.replace("uvloop", FAST_LOOPS)
    seen = suite(python, text)
    plain = suite(python, text, plain=True)
    place = "test_it.py:13: ResourceWarning: unclosed resource <TCPTransport"
    assert place in plain
    assert place in seen.output
    assert [loop["closed"] and loop["closed"]["at"] for loop in seen.of("loop")] == [
        "test_it.py:13 in test_a_connection_outlives_its_loop",
        None,
    ]


DROPPED_BESIDE_TRACEBACKS = """
def fails(client, depth=12):
    if depth:
        fails(client, depth - 1)
    asyncio.run(client.aclose())

@pytest.mark.parametrize("number", range(8))
async def test_dropped(number):
    client = Valkey.from_url(URL)
    await client.ping()
    fails(client)
"""


@pytest.mark.parametrize("plugin", ["0.17.2", "0.21.2", "1.0.0", "1.5.0"])
def test_no_warning_is_lost_while_tracebacks_are_formatted(
    plugin: str, interpreter: Callable[..., Path], suite: Callable[..., Any]
) -> None:
    seen = suite(interpreter(plugin), DROPPED_BESIDE_TRACEBACKS)
    message = [warning for warning in seen.of("warning") if warning["text"].startswith("unclosed Connection")]
    (at_end,) = seen.of("at-end")
    # pytest keeps the frames of the last failure, and with them its connection.
    assert (len(message), len(at_end["clients"])) == (7, 1)


@pytest.mark.parametrize("plugin", ["0.17.2", "0.21.2", "1.5.0"])
def test_no_place_and_no_file_of_the_probe_is_reported_of(
    plugin: str, interpreter: Callable[..., Path], suite: Callable[..., Any]
) -> None:
    seen = suite(interpreter(plugin), DROPPED_BESIDE_TRACEBACKS)
    assert all(not warning["location"].startswith("probe/") for warning in seen.of("warning"))
    assert "evidence" not in seen.output  # the interpreter tells of unclosed files on its way out


KEPT = """
import socket

def test_kept():
    globals().update(kept=socket.socket())

def test_dropped():
    cycle = [socket.socket()]
    cycle.append(cycle)
"""


@pytest.mark.parametrize("plugin", ["0.17.2", "0.21.2", "0.26.0", "1.5.0"])
def test_the_suites_warning_filters_end_with_the_session(
    plugin: str, interpreter: Callable[..., Path], suite: Callable[..., Any]
) -> None:
    seen = suite(interpreter(plugin), KEPT)
    (dropped,) = [warning for warning in seen.of("warning") if warning["text"].startswith("unclosed <socket")]
    assert dropped["when"] == "session"
    assert seen.output.count("unclosed <socket") == 0


BUFFERED = """
@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def subscription():
    client = Valkey.from_url(URL)
    async with client.pubsub() as subscription:
        await subscription.subscribe("news")
        await asyncio.sleep(0.05)
        yield subscription
    await client.aclose()

async def test_the_answer_is_there_already(subscription):
    assert await subscription.get_message(timeout=0) is not None
"""


def test_reading_what_has_arrived_on_another_loop_is_a_use_without_a_write(
    interpreter: Callable[..., Path], suite: Callable[..., Any]
) -> None:
    seen = suite(interpreter("1.5.0"), BUFFERED)
    assert [phase["outcome"] for phase in seen.of("test-phase")] == ["passed"] * 3
    (connection,) = seen.of("connection")
    setup, call = [(use["loop"], use["when"], use["writes"] > 0) for use in connection["uses"]][:2]
    assert (setup, call) == (("loop-1", "setup", True), ("loop-2", "call", False))


MODULE_CLIENT = """
client = Valkey.from_url(URL)

def own_loop():
    return asyncio.get_event_loop_policy().new_event_loop()

def test_own_loop():
    own_loop().close()

def test_current_loop():
    assert not asyncio.get_event_loop().is_closed()
"""


def test_a_loop_made_because_the_client_asked_for_one_is_the_clients(
    interpreter: Callable[..., Path], suite: Callable[..., Any]
) -> None:
    seen = suite(interpreter("0.17.2"), MODULE_CLIENT)
    asked, own, *_ = (loop["created"] for loop in seen.of("loop"))
    assert asked["when"] == "import"
    assert asked["at"].startswith("valkey/asyncio/")
    assert own["at"] == "test_it.py:10 in own_loop"
