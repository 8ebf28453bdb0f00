"""What is read of a suite's source, however it is written."""

from __future__ import annotations

import sys
from textwrap import dedent

import pytest

from harness.habits.axes import find_combinations
from harness.habits.model import SourcePlace
from harness.habits.reading import read_habits
from tests.unit.habits.reading_by_hand import cells, read

TESTS = """
    import pytest
    @pytest.mark.asyncio
    async def test_one(client):
        await client.ping()
"""


def test_a_module_level_client_is_found_through_the_names_it_is_imported_by() -> None:
    test = (
        "import pytest\nfrom app import connection\n@pytest.mark.asyncio\nasync def test_a():\n    connection.ping()\n"
    )
    files = {
        "app/db": "import redis.asyncio as aioredis\nr = aioredis.from_url('redis://')\n",
        "app/__init__": "from .db import r as connection\n",
    }
    habits = read(**files, test_it=test)
    assert cells(habits) == ["default/function/module_global/none"]
    assert habits.tests[0].clients == (SourcePlace("app/db.py", 2),)


def test_an_argument_is_the_fixture_and_not_a_module_of_the_same_name() -> None:
    habits = read(
        app="from valkey.asyncio import Valkey\nclient = Valkey()\n",
        test_it="import pytest\n@pytest.fixture\ndef app():\n    return 1\n@pytest.mark.asyncio\n"
        "async def test_one(app):\n    app.client\n",
    )
    assert habits.tests[0].clients == ()


@pytest.mark.parametrize(
    "decorated",
    [
        "import pytest_asyncio\n@pytest_asyncio.fixture(scope='session', loop_scope='session')",
        "from pytest_asyncio import fixture as async_fixture\n@async_fixture(scope='session', loop_scope='session')",
        "import pytest_asyncio as pa\nSCOPE = 'session'\n@pa.fixture(scope=SCOPE, loop_scope=SCOPE)",
        """from functools import partial
import pytest_asyncio
shared = partial(pytest_asyncio.fixture, scope='session', loop_scope='session')
@shared()""",
    ],
)
def test_a_fixtures_scopes_are_read_however_the_decorator_is_written(decorated: str) -> None:
    (fixture,) = read(conftest=f"{decorated}\nasync def client():\n    yield 1\n", test_it=TESTS).fixtures
    assert (fixture.scope, fixture.loop_scope, fixture.decorator) == ("session", "session", "pytest_asyncio.fixture")


def test_a_fixture_that_is_made_by_a_call_is_one() -> None:
    habits = read(
        conftest="import pytest_asyncio\nfrom valkey.asyncio import Valkey\nasync def make():\n    return Valkey()\n"
        "client = pytest_asyncio.fixture(scope='module')(make)\n",
        test_it=TESTS,
    )
    assert [(one.name, one.scope) for one in habits.fixtures] == [("client", "module")]
    assert cells(habits) == ["default/module/async_fixture/none"]


def test_a_computed_scope_is_undecided_and_named_with_its_line() -> None:
    habits = read(
        conftest="import pytest, os\n\n@pytest.fixture(scope=os.environ['SCOPE'])\ndef client():\n    return 1\n",
        test_it=TESTS,
    )
    assert [(str(one.place), one.what) for one in habits.undecided] == [("conftest.py:3", "scope=os.environ['SCOPE']")]


def test_names_of_another_package_that_nobody_can_know_are_undecided() -> None:
    habits = read(conftest="from mylib.fixtures import *\n", test_it=TESTS)
    assert [(str(one.place), one.what) for one in habits.undecided] == [
        ("conftest.py:1", "from mylib.fixtures import *")
    ]


def test_fixtures_of_a_plugin_of_the_suites_own_are_visible_everywhere() -> None:
    fixtures = """
        import pytest_asyncio
        from valkey.asyncio import Valkey
        @pytest_asyncio.fixture
        async def client():
            async with Valkey() as client:
                yield client
    """
    files = {"helpers/fixtures": fixtures, "deep/er/test_it": TESTS}
    habits = read(conftest="pytest_plugins = ['helpers.fixtures']\n", **files)
    assert cells(habits) == ["default/function/async_fixture/async_with"]


