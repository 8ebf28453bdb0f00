"""Clients that outlive tests, and marks and loop scopes of tests."""

from __future__ import annotations

from tests.unit.cure.edits.editing import edit, offer

APP = (
    "import os\n\nfrom valkey.asyncio import Valkey\n\nURL = os.environ['VALKEY_URL']\nclient = Valkey.from_url(URL)\n"
)
TEST = "import app\n\n\nasync def test_one():\n    await app.client.ping()\n"
AUTO = {"pytest.ini": "[pytest]\nasyncio_mode = auto\n"}


def test_a_client_of_the_application_is_closed_after_each_test_by_a_new_conftest() -> None:
    after = edit({"app.py": APP, "tests/test_one.py": TEST, **AUTO}, "close_between_tests:app.py.client")
    assert after["tests/conftest.py"] == (
        """\
import pytest_asyncio
from app import client


@pytest_asyncio.fixture(autouse=True)
async def close_client():
    yield
    await client.aclose()
"""
    )


def test_a_fresh_client_is_made_with_the_names_of_the_application() -> None:
    after = edit({"app.py": APP, "test_one.py": TEST, **AUTO}, "fresh_global:app.py.client")["conftest.py"]
    assert "    client = Valkey.from_url(app.URL)\n" in after
    assert '    monkeypatch.setattr(app, "client", client)\n' in after


def test_a_fresh_client_is_put_into_the_object_that_holds_the_old_one() -> None:
    source = """\
from valkey.asyncio import Valkey

host = "localhost"


class Backend:
    def __init__(self):
        self.client = Valkey(host=host)


backend = Backend()
"""
    test = "from backend import backend\n\n\nasync def test_one():\n    await backend.client.ping()\n"
    name = "fresh_global:backend.py.backend.client"
    after = edit({"backend.py": source, "test_one.py": test, **AUTO}, name)["conftest.py"]
    assert "    client = Valkey(host=backend.host)\n" in after
    assert '    monkeypatch.setattr(backend.backend, "client", client)\n' in after
    given = source.replace("(self)", "(self, host)")
    assert name not in offer({"backend.py": given.replace("host = ", "port = "), "test_one.py": test})


def test_a_mark_names_its_loop_once() -> None:
    source = "import pytest\n\n\n@pytest.mark.asyncio(scope='module')\nasync def test_one(): ...\n"
    after = edit({"test_one.py": source}, "test_loop_session:test_one.py")["test_one.py"]
    assert '@pytest.mark.asyncio(loop_scope="session")' in after


def test_no_fresh_client_is_put_where_somebody_took_the_old_one() -> None:
    taken = TEST.replace("import app", "from app import client").replace("app.client", "client")
    assert "fresh_global:app.py.client" not in offer({"app.py": APP, "test_one.py": taken, **AUTO})


def test_a_client_at_the_top_of_a_test_module_becomes_a_fixture_that_tests_ask_for() -> None:
    source = """\
from valkey.asyncio import Valkey

client = Valkey()  # one for all


class TestOne:
    async def test_one(self):
        await client.ping()
"""
    after = edit({"test_one.py": source, **AUTO}, "global_to_fixture:test_one.py.client")["test_one.py"]
    assert "    async def test_one(self, client):\n" in after
    assert "@pytest_asyncio.fixture\nasync def client():\n    client = Valkey()\n    yield client\n" in after
    helper = source + "\n\ndef helper():\n    return client\n"
    assert "global_to_fixture:test_one.py.client" not in offer({"test_one.py": helper, **AUTO})


