from __future__ import annotations

import msgspec

from harness.analysis.columns import find_block_starts, make_columns, version_order
from tests.unit.store.made_up_results import environment

OLD, NEW = environment("0.9.0"), environment("1.5.0")


def test_columns_are_in_order_of_versions_not_of_letters() -> None:
    columns = make_columns([environment("0.21.2"), environment("1.10.0"), OLD, environment("1.9.0")])
    assert [column.short for column in columns] == ["0.9.0 py3.13", "0.21.2 py3.13", "1.9.0 py3.13", "1.10.0 py3.13"]


def test_the_python_of_most_releases_comes_first_and_the_others_one_after_another() -> None:
    pythons = [environment("1.5.0", f"3.{minor}.1") for minor in (13, 9, 10)]
    columns = make_columns([*pythons, environment("0.24.0", "3.9.1"), environment("1.0.0", "3.8.1"), OLD, NEW])
    assert [column.short for column in columns] == [
        "0.9.0 py3.13",
        "1.5.0 py3.13 cpython 3.13.0",
        "1.5.0 py3.13 cpython 3.13.1",
        "1.0.0 py3.8",
        "0.24.0 py3.9",
        "1.5.0 py3.9",
        "1.5.0 py3.10",
    ]
    assert [column.main for column in columns] == [True] * 3 + [False] * 4
    assert find_block_starts(columns) == (3, 4, 6)


def test_of_pythons_with_equally_many_releases_the_newest_is_the_main_one() -> None:
    columns = make_columns(
        [environment("1.5.0", "3.9.1"), environment("0.24.0", "3.8.1"), environment("1.0.0", "3.10.1")]
    )
    assert [column.short for column in columns] == ["1.0.0 py3.10", "0.24.0 py3.8", "1.5.0 py3.9"]
    assert find_block_starts(columns) == ()
    assert make_columns([]) == ()


def test_versions_sort_with_pre_releases_first_and_nothing_fails() -> None:
    versions = ["1.0.0", "0.23.8", "1.0.0a1", "0.9", "1.0.0rc1", "1.10", "1.9", "what?", "", "9" * 5000]
    ordered = sorted(versions, key=version_order)
    assert [one for one in ordered if one in versions[:7]] == [
        "0.9",
        "0.23.8",
        "1.0.0a1",
        "1.0.0rc1",
        "1.0.0",
        "1.9",
        "1.10",
    ]


def test_a_heading_says_more_only_where_it_must() -> None:
    older, newer = environment(pytest="8.3.0"), environment(pytest="8.4.2")
    assert [column.short for column in make_columns([OLD, newer, older])] == [
        "0.9.0 py3.13",
        "1.5.0 py3.13 pytest 8.3.0",
        "1.5.0 py3.13 pytest 8.4.2",
    ]


def test_a_client_is_named_with_its_version() -> None:
    redis = msgspec.structs.replace(OLD, client="redis", client_version="5.0.1\x1b[2J")
    assert [column.client for column in make_columns([redis])] == ["redis 5.0.1"]


def test_an_environment_without_the_plugin_and_a_client_is_named_so() -> None:
    bare = msgspec.structs.replace(environment("none"), client="none", client_version="none")
    (column,) = make_columns([bare])
    assert (column.short, column.client) == ("no pytest-asyncio py3.13", "no client")


def test_further_packages_are_named_rather_than_a_digest() -> None:
    plain = environment("1.5.0")
    pinned = [
        msgspec.structs.replace(plain, id=f"{plain.id}/{part}", digest=part)
        for part in ("anyio-4.4.0", "pytest-8.4.2/anyio-3.7.1", "as-of-2024-05-18")
    ]
    assert {column.short for column in make_columns([plain, *pinned])} == {
        "1.5.0 py3.13",
        "1.5.0 py3.13 anyio 4.4.0",
        "1.5.0 py3.13 as-of-2024-05-18",
        "1.5.0 py3.13 anyio 3.7.1",
    }
