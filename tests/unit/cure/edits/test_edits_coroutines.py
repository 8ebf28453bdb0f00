"""Fixtures and tests that ran coroutines on loops of their own await them, and put away what they made."""

from __future__ import annotations

from tests.unit.cure.edits.editing import edit, offer


def test_a_loop_that_a_fixture_makes_for_itself_goes_and_its_annotation_follows() -> None:
    source = """\
import asyncio as aio
from collections.abc import Iterator

import pytest as pt


class TestOne:
    @pt.fixture(name="server")
    def make_server(self) -> Iterator[Server]:
        loop = aio.new_event_loop()  # of its own
        aio.set_event_loop(loop)
        try:
            server = loop.run_until_complete(start())
            yield server
            name = loop.run_until_complete(server.stop()).name  # waits
        finally:
            loop.close()
"""
    after = edit({"test_one.py": source}, "await_in_fixture:test_one.py.TestOne.make_server")["test_one.py"]
    assert after == (
        """\
from collections.abc import AsyncIterator

import pytest_asyncio


class TestOne:
    @pytest_asyncio.fixture(name="server")
    async def make_server(self) -> AsyncIterator[Server]:
        server = await start()
        yield server
        name = (await server.stop()).name  # waits
"""
    )


def test_a_synchronous_test_becomes_an_async_one_with_a_mark() -> None:
    source = "import asyncio\n\n\ndef test_one():\n    asyncio.run(main(), debug=True)\n"
    after = edit({"test_one.py": source}, "await_in_test:test_one.py.test_one")["test_one.py"]
    assert after == "import pytest\n\n\n@pytest.mark.asyncio\nasync def test_one():\n    await main()\n"


def test_nothing_is_awaited_where_a_function_inside_would_run_a_loop_or_unittest_runs_the_test() -> None:
    inside = (
        "import asyncio\n\n\ndef test_one():\n    def call():\n        asyncio.run(main())\n    asyncio.run(call())\n"
    )
    inside = "def test_one():\n    def call():\n        asyncio.run(main())\n    asyncio.run(call())\n"
    assert not offer({"test_one.py": f"import asyncio\n\n\n{inside}"})
    case = "class TestOne(TestCase):\n    def test_one(self):\n        asyncio.run(main())\n"
    assert not offer({"test_one.py": f"import asyncio\nfrom unittest import TestCase\n\n\n{case}"})


def test_event_loop_is_not_asked_for_where_the_running_loop_will_do() -> None:
    source = """\
import pytest


@pytest.mark.asyncio
async def test_one(client, event_loop, other=1):
    event_loop.call_soon(client.event_loop, event_loop)
"""
    after = edit({"test_one.py": source}, "drop_event_loop:test_one.py.test_one")["test_one.py"]
    assert "async def test_one(client, other=1):" in after
    assert "asyncio.get_running_loop().call_soon(client.event_loop, asyncio.get_running_loop())" in after
    assert after.startswith("import asyncio\n\nimport pytest\n")


CLIENT = """\
import pytest
from valkey.asyncio import Valkey as V


@pytest.fixture
def client() -> V:
    # the tests' own
    return V(host="localhost")
"""


def test_a_client_that_a_fixture_returns_is_yielded_and_closed() -> None:
    after = edit({"conftest.py": CLIENT}, "close_client:conftest.py.client")["conftest.py"]
    assert after == (
        """\
from collections.abc import AsyncIterator

import pytest_asyncio
from valkey.asyncio import Valkey as V


@pytest_asyncio.fixture
async def client() -> AsyncIterator[V]:
    # the tests' own
    client = V(host="localhost")
    yield client
    await client.aclose()
"""
    )


def test_an_old_redis_is_closed_by_close_and_a_new_one_by_aclose() -> None:
    source = CLIENT.replace("valkey.asyncio import Valkey", "redis.asyncio import Redis")
    name = "close_client:conftest.py.client"
    assert "await client.close()" in edit({"conftest.py": source}, name, redis="4.6.0")["conftest.py"]
    assert "await client.aclose()" in edit({"conftest.py": source}, name, redis="5.0.1")["conftest.py"]


def test_a_close_that_nobody_awaits_is_awaited() -> None:
    source = CLIENT.replace(" -> V", "").replace('return V(host="localhost")', "it = V()\n    yield it\n    it.close()")
    after = edit({"conftest.py": source}, "close_client:conftest.py.client")["conftest.py"]
    assert after.endswith("    it = V()\n    yield it\n    await it.aclose()\n")


def test_a_closed_client_is_left_alone() -> None:
    ended = CLIENT.replace(" -> V", "").replace("\ndef", "\nasync def")
    for body in (
        "async with V() as it:\n        yield it",
        "it = V()\n    try:\n        yield it\n    finally:\n        await it.aclose()",
        "it = V()\n    yield it\n    await it.connection_pool.disconnect()",
    ):
        source = ended.replace('return V(host="localhost")', body)
        assert not [name for name in offer({"conftest.py": source}) if "close" in name]


OVERRIDDEN = """\
import asyncio

import pytest
import pytest_asyncio


@pytest.fixture(scope="session")
def event_loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest_asyncio.fixture
async def client(event_loop):
    return object()
"""
ASKING = """\
def test_one(event_loop, client):
    event_loop.run_until_complete(client.ping())
"""


def test_a_redefined_event_loop_goes_with_the_last_that_asks_for_it() -> None:
    files = {"conftest.py": OVERRIDDEN, "test_one.py": ASKING}
    after = edit(files, "drop_event_loop:all")
    assert "event_loop" not in after["conftest.py"]
    assert "import asyncio" not in after["conftest.py"]
    assert "async def test_one(client):\n    await client.ping()" in after["test_one.py"]
    assert "import asyncio" not in after["test_one.py"], "nothing uses it"
    assert "def event_loop" in edit(files, "drop_event_loop:conftest.py.client")["conftest.py"], "a test asks for it"
    assert "def event_loop" in edit(files, "drop_event_loop:all", "0.26.0")["conftest.py"], "the plugin uses it"
    marked = {**files, "test_two.py": "import pytest\n\npytestmark = pytest.mark.usefixtures('event_loop')\n"}
    assert "def event_loop" in edit(marked, "drop_event_loop:all")["conftest.py"]