@pytest.mark.parametrize(
    ("file", "text", "value"),
    [
        ("pytest.ini", "[pytest]\nasyncio_mode = auto  # always\n", "auto"),
        ("tox.ini", "[pytest]\nasyncio_mode = auto\n", "auto"),
        ("setup.cfg", "[tool:pytest]\nasyncio_mode = auto\n", "auto"),
        ("pyproject.toml", "[tool.pytest.ini_options]\nasyncio_mode = 'auto'\n", "auto"),
        ("pyproject.toml", "[tool.pytest]\nasyncio_mode = 'auto'\n", "auto"),
        ("pytest.toml", "[pytest]\nasyncio_mode = 'auto'\n", "auto"),
        ("pytest.ini", "[pytest]\naddopts = -q -o asyncio_mode=auto\n", "auto"),
        ("pytest.ini", "[pytest]\naddopts =\n    --asyncio-mode auto\nasyncio_mode = strict\n", "auto"),
    ],
)
def test_settings_are_read_where_pytest_reads_them(file: str, text: str, value: str) -> None:
    habits = read_habits({file: text.encode(), "test_it.py": b"async def test_one(): pass\n"})
    assert [(one.name, one.value, one.place.file) for one in habits.settings] == [("asyncio_mode", value, file)]


def test_the_first_file_that_configures_pytest_is_the_only_one() -> None:
    content = {
        "pytest.ini": b"[pytest]\n",
        "pyproject.toml": b"[tool.pytest.ini_options]\nasyncio_mode = 'auto'\n",
        "setup.cfg": b"[metadata]\nname = x\n",
        "test_it.py": b"async def test_one(): pass\n",
    }
    assert read_habits(content).settings == ()
    del content["pytest.ini"]
    assert [one.value for one in read_habits(content).settings] == ["auto"]


HOOK = """
    import pytest
    from pytest_asyncio import is_async_test
    def pytest_collection_modifyitems(items):
        mark = pytest.mark.asyncio(loop_scope="session")
        for item in (one for one in items if is_async_test(one)):
            item.add_marker(mark, append=False)
"""


def test_a_hooks_mark_counts_for_every_async_test() -> None:
    habits = read(conftest=HOOK, test_it=TESTS)
    assert [(one.loop_scope, str(one.mark)) for one in habits.tests] == [("session", "conftest.py:7")]


def test_a_hooks_mark_that_is_added_last_is_farther_than_the_tests_own() -> None:
    late = HOOK.replace(", append=False", "")
    assert [one.loop_scope for one in read(conftest=late, test_it=TESTS).tests] == [None]
    unmarked = TESTS.replace("@pytest.mark.asyncio", "")
    assert [one.loop_scope for one in read(conftest=late, test_it=unmarked).tests] == ["session"]
    auto = read(pytest="[pytest]\nasyncio_mode = auto\n", conftest=late, test_it=unmarked)
    assert [one.loop_scope for one in auto.tests] == [None]


def test_a_hook_that_marks_only_some_tests_is_undecided() -> None:
    some = HOOK.replace("item.add_marker", "if 'slow' in item.nodeid: item.add_marker")
    habits = read(conftest=some, test_it=TESTS)
    assert [one.loop_scope for one in habits.tests] == [None]
    assert [str(one.place) for one in habits.undecided] == ["conftest.py:7"]


def test_the_nearest_mark_counts() -> None:
    habits = read(
        test_it="""
            import pytest
            pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("db")]
            class TestIt:
                pytestmark = pytest.mark.asyncio(loop_scope="class")
                async def test_of_class(self): ...
                @pytest.mark.asyncio(scope="session")
                async def test_own(self): ...
            async def test_of_module(): ...
        """
    )
    assert [(one.id.rpartition("::")[2], one.loop_scope) for one in habits.tests] == [
        ("test_of_class", "class"),
        ("test_own", "session"),
        ("test_of_module", "module"),
    ]
    assert {one.arguments for one in habits.tests} == {("db",)}


def test_the_nearest_fixture_of_a_name_is_the_one_that_a_test_gets() -> None:
    client = """
        import pytest
        from valkey.asyncio import Valkey
        @pytest.fixture(scope="{}")
        def client():
            return Valkey()
    """
    near = {"near/conftest": client.format("module"), "near/test_it": TESTS}
    assert cells(read(conftest=client.format("session"), **near)) == ["default/module/sync_fixture/none"]


def test_a_policy_under_a_condition_that_is_no_system_is_undecided() -> None:
    conftest = """
        import pytest, uvloop
        from valkey.asyncio import Valkey
        def pytest_configure(config):
            if config.getoption("uvloop"):
                uvloop.install()
        @pytest.fixture
        def client():
            return Valkey()
    """
    habits = read(conftest=conftest, test_it=TESTS)
    assert cells(habits) == ["default/function/sync_fixture/none"]
    assert [str(one.place) for one in habits.undecided] == ["conftest.py:6"]


