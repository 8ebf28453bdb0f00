"""Workers of pytest-xdist that a suite's configuration asks for."""

from __future__ import annotations

from textwrap import dedent

import pytest

from harness.habits.reading import read_habits
from tests.unit.habits.reading_by_hand import cells, read

TEST = """
    import pytest
    @pytest.mark.asyncio
    async def test_one(client):
        await client.ping()
"""
CLIENT = """
    import pytest_asyncio
    from valkey.asyncio import Valkey
    @pytest_asyncio.fixture
    async def client({asked}):
        async with Valkey(db={db}) as client:
            yield client
"""
ONE = "default/function/async_fixture/async_with"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pytest.ini", "[pytest]\naddopts = -n 2\n"),
        ("tox.ini", "[pytest]\naddopts = -ra -nauto --dist loadfile\n"),
        ("setup.cfg", "[tool:pytest]\naddopts =\n    -n logical\n"),
        ("pyproject.toml", "[tool.pytest.ini_options]\naddopts = '--numprocesses=4'\n"),
        ("pyproject.toml", "[tool.pytest.ini_options]\naddopts = ['--numprocesses', 'auto']\n"),
    ],
)
def test_workers_are_read_from_the_options_of_every_kind_of_configuration(file: str, text: str) -> None:
    (setting,) = read_habits({file: text.encode(), "test_it.py": b"def test_one(): ...\n"}).settings
    assert (setting.name, setting.place.file) == ("numprocesses", file)


@pytest.mark.parametrize(
    ("options", "workers"),
    [
        ("-n 2", "two_shared"),
        ("-n auto", "two_shared"),
        ("-n 0", ""),
        ("-n2 -n0", ""),
        ("--nothing -ra", ""),
    ],
)
def test_one_worker_or_none_is_one_process(options: str, workers: str) -> None:
    conftest = CLIENT.format(asked="", db=0)
    found = cells(read(pytest=f"[pytest]\naddopts = {options}\n", conftest=conftest, test_it=TEST))
    assert found == [f"{ONE}@workers={workers}" if workers else ONE]


NUMBER = """
    import pytest
    @pytest.fixture(scope="session")
    def database(worker_id):
        return int(worker_id[2:])
"""


@pytest.mark.parametrize(
    ("asked", "db", "more", "workers"),
    [
        ("worker_id", "int(worker_id[2:])", "", "two_separate"),
        ("database", "database", NUMBER, "two_separate"),
        ("", "os.environ['PYTEST_XDIST_WORKER'][2:]", "import os", "two_separate"),
        ("", "0", NUMBER, "two_shared"),
    ],
)
def test_the_database_is_a_worker_s_own_where_its_number_comes_to_the_client(
    asked: str, db: str, more: str, workers: str
) -> None:
    conftest = f"{dedent(more)}\n{dedent(CLIENT.format(asked=asked, db=db))}"
    found = cells(read(pytest="[pytest]\naddopts = -n 2\n", conftest=conftest, test_it=TEST))
    assert found == [f"{ONE}@workers={workers}"]
