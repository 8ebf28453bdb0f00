"""Suites that anyio's plugin runs are edited in its own terms."""

from __future__ import annotations

from tests.unit.cure.edits.editing import edit, offer

APP = "from valkey.asyncio import Valkey\n\nclient = Valkey()\n"
TEST = """\
import pytest
from app import client

pytestmark = pytest.mark.anyio


async def test_one():
    await client.ping()
"""
CONFTEST = """\
import pytest


@pytest.fixture
def anyio_backend():
    return "asyncio"
"""
SUITE = {"app.py": APP, "conftest.py": CONFTEST, "test_one.py": TEST}
CLOSE, HOLD = "close_between_tests:app.py.client", "hold_anyio_loop:conftest.py"
HOLDER = '''\
@pytest.fixture(scope="session", autouse=True)
async def hold_loop(anyio_backend):
    """Keep one loop open for all tests and fixtures."""
    yield
'''


def test_a_client_is_closed_between_tests_by_a_fixture_that_anyio_runs() -> None:
    after = edit(SUITE, CLOSE)["conftest.py"]
    assert "pytest_asyncio" not in after
    assert (
        """\
@pytest.fixture(autouse=True)
async def close_client(anyio_backend):
    yield
    await client.aclose()
"""
        in after
    )


def test_a_session_wide_fixture_holds_the_loop_open_on_a_backend_as_wide() -> None:
    after = edit(SUITE, HOLD)["conftest.py"]
    assert after == CONFTEST.replace("@pytest.fixture", '@pytest.fixture(scope="session")') + f"\n\n{HOLDER}"


def test_a_suite_without_a_backend_of_its_own_gets_one_that_leaves_the_tests_their_names() -> None:
    after = edit({"app.py": APP, "test_one.py": TEST}, HOLD)["conftest.py"]
    backend = """\
import pytest


@pytest.fixture(scope="session", params=["asyncio"])
def anyio_backend(request):
    return request.param
"""
    assert after == f"{backend}\n\n{HOLDER}"


def test_where_the_plugin_runs_some_of_the_tests_its_own_fixture_closes_the_client() -> None:
    mixed = {**SUITE, "test_two.py": "import pytest\n\n\n@pytest.mark.asyncio\nasync def test_two(): ...\n"}
    assert HOLD not in offer(mixed)
    assert "@pytest_asyncio.fixture(autouse=True)" in edit(mixed, CLOSE)["conftest.py"]


def test_of_several_backends_none_is_widened() -> None:
    assert HOLD not in offer({**SUITE, "test_one.py": f"{TEST}\n\n{CONFTEST.partition('pytest')[2]}"})