def test_a_file_with_a_syntax_error_is_named_with_its_line_and_the_others_are_read() -> None:
    habits = read(test_bad="def test_a():\n    pass\nasync def test_b(:\n", test_it=TESTS)
    assert [str(one.place) for one in habits.broken] == ["test_bad.py:3"]
    assert [one.id for one in habits.tests] == ["test_it.py::test_one"]


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe\x00", b"x = 1\n\x00\n", b"# -*- coding: nonsense -*-\n", b"x = " + b"(" * 5000, b"x = 1\n" * 400_000],
    ids=["no utf-8", "null byte", "unknown encoding", "nested too deeply", "huge"],
)
def test_a_file_that_is_no_python_is_named_and_the_others_are_read(data: bytes) -> None:
    habits = read_habits({"test_bad.py": data, "test_it.py": b"def test_one(): pass\n"})
    assert [one.place.file for one in habits.broken] == ["test_bad.py"]
    assert len(habits.tests) == 1


def test_a_broken_configuration_is_named_with_its_line() -> None:
    content = {
        "pyproject.toml": b"[tool.pytest.ini_options]\nasyncio_mode = auto\n",
        "test_it.py": b"def test_a(): pass\n",
    }
    assert [str(one.place) for one in read_habits(content).broken] == ["pyproject.toml:2"]


def test_nothing_of_a_suite_is_executed() -> None:
    read(conftest="raise SystemExit(3)\n", test_it="import sys\nsys.modules['poisoned'] = sys\ndef test_a(): ...\n")
    assert "poisoned" not in sys.modules


def test_tests_of_a_test_case_are_read_as_those_of_another_runner() -> None:
    habits = read(
        test_it="import unittest\nfrom redis.asyncio import Redis\nclient = Redis()\n"
        "class It(unittest.IsolatedAsyncioTestCase):\n    async def test_a(self):\n        await client.ping()\n"
    )
    assert [one.runner for one in habits.tests] == ["unittest"]
    assert cells(habits) == ["default/function/module_global/none@runner=unittest"]


def test_async_tests_of_other_test_cases_are_no_combination() -> None:
    habits = read(
        test_it="from django.test import TestCase\nfrom redis.asyncio import Redis\nclient = Redis()\n"
        "class It(TestCase):\n    async def test_a(self):\n        await client.ping()\n"
    )
    assert [one.runner for one in habits.tests] == ["django.test.TestCase"]
    assert cells(habits) == []


@pytest.mark.parametrize(("key", "departs"), [("loop", ""), ("id(loop)", "~")])
def test_a_client_for_each_loop_is_read_also_where_the_loop_s_number_is_its_key(key: str, departs: str) -> None:
    habits = read(
        pool=f"""
            import asyncio
            from redis.asyncio import Redis
            clients = {{}}
            def get_client():
                loop = asyncio.get_running_loop()
                if {key} not in clients:
                    clients[{key}] = Redis()
                return clients[{key}]
        """,
        test_it="import pytest\nfrom pool import get_client\n@pytest.mark.asyncio\nasync def test_a():\n"
        "    await get_client().ping()\n",
    )
    assert cells(habits) == [f"{departs}default/function/per_loop/none"]


@pytest.mark.parametrize(
    ("call", "cell"),
    [
        ("async_to_sync(connect)(1)", "asyncio_run_fixture"),
        ("portal.call(connect, 1)", "client_of_thread"),
        ("asyncio.run_coroutine_threadsafe(connect(1), loop).result()", "client_of_thread"),
    ],
)
def test_a_function_that_is_handed_to_what_runs_it_makes_the_client_there(call: str, cell: str) -> None:
    habits = read(
        app="from asgiref.sync import async_to_sync\nfrom anyio.from_thread import start_blocking_portal\n"
        "import asyncio, redis.asyncio\nportal = start_blocking_portal().__enter__()\n"
        f"async def connect(db):\n    return redis.asyncio.Redis(db=db)\ndef get_client():\n    return {call}\n",
        conftest="import pytest\nfrom app import get_client\n@pytest.fixture\ndef client():\n    return get_client()\n",
        test_it=TESTS,
    )
    assert cells(habits) == [f"default/function/{cell}/none"]


