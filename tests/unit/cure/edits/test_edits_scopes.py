"""Fixtures get another scope, and the rest of the file stays as it was written."""

from __future__ import annotations

from tests.unit.cure.edits.editing import edit, offer

TEST = "async def test_one(client): ...\n"


def test_a_wide_fixture_is_narrowed_and_its_comments_stay() -> None:
    conftest = """\
import pytest_asyncio as pa


@pa.fixture(  # made once
    name="client",  # as tests call it
    scope="session",
)
async def make_client():
    yield 1  # one
"""
    after = edit({"conftest.py": conftest, "test_one.py": TEST}, "narrow_scope:conftest.py.make_client")
    assert after["conftest.py"] == conftest.replace('    scope="session",\n', "")


def test_fixtures_that_ask_for_a_narrowed_one_are_narrowed_too() -> None:
    conftest = """\
from pytest import fixture


@fixture(scope="session")
def pool():
    return Pool()


@fixture(scope="module")
def client(pool):
    return pool
"""
    after = edit({"conftest.py": conftest, "test_one.py": TEST}, "narrow_scope:conftest.py.pool")
    assert "scope" not in after["conftest.py"]


def test_a_fixture_is_not_narrowed_where_no_coroutine_gets_it_or_its_scope_is_computed() -> None:
    conftest = """\
import pytest


@pytest.fixture(scope="session")
def other():
    return 1


@pytest.fixture(scope=choose())
def client():
    return 1
"""
    assert not [name for name in offer({"conftest.py": conftest, "test_one.py": TEST}) if "scope" in name]


def test_an_async_fixture_is_declared_with_the_plugin_in_strict_mode_alone() -> None:
    files = {"test_one.py": "import pytest\n\n\n@pytest.fixture\nasync def client():\n    return pytest\n"}
    after = edit(files, "declare_fixture:test_one.py.client")
    assert after["test_one.py"].startswith("import pytest\nimport pytest_asyncio\n\n\n@pytest_asyncio.fixture\nasync")
    auto = files | {"pytest.ini": "[pytest]\nasyncio_mode = auto\n"}
    assert "declare_fixture:test_one.py.client" not in offer(auto)
