from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.analysis.columns import make_columns
from harness.analysis.places import describe_places
from tests.unit.store.made_up_results import environment

if TYPE_CHECKING:
    from harness.environments.model import Environment

RELEASES = ("0.21.2", "0.23.8", "0.26.0", "1.0.0")


def with_client(one: Environment, version: str) -> Environment:
    return msgspec.structs.replace(one, client_version=version)


OTHERS = [environment("1.5.0", f"3.{minor}.1") for minor in (8, 9, 10)]
EVERY_PYTHON = make_columns([environment(plugin) for plugin in (*RELEASES, "1.5.0")] + OTHERS)
# As a quick run has them: some Pythons are too old for the newest release, and have another client, too.
ASIDE = make_columns(
    [
        *(environment(plugin) for plugin in (*RELEASES, "1.5.0")),
        with_client(environment("0.24.0", "3.8.1"), "6.1.0"),
        environment("1.2.0", "3.9.1"),
        with_client(environment("1.5.0", "3.10.1"), "6.1.1"),
        environment("1.5.0", "3.11.1"),
    ]
)


def where(headings: str, columns: tuple[str, ...]) -> list[bool]:
    wanted = headings.split(", ")
    assert set(wanted) <= set(columns)
    return [column in wanted for column in columns]


def test_neighbours_are_joined_and_what_goes_without_saying_is_left_out() -> None:
    assert describe_places(EVERY_PYTHON, [True] * 8) == "0.21.2–1.5.0"
    assert describe_places(EVERY_PYTHON, [True, True, True, False, True, True, True, True]) == "0.21.2–0.26.0 · 1.5.0"
    assert describe_places(EVERY_PYTHON, [False] * 8) == ""
    assert describe_places((), []) == ""


def test_of_a_release_on_several_pythons_those_chosen_are_named() -> None:
    chosen = [False, False, False, True, True, True, True, False]
    assert describe_places(EVERY_PYTHON, chosen) == "1.0.0 · 1.5.0 (py3.8–py3.9, py3.13)"


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        ("0.24.0 py3.8", "0.24.0 (py3.8, valkey 6.1.0)"),
        ("1.2.0 py3.9", "1.2.0 (py3.9)"),
        ("0.24.0 py3.8, 1.2.0 py3.9", "0.24.0 (py3.8, valkey 6.1.0) · 1.2.0 (py3.9)"),
        ("1.5.0 py3.10", "1.5.0 (py3.10, valkey 6.1.1)"),
        ("1.5.0 py3.10, 1.5.0 py3.13", "1.5.0 (py3.10, valkey 6.1.1; py3.13)"),
        ("1.5.0 py3.10, 1.5.0 py3.11", "1.5.0 (py3.10–py3.11)"),
    ],
)
def test_what_may_be_the_doing_of_a_python_or_a_client_is_not_laid_on_the_release_alone(chosen: str, text: str) -> None:
    assert describe_places(ASIDE, where(chosen, tuple(column.short for column in ASIDE))) == text


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        ("0.23.8 py3.13, 0.24.0 py3.8, 0.26.0 py3.13", "0.23.8–0.26.0"),
        ("0.23.8 py3.13, 0.26.0 py3.13", "0.23.8 · 0.26.0"),
        ("0.24.0 py3.8, 0.26.0 py3.13, 1.0.0 py3.13", "0.24.0 (py3.8, valkey 6.1.0) · 0.26.0–1.0.0"),
        ("0.26.0 py3.13, 1.0.0 py3.13, 1.2.0 py3.9", "0.26.0–1.0.0 · 1.2.0 (py3.9)"),
        ("0.21.2 py3.13, 0.24.0 py3.8, 0.26.0 py3.13", "0.21.2 · 0.24.0 (py3.8, valkey 6.1.0) · 0.26.0"),
        ("1.0.0 py3.13, 1.2.0 py3.9, 1.5.0 py3.13", "1.0.0 · 1.2.0 (py3.9) · 1.5.0 (py3.13)"),
    ],
)
def test_a_dash_runs_over_a_release_on_another_python_but_neither_starts_nor_ends_there(chosen: str, text: str) -> None:
    assert describe_places(ASIDE, where(chosen, tuple(column.short for column in ASIDE))) == text


def test_everything_is_one_range_wherever_its_ends_ran() -> None:
    assert describe_places(ASIDE, [True] * len(ASIDE)) == "0.21.2–1.5.0"
    early = make_columns([environment("0.17.2", "3.8.1"), environment("1.0.0"), environment("1.5.0")])
    assert describe_places(early, [True] * 3) == "0.17.2–1.5.0"


def test_neighbours_on_the_same_other_python_are_joined() -> None:
    columns = make_columns(
        [environment(plugin) for plugin in RELEASES] + [environment(one, "3.8.1") for one in ("0.24.0", "0.25.0")]
    )
    assert describe_places(columns, [column.environment.plugin in ("0.24.0", "0.25.0") for column in columns]) == (
        "0.24.0–0.25.0 (py3.8)"
    )


def test_a_client_that_the_heading_names_is_not_named_again() -> None:
    columns = make_columns(
        [
            environment("1.0.0"),
            environment("1.5.0"),
            *(
                msgspec.structs.replace(environment("1.5.0", "3.8.1"), client_version=version, digest=version)
                for version in ("6.0.0", "6.1.0")
            ),
        ]
    )
    assert describe_places(columns, [False, False, True, False]) == "1.5.0 (py3.8 valkey 6.0.0)"