def test_what_a_conftest_chooses_counts_only_below_its_folder() -> None:
    hook = """
        import asyncio
        def pytest_asyncio_loop_factories(config, item):
            return {"selector": asyncio.SelectorEventLoop}
    """
    test = (
        "import pytest\nfrom valkey.asyncio import Valkey\n@pytest.mark.asyncio\nasync def test_one():\n    Valkey()\n"
    )
    files = {"first/conftest": hook, "first/test_it": test, "second/test_it": test}
    assert sorted(cells(read(**files))) == [
        "default/function/inside_test/none",
        "loop_factories/function/inside_test/none",
    ]


def test_a_folder_that_is_named_is_read_though_pytest_would_not_look_there() -> None:
    content = {
        "pytest.ini": b"[pytest]\ntestpaths = tests\n",
        "tests/test_a.py": b"def test_a(): ...\n",
        "examples/test_b.py": b"def test_b(): ...\n",
    }
    assert [one.id for one in read_habits(content).tests] == ["tests/test_a.py::test_a"]
    assert [one.id for one in read_habits(content, "examples").tests] == ["examples/test_b.py::test_b"]


ANYIO_TEST = "import pytest\n@pytest.mark.anyio\nasync def test_one(client):\n    await client.ping()\n"
ANYIO_CLIENT = """
    import pytest
    from valkey.asyncio import Valkey
    @pytest.fixture(scope="module")
    async def client():
        async with Valkey() as client:
            yield client
"""


@pytest.mark.parametrize(
    ("backend", "departs"),
    [
        ("@pytest.fixture(scope='module')\ndef anyio_backend():\n    return 'asyncio'\n", ""),
        ("@pytest.fixture(scope='session')\ndef anyio_backend():\n    return ('asyncio', {'debug': True})\n", ""),
        ("@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n", "narrower than the client's"),
        ("@pytest.fixture(scope='module')\ndef anyio_backend():\n    return 'trio'\n", "gives `'trio'`"),
        ("", "no `anyio_backend` chooses asyncio"),
    ],
)
def test_a_suite_of_anyio_s_plugin_departs_where_it_runs_on_more_than_asyncio(backend: str, departs: str) -> None:
    habits = read(conftest=f"{dedent(ANYIO_CLIENT)}\n{backend}", test_it=ANYIO_TEST)
    assert cells(habits) == [f"{'~' if departs else ''}default/module/async_fixture/async_with@runner=anyio"]
    (found,) = find_combinations(habits)
    assert [departs in one.departs for one in found.departures] == ([True] if departs else [])


def test_a_mark_of_anyio_s_says_nothing_where_pytest_asyncio_s_stands_beside_it() -> None:
    both = ANYIO_TEST.replace("@pytest.mark.anyio", "@pytest.mark.anyio\n@pytest.mark.asyncio")
    assert [one.runner for one in read(conftest=ANYIO_CLIENT, test_it=both).tests] == [""]


def test_a_method_that_does_not_call_super_hides_the_one_of_the_base() -> None:
    base = """
        import unittest
        from valkey.asyncio import Valkey
        class Base(unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self):
                self.client = Valkey()
            async def asyncTearDown(self):
                await self.client.aclose()
    """
    test = (
        "from base import Base\nclass TestIt(Base):\n    async def test_one(self):\n        await self.client.ping()\n"
    )
    own = "    async def asyncTearDown(self):\n        {}\n"
    closed, hidden = own.format("await super().asyncTearDown()"), own.format("pass")
    for more, cleanup in (("", "aclose"), (closed, "aclose"), (hidden, "none")):
        found = cells(read(base=base, test_it=test + more))
        assert found == [f"default/function/async_fixture/{cleanup}@runner=unittest"]


def test_parameters_that_differ_in_their_mark_are_undecided() -> None:
    test = """
        import pytest
        on_session = pytest.mark.asyncio(loop_scope="session")
        @pytest.mark.parametrize("key", [pytest.param("a", marks=on_session), pytest.param("b", marks={})])
        async def test_one(key): ...
    """
    other = "pytest.mark.asyncio"
    same = read(test_it=test.format("[on_session]"))
    assert [(one.loop_scope, one.mark_by) for one in same.tests] == [("session", "parameter")]
    assert not same.undecided
    differing = read(test_it=test.format(other))
    assert [one.loop_scope for one in differing.tests] == [None]
    assert [one.why for one in differing.undecided] == ["the parameters of the test differ in it"]
