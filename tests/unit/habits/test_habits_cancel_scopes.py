"""Fixtures that yield inside a cancel scope."""

from __future__ import annotations

import pytest

from harness.habits.axes import find_combinations
from tests.unit.habits.reading_by_hand import cells, read

SUITE = """
    import asyncio
    import anyio
    import pytest, pytest_asyncio
    from anyio import create_task_group, move_on_after as limit
    from valkey.asyncio import Valkey
    @pytest_asyncio.fixture
    async def client():
        {client}
    @pytest_asyncio.fixture
    async def tasks():
        {tasks}
    @pytest.mark.asyncio
    async def test_one(client, tasks):
        await client.ping()
    @pytest.mark.asyncio
    async def test_two(client):
        await client.ping()
"""
CLIENT = "async with Valkey() as client: yield client"
PLAIN = "default/function/async_fixture/async_with"
OPEN = f"{PLAIN}@workload=cancel_scope"


@pytest.mark.parametrize(
    "scope",
    ["async with create_task_group()", "with anyio.CancelScope()", "with limit(5)", "with anyio.fail_after(delay=5)"],
)
def test_only_the_tests_that_have_the_fixture_have_its_cancel_scope(scope: str) -> None:
    habits = read(test_it=SUITE.format(client=CLIENT, tasks=f"{scope} as it: yield it"))
    found = {one.tests[0].id: one.values["workload"] for one in find_combinations(habits)}
    assert sorted(cells(habits)) == [PLAIN, OPEN]
    assert found == {"test_it.py::test_one": "cancel_scope", "test_it.py::test_two": "get_set"}


def test_a_client_s_own_fixture_may_be_the_one_that_keeps_it_open() -> None:
    habits = read(test_it=SUITE.format(client=f"with anyio.fail_after(5):\n            {CLIENT}", tasks="yield"))
    assert [one for one in cells(habits) if one[0] != "~"] == [OPEN]


@pytest.mark.parametrize(
    "tasks",
    [
        "async with asyncio.timeout(5): yield",
        "async with asyncio.TaskGroup() as it: yield it",
        "with limit(5): pass\n        yield",
        "with limit(5): await asyncio.sleep(0)",
    ],
    ids=["asyncio's timeout", "asyncio's group", "left before the yield", "no yield"],
)
def test_what_may_be_left_in_another_task_or_is_left_in_the_same_is_no_such_scope(tasks: str) -> None:
    habits = read(test_it=SUITE.format(client=CLIENT, tasks=tasks))
    assert {one.values["workload"] for one in find_combinations(habits)} == {"get_set"}