def test_tests_run_on_the_loop_of_their_fixtures_by_the_marks_that_they_have() -> None:
    conftest = "import pytest_asyncio\n\n\n@pytest_asyncio.fixture(scope='module')\nasync def client():\n    yield 1\n"
    source = """\
import pytest as pt

pytestmark = [pt.mark.slow, pt.mark.asyncio]


async def test_one(client): ...


@pt.mark.asyncio()
async def test_two(client): ...


async def test_three(): ...
"""
    files = {"conftest.py": conftest, "test_one.py": source}
    after = edit(files, "test_loop_of_fixtures:test_one.py")["test_one.py"]
    assert 'pytestmark = [pt.mark.slow, pt.mark.asyncio(loop_scope="module")]' in after
    assert '@pt.mark.asyncio(loop_scope="module")\nasync def test_two' in after
    old = edit(files, "test_loop_of_fixtures:test_one.py", plugin="0.23.8")["test_one.py"]
    assert 'pt.mark.asyncio(scope="module")' in old
    assert not [name for name in offer(files, plugin="0.21.2") if "test_loop" in name]


def test_an_unmarked_module_is_marked_whole_only_if_all_of_its_tests_are_async() -> None:
    source = "async def test_one(): ...\n"
    assert (
        "pytestmark = pytest.mark.asyncio\n" in edit({"test_one.py": source}, "mark_tests:test_one.py")["test_one.py"]
    )
    mixed = source + "\n\ndef test_two(): ...\n"
    after = edit({"test_one.py": mixed}, "mark_tests:test_one.py")["test_one.py"]
    assert "@pytest.mark.asyncio\nasync def test_one" in after
    assert "pytestmark" not in after


def test_a_broken_file_does_not_keep_others_from_being_edited() -> None:
    files = {"test_bad.py": "def test_bad(:\n", "test_one.py": "async def test_one(): ...\n", "data.py": "\0"}
    assert "mark_tests:test_one.py" in offer(files)


def test_a_queue_of_the_application_is_a_fresh_one_in_each_test() -> None:
    app = "from asyncio import Queue\n\nqueue = Queue(maxsize=3)\n"
    test = "import app\n\n\nasync def test_one():\n    await app.queue.put(1)\n"
    after = edit({"app.py": app, "test_one.py": test, **AUTO}, "fresh_global:app.py.queue")["conftest.py"]
    assert after.startswith("from asyncio import Queue\n\nimport app\nimport pytest_asyncio\n\n\n")
    assert "async def fresh_queue(monkeypatch):\n    queue = Queue(maxsize=3)\n" in after
    assert after.endswith('    monkeypatch.setattr(app, "queue", queue)\n    yield\n')


def test_a_lock_at_the_top_of_a_test_module_becomes_a_fixture() -> None:
    source = "import asyncio\n\nlock = asyncio.Lock()\n\n\nasync def test_one():\n    async with lock:\n        pass\n"
    after = edit({"test_one.py": source, **AUTO}, "global_to_fixture:test_one.py.lock")["test_one.py"]
    assert "async def lock():\n    lock = asyncio.Lock()\n    yield lock\n" in after
    assert "async def test_one(lock):\n    async with lock:" in after


def test_a_cached_session_that_cannot_be_used_again_is_closed_and_forgotten() -> None:
    app = """\
from functools import lru_cache

import aiohttp


@lru_cache
def get_session():
    return aiohttp.ClientSession()
"""
    test = "from app import get_session\n\n\nasync def test_one():\n    get_session()\n"
    after = edit({"app.py": app, "test_one.py": test, **AUTO}, "close_between_tests:app.py.get_session_")["conftest.py"]
    assert after.endswith("    yield\n    await get_session().close()\n    get_session.cache_clear()\n")


def test_all_test_cases_of_a_file_close_the_clients_that_they_share() -> None:
    test = "    async def test_one(self):\n        await two.get(await one.get(1))\n"
    case = f"class {{}}(unittest.IsolatedAsyncioTestCase):\n{test}"
    cases = "\n\n".join(map(case.format, ("OneTest", "TwoTest")))
    source = f"import unittest\n\nfrom valkey.asyncio import Valkey\n\none = Valkey()\ntwo = Valkey()\n\n\n{cases}"
    after = edit({"test_one.py": source}, "close_in_teardown:test_one.py")["test_one.py"]
    closing = "    async def asyncTearDown(self):\n        await one.aclose()\n        await two.aclose()\n"
    assert after.count(closing) == 2
