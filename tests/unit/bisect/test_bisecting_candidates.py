"""What a bisection chooses from, with the release dates that come with the harness."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.bisect.candidates import BisectCandidate, list_candidates
from harness.bisect.changelogs import find_changelog
from harness.cli.options import BisectOptions
from harness.environments.model import Interpreter
from harness.environments.releases import load_releases
from harness.errors import UnknownNameError, UsageError

MACHINE = tuple(
    Interpreter(version=version, executable=f"/python{version}") for version in ("3.8.18", "3.9.18", "3.12.1", "3.13.0")
)


def found(**options: Any) -> tuple[BisectCandidate, ...]:
    return list_candidates(replace(BisectOptions(), **options), MACHINE, load_releases())


def names(**options: object) -> list[str]:
    return [candidate.name for candidate in found(**options)]


def test_the_ends_are_the_oldest_and_the_newest_that_the_python_can_have() -> None:
    assert names(python_versions=("3.8",))[::25] == ["0.17.0", "0.24.0"]
    assert names(python_versions=("3.9",))[-1] == "1.2.0"


def test_releases_are_in_order_of_versions_and_yanked_ones_are_left_out() -> None:
    assert names(start="0.21.1", end="0.23.1") == ["0.21.1", "0.21.2", "0.23.0", "0.23.1"]


def test_a_yanked_release_that_is_an_end_is_among_them() -> None:
    assert names(start="0.22.0", end="0.23.0") == ["0.22.0", "0.23.0"]


def test_pytest_is_bisected_with_the_plugin_held_fixed() -> None:
    first, *_ = found(over="pytest", pytest_asyncio_versions=("0.23.8",), start="8.0.0", end="8.0.2")
    assert (first.request.plugin, first.request.pytest, first.day) == ("0.23.8", "8.0.0", "2024-01-27")


def test_redis_is_bisected_with_redis_as_the_client() -> None:
    first, *_ = found(over="redis", start="5.0.0", end="5.0.2")
    assert (first.request.client, first.request.client_version) == ("redis", "5.0.0")


def test_python_is_bisected_over_the_minors_of_this_machine_that_the_plugin_supports() -> None:
    assert names(over="python", pytest_asyncio_versions=("0.24.0",)) == ["3.8", "3.9", "3.12", "3.13"]
    assert names(over="python", pytest_asyncio_versions=("1.2.0",)) == ["3.9", "3.12", "3.13"]


def test_days_are_those_on_which_something_that_is_not_fixed_was_released() -> None:
    days = found(over="date", start="2025-05-01", end="2025-06-03")
    assert [(day.name, day.released) for day in days] == [
        ("2025-05-01", ()),
        ("2025-05-26", (("pytest-asyncio", "1.0.0"),)),
        ("2025-06-02", (("pytest", "8.4.0"),)),
        ("2025-06-03", ()),
    ]
    assert [day.request.plugin for day in days] == ["0.26.0", "1.0.0", "1.0.0", "1.0.0"]
    assert {day.request.as_of for day in days} == {day.name for day in days}


def test_what_is_fixed_brings_no_days() -> None:
    days = names(over="date", start="2025-05-01", end="2025-06-03", pytest_asyncio_versions=("0.26.0",))
    assert days == ["2025-05-01", "2025-06-02", "2025-06-03"]


def test_days_begin_when_there_was_a_release_of_each_package() -> None:
    first, *_ = found(over="date", start="2023-01-01", end="2025-01-01")
    assert (first.request.client_version, first.name) == ("6.0.0", first.day)


def test_further_pins_and_named_versions_are_in_every_environment() -> None:
    for one in found(start="0.26.0", end="1.1.0", pytest_versions=("8.3.5",), pins=("anyio==4.9.0",)):
        assert (one.request.pytest, one.request.pins) == ("8.3.5", ("anyio==4.9.0",))


@pytest.mark.parametrize(
    ("options", "problem", "remedy"),
    [
        ({"start": "0.26.7"}, "Unknown version of pytest-asyncio '0.26.7'", "'0.26.0' or '1.0.0'"),
        ({"start": "x.y"}, "'x.y' is not a version", "0.26.0"),
        ({"start": "1.0.0", "end": "1.0.0"}, "Both ends are pytest-asyncio 1.0.0", "two versions"),
        ({"start": "1.1.0", "end": "0.26.0"}, "--from 1.1.0 is newer than --to", "--from 0.26.0 --to 1.1.0"),
        ({"start": "0.25.0", "python_versions": ("3.8",)}, "doesn't support Python 3.8", "0.24.0"),
        ({"over": "date", "start": "2025-13-01"}, "is not a date", "2024-05-18"),
        ({"over": "date", "end": "2999-01-01"}, "is known up to", "or an earlier day, or "),
        ({"over": "date", "start": "2025-05-02", "end": "2025-05-01"}, "is later than", "earlier day"),
        ({"over": "date", "start": "2025-05-02", "end": "2025-05-02"}, "Both ends are 2025-05-02", "later one"),
        ({"over": "python", "start": "3.7"}, "Unknown Python of this machine '3.7'", "3.8"),
        ({"pytest_asyncio_versions": ("1.0.0",)}, "holds fixed what is to be bisected", "--from"),
        ({"over": "pytest", "pytest_asyncio_versions": ("1.0.0", "1.1.0")}, "names 2 versions", "held fixed"),
        (
            {"over": "pytest", "pytest_asyncio_versions": ("1.0.7",)},
            "Unknown version of pytest-asyncio",
            "'1.0.0' or '1.1.0'",
        ),
        ({"over": "valkey", "client": "redis"}, "doesn't go with --over valkey", "out"),
        ({"start": "1.5.0"}, "only 1.5.0 to choose from", "further apart"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_would(options: dict[str, object], problem: str, remedy: str) -> None:
    with pytest.raises((UsageError, UnknownNameError)) as caught:
        found(**options)
    assert problem in caught.value.problem
    assert remedy in caught.value.remedy


def test_changelogs_are_known_for_everything_that_can_be_bisected() -> None:
    assert find_changelog("python", "3.12") == "https://docs.python.org/3/whatsnew/3.12.html"
    assert find_changelog("valkey", "6.1.1").endswith("/v6.1.1")
    assert find_changelog("no-such-package", "1.0") == ""
