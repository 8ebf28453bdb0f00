"""Suites are written for each client package, and what one can't express has a reason."""

from __future__ import annotations

import pytest

from harness.catalogue.clients import LIMITS
from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profile
from harness.catalogue.target import Target
from harness.packages import CLIENTS, GLIDE

CATALOGUE = load_catalogue()


def make_target(client: str, version: str) -> Target:
    return Target(
        platform="linux",
        client=client,
        versions={"python": "3.13.0", "pytest-asyncio": "1.5.0", "uvloop": "0.23.0", client: version},
    )


@pytest.mark.parametrize("client", CLIENTS)
def test_every_suite_that_can_be_written_for_a_client_is_python(client: str) -> None:
    target = make_target(client, "99")
    written = 0
    for cell in list_profile_cells(CATALOGUE, load_profile("smoke")):
        if CATALOGUE.not_applicable(cell, target) is None:
            written += 1
            for path, text in CATALOGUE.suite(cell, target).items():
                if path.endswith(".py"):
                    compile(text, path, "exec")
    assert written > 20


def test_a_limit_names_values_of_the_catalogue_only() -> None:
    for limits in LIMITS.values():
        for axis, limit in limits.items():
            assert set(limit.values) <= set(CATALOGUE.axes[axis].values)
            assert not set(limit.values) & set(limit.reasons)


def test_glides_client_is_awaited_where_it_is_made_and_deletes_a_list_of_keys() -> None:
    files = CATALOGUE.suite(CATALOGUE.parse("default/function/async_fixture/aclose"), make_target(GLIDE, "2.6.0"))
    assert "client = await open_client()" in files["conftest.py"]
    assert "import os\n" not in files["conftest.py"]
    assert 'await client.delete(["apple"])' in files["basket/test_items.py"]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("default/function/module_global/none", "only a coroutine can make one"),
        ("default/function/shared_pool/none", "no connection pool that clients could share"),
        ("default/function/async_fixture/pool_disconnect", "no connection pool that a suite could disconnect"),
        ("default/function/async_fixture/none@workload=pubsub", "has no `pubsub()`"),
    ],
)
def test_what_glide_cannot_express_has_a_reason(cell: str, reason: str) -> None:
    assert reason in (CATALOGUE.not_applicable(CATALOGUE.parse(cell), make_target(GLIDE, "2.6.0")) or "")


def test_a_need_of_one_client_says_nothing_about_another() -> None:
    cell = CATALOGUE.parse("default/function/async_fixture/aclose")
    assert CATALOGUE.not_applicable(cell, make_target(GLIDE, "2.4.0")) is None
    assert CATALOGUE.not_applicable(cell, make_target("redis", "5.0.0")) == "`aclose` came with redis-py 5.0.1"
    assert CATALOGUE.not_applicable(cell, make_target("valkey", "6.0.0")) is None
