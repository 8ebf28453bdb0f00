"""Suites of one's own in a plan: with which cells, in which environments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.catalogue.loading import load_catalogue
from harness.catalogue.target import Target
from harness.cli.options import MatrixOptions
from harness.environments.identity import environment_id
from harness.environments.model import EnvironmentRequest, ExistingEnvironment, ExistingPackage, Interpreter
from harness.environments.releases import load_releases
from harness.errors import NothingSelectedError, UsageError
from harness.planning.cells import plan_cells
from harness.planning.plan import Plan, plan_run
from harness.requirements.model import Needed
from harness.requirements.reading import read_needs
from harness.suites.environments import add_needs, collect_notes
from harness.suites.preparing import find_imported_client
from harness.suites.subject import CatalogueCell
from harness.suites.suite import make_suite

if TYPE_CHECKING:
    from pathlib import Path

CATALOGUE = load_catalogue()
PYTHONS = tuple(Interpreter(version=version, executable=f"/pythons/{version}") for version in ("3.12.1", "3.13.0"))
CELL = "default/function/module_global/none"
REQUEST = EnvironmentRequest(python="3.12", plugin="1.0.0")


def folder(tmp_path: Path, name: str, requirements: str = "") -> str:
    (tmp_path / name).mkdir()
    (tmp_path / name / "test_a.py").write_text("def test_a(): pass\n")
    if requirements:
        (tmp_path / name / "requirements.txt").write_text(requirements)
    return str(tmp_path / name)


def planned(**options: object) -> Plan:
    chosen = MatrixOptions(**options)  # type: ignore[arg-type]
    return plan_run(chosen, plan_cells(chosen, CATALOGUE), PYTHONS, load_releases())


def shares(plan: Plan) -> dict[tuple[str, ...], list[str]]:
    return {request.requirements: [cell.id for cell in plan.cells_in(request)] for request in plan.requests}


def test_a_suite_alone_is_all_that_runs_in_every_environment_of_the_profile(tmp_path: Path) -> None:
    plan = planned(suites=(folder(tmp_path, "mine"),))
    assert len(plan.requests) > 4
    assert plan.runs == len(plan.requests)
    assert {cell.id for cell in plan.cells} == {"suite:mine"}


def test_cells_and_suites_without_needs_share_an_environment_and_needs_make_one_of_their_own(tmp_path: Path) -> None:
    suites = (folder(tmp_path, "plain"), folder(tmp_path, "needy", "anyio\npytest==8.0"))
    plan = planned(cells=(CELL,), suites=suites, pytest_asyncio_versions=("1.0.0",))
    assert shares(plan) == {(): [CELL, "suite:plain"], ("anyio", "pytest==8.0"): ["suite:needy"]}
    assert plan.runs == 3
    assert any("requirements.txt" in note for note in plan.notes)


def test_a_version_of_pytest_that_is_named_comes_before_the_suites_own(tmp_path: Path) -> None:
    suites = (folder(tmp_path, "needy", "anyio\npytest==8.0\npytest-asyncio==0.20"),)
    assert shares(planned(suites=suites, pytest_asyncio_versions=("1.0.0",), pytest_versions=("8.4.0",))) == {
        ("anyio",): ["suite:needy"]
    }


def test_the_client_is_the_one_that_the_suite_names_unless_the_user_names_one(tmp_path: Path) -> None:
    suites = (folder(tmp_path, "needy", "redis>=5,<6"),)
    (request,) = planned(suites=suites, pytest_asyncio_versions=("1.0.0",)).requests
    assert (request.client, request.client_version, request.requirements) == ("redis", None, ("redis<6,>=5",))
    (request,) = planned(suites=suites, pytest_asyncio_versions=("1.0.0",), client="valkey").requests
    assert (request.client, request.requirements) == ("valkey", ("redis<6,>=5",))
    redis = {"client": "redis", "redis_versions": ("6.0.0",)}
    (request,) = planned(suites=suites, pytest_asyncio_versions=("1.0.0",), **redis).requests
    assert (request.client, request.client_version, request.requirements) == ("redis", "6.0.0", ())


def test_a_suite_runs_on_the_newest_python_that_its_project_supports(tmp_path: Path) -> None:
    suites = (folder(tmp_path, "old"),)
    (tmp_path / "old" / "pyproject.toml").write_text('[project]\nname = "old"\nrequires-python = "<3.13"\n')
    options = {"suites": suites, "pytest_asyncio_versions": ("1.0.0",), "install": "none"}
    (request,) = planned(**options).requests
    assert request.python == "3.12"
    (request,) = planned(**options, python_versions=("3.13",)).requests
    assert request.python == "3.13"


def test_a_suite_with_needs_leaves_no_empty_environment_behind(tmp_path: Path) -> None:
    assert shares(planned(suites=(folder(tmp_path, "needy", "anyio"),), pytest_asyncio_versions=("1.0.0",))) == {
        ("anyio",): ["suite:needy"]
    }


def test_a_selection_chooses_cells_beside_the_suite_and_must_match(tmp_path: Path) -> None:
    suites = (folder(tmp_path, "mine"),)
    plan = planned(
        suites=suites, select=("fixture_scope=session",), profile="smoke", pytest_asyncio_versions=("1.0.0",)
    )
    assert len(plan.cells) > 1
    assert plan.cells[-1].id == "suite:mine"
    with pytest.raises(NothingSelectedError):
        planned(suites=suites, select=("fixture_scope=session and fixture_scope=class",))


def test_pins_are_in_every_environment_and_before_a_suites_own_versions(tmp_path: Path) -> None:
    plan = planned(suites=(folder(tmp_path, "needy", "anyio==4.0.0\ntrio"),), pins=("anyio==4.9.0",))
    assert {(request.pins, request.requirements) for request in plan.requests} == {(("anyio==4.9.0",), ("trio",))}


@pytest.mark.parametrize("pin", ["anyio=4", "anyio @ file:///anyio", "pytest==8.0.0", "valkey==6.0.0", "=="])
def test_a_requirement_that_makes_no_sense_is_refused_before_anything_starts(pin: str) -> None:
    with pytest.raises(UsageError):
        planned(pins=(pin,), cells=(CELL,))


def test_an_environment_is_named_after_what_a_suite_needs_whatever_the_order_of_its_files() -> None:
    one, same = (
        replace(make_suite(name, {}), needed=read_needs({"requirements.txt": text}))
        for name, text in (("a", b"x\ny"), ("b", b"y\nx"))
    )
    assert add_needs(REQUEST, one) == add_needs(REQUEST, same)
    name = environment_id(add_needs(REQUEST, one), "6.1.1", "linux-x86_64")
    assert name.startswith("linux-x86_64/cpython-3.12/pytest-asyncio-1.0.0/valkey-6.1.1/requirements-")


def test_a_cell_can_not_be_expressed_where_what_it_is_written_with_is_not_installed() -> None:
    cell = CatalogueCell(CATALOGUE.reference, CATALOGUE)
    for client, versions, reason in (
        ("redis", {"redis": "5.2.0"}, "pytest-asyncio is not installed there"),
        ("none", {"pytest-asyncio": "1.5.0"}, "valkey or redis or valkey-glide is not installed there"),
        ("none", {}, "pytest-asyncio and valkey or redis or valkey-glide are not installed there"),
    ):
        target = Target(platform="linux", client=client, versions={"pytest": "8.4.0", "python": "3.13.0", **versions})
        assert cell.not_applicable(target) == reason


def test_in_an_environment_that_is_there_nothing_is_added_for_a_suite() -> None:
    suite = make_suite("suite:mine", {"test_a.py": b"", "requirements.txt": b"humanize==4.9.0\nhttps://x/y.whl\n"})
    existing = ExistingEnvironment(
        interpreter=Interpreter(version="3.12.1", executable="/python"), packages=(), sites=(), sources=()
    )
    request = EnvironmentRequest(python="3.12", plugin="1.5.0", existing=existing)
    assert add_needs(request, suite) == request
    assert collect_notes([suite], [request]) == ()


def test_of_two_clients_in_an_environment_the_one_that_the_suite_imports_counts() -> None:
    packages = tuple(
        ExistingPackage(name=name, version=version, place=name, local=False, requires=())
        for name, version in (("redis", "5.2.0"), ("valkey", "6.1.0"))
    )
    existing = ExistingEnvironment(
        interpreter=Interpreter(version="3.12.1", executable="/python"), packages=packages, sites=(), sources=()
    )
    request = EnvironmentRequest(python="3.12", plugin="1.5.0", client_version="6.1.0", existing=existing)
    suite = make_suite("suite:mine", {"test_a.py": b"import redis"})
    assert add_needs(request, suite) == request
    found = add_needs(request, replace(suite, client=find_imported_client(suite.content)))
    assert (found.client, found.client_version) == ("redis", "5.2.0")
    copied = msgspec.structs.replace(request, copied=True)
    assert add_needs(copied, replace(suite, client="redis")) == copied


@pytest.mark.parametrize(
    ("code", "client"),
    [
        ("from glide import GlideClient", "valkey-glide"),
        ("import redis.asyncio", "redis"),
        ("import valkey", None),
        ("import glide, redis", None),
    ],
)
def test_a_client_package_is_known_by_the_module_that_is_imported(code: str, client: str | None) -> None:
    assert find_imported_client({"test_a.py": code.encode()}) == client


def test_releases_that_the_files_of_a_suite_do_not_ask_for_are_noted_once() -> None:
    suite = make_suite("suite:mine", {"test_a.py": b"", "requirements.txt": b"pytest-asyncio>=0.23,<0.24\n"})
    needing = replace(suite, needed=Needed(lines=("pytest-asyncio>=0.23,<0.24",)))
    fit, *others = (EnvironmentRequest(python="3.12", plugin=plugin) for plugin in ("0.23.8", "0.26.0", "1.5.0"))
    assert collect_notes([needing], [fit]) == ()
    assert collect_notes([needing], [fit, *others]) == (
        "suite:mine: its files ask for pytest-asyncio<0.24,>=0.23; other releases run here too",
    )
