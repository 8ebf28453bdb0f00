"""Planning: options and profile together say which cells run in which environments."""

from __future__ import annotations

import pytest

from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profile, load_profiles
from harness.cli.options import MatrixOptions
from harness.environments.model import EnvironmentRequest, Interpreter
from harness.environments.releases import load_releases
from harness.errors import NoInterpreterError, NothingSelectedError, UnknownNameError
from harness.invocation import command_line
from harness.planning.cells import plan_cells, select_cells
from harness.planning.environments import plan_requests
from harness.planning.plan import Plan, plan_run

CATALOGUE = load_catalogue()
RELEASES = load_releases()
INTERPRETERS = tuple(
    Interpreter(version=version, executable=f"/pythons/{version}") for version in ("3.8.18", "3.12.1", "3.13.0")
)


def requests(**options: object) -> list[tuple[str, str]]:
    asked = plan_requests(MatrixOptions(**options), INTERPRETERS, RELEASES)  # type: ignore[arg-type]
    return [(request.python, request.plugin) for request in asked]


def planned(**options: object) -> Plan:
    chosen = MatrixOptions(**options)  # type: ignore[arg-type]
    return plan_run(chosen, plan_cells(chosen, CATALOGUE), INTERPRETERS, RELEASES, repeat=chosen.repeat)


def cells_by_environment(plan: Plan) -> dict[tuple[str, str], set[str]]:
    return {(request.python, request.plugin): {cell.id for cell in plan.cells_in(request)} for request in plan.requests}


def cells_of(profile: str) -> set[str]:
    return {cell.id for cell in list_profile_cells(CATALOGUE, load_profile(profile))}


def newest(python: str) -> str:
    release = RELEASES.newest("pytest-asyncio", python=python)
    assert release is not None
    return release.version


LANDMARKS = [
    ("3.13", plugin) for plugin in ("0.21.2", "0.23.2", "0.23.8", "0.24.0", "0.26.0", "1.0.0", "1.3.0", newest("3.13"))
]


def test_quick_runs_eight_releases_on_the_newest_python_and_the_newest_release_on_each_other() -> None:
    assert len(LANDMARKS) == 8
    assert requests() == [*LANDMARKS, ("3.12", newest("3.12")), ("3.8", newest("3.8"))]


def test_a_named_python_takes_the_place_of_all_others() -> None:
    assert {python for python, _ in requests(python_versions=("3.12",))} == {"3.12"}


def test_two_names_of_one_interpreter_are_one_environment() -> None:
    assert requests(python_versions=("3.12", "3.12.1", "newest", "3.13"), pytest_asyncio_versions=("1.0.0",)) == [
        ("3.12", "1.0.0"),
        ("3.13", "1.0.0"),
    ]


def test_named_plugins_run_on_the_newest_python_only() -> None:
    assert requests(pytest_asyncio_versions=("0.21.2", "newest")) == [("3.13", "0.21.2"), ("3.13", newest("3.13"))]


def test_newest_means_the_newest_that_each_python_can_have() -> None:
    assert requests(python_versions=("3.8", "newest"), pytest_asyncio_versions=("newest",)) == [
        ("3.8", newest("3.8")),
        ("3.13", newest("3.13")),
    ]
    assert newest("3.8") != newest("3.13")


def test_all_that_is_named_is_crossed() -> None:
    asked = plan_requests(
        MatrixOptions(
            python_versions=("3.12",),
            pytest_asyncio_versions=("1.0.0",),
            pytest_versions=("8.3.5", "newest"),
            valkey_versions=("6.0.0", "6.1.1"),
        ),
        INTERPRETERS,
        RELEASES,
    )
    pytest_newest = RELEASES.newest("pytest", python="3.12")
    assert pytest_newest is not None
    assert list(asked) == [
        EnvironmentRequest(python="3.12", plugin="1.0.0", pytest=version, client_version=client)
        for version in ("8.3.5", pytest_newest.version)
        for client in ("6.0.0", "6.1.1")
    ]


def test_the_other_client_is_named_in_every_request() -> None:
    asked = plan_requests(MatrixOptions(client="redis", pytest_asyncio_versions=("1.0.0",)), INTERPRETERS, RELEASES)
    assert [request.client for request in asked] == ["redis"]


@pytest.mark.parametrize(
    ("options", "nearest"),
    [
        ({"pytest_asyncio_versions": ("0.21.9",)}, "0.21"),
        ({"pytest_versions": ("8.44.0",)}, "8.4"),
        ({"valkey_versions": ("6.9.0",)}, "6."),
    ],
)
def test_a_version_that_was_never_released_is_answered_with_the_nearest(
    options: dict[str, tuple[str, ...]], nearest: str
) -> None:
    with pytest.raises(UnknownNameError) as caught:
        requests(**options)
    assert nearest in caught.value.remedy


def test_a_python_that_is_not_here_says_which_are() -> None:
    with pytest.raises(NoInterpreterError, match=r"3\.13\.0"):
        requests(python_versions=("3.14",))


def test_without_options_the_cells_are_those_of_the_profile() -> None:
    assert plan_cells(MatrixOptions(), CATALOGUE) == list_profile_cells(CATALOGUE, load_profile("quick"))


def test_a_selection_narrows_the_profile_and_several_narrow_it_further() -> None:
    cells = select_cells(MatrixOptions(select=("fixture_scope=session", "cleanup_style=none")), CATALOGUE)
    assert cells
    assert {(cell.fixture_scope, cell.cleanup_style) for cell in cells} == {("session", "none")}


def test_named_cells_need_not_be_in_the_profile_and_are_run_once() -> None:
    cell = "debug/module/cached_getter/close@workload=gather"
    assert [each.id for each in plan_cells(MatrixOptions(cells=(cell, cell)), CATALOGUE)] == [cell]


def test_a_selection_that_matches_nothing_in_the_profile_says_where_it_would() -> None:
    with pytest.raises(NothingSelectedError, match="profile 'quick'") as caught:
        plan_cells(MatrixOptions(select=("loop_policy=debug and workload=pubsub and loop_scope=mixed",)), CATALOGUE)
    assert "--profile full" in caught.value.remedy


def test_a_selection_of_what_nobody_can_write_says_why() -> None:
    with pytest.raises(NothingSelectedError) as caught:
        plan_cells(MatrixOptions(select=("creation_site=inside_test and fixture_scope=session",)), CATALOGUE)
    assert "no fixture whose scope could differ" in caught.value.remedy


def test_a_selection_that_contradicts_itself_matches_nothing_anywhere() -> None:
    with pytest.raises(NothingSelectedError) as caught:
        plan_cells(MatrixOptions(select=("fixture_scope=session and fixture_scope=class",)), CATALOGUE)
    assert command_line("catalogue") in caught.value.remedy


@pytest.mark.parametrize("profile", list(load_profiles()))
def test_each_environment_of_a_profile_runs_the_same_cells(profile: str) -> None:
    plan = planned(profile=profile)
    assert all(cells == cells_of(profile) for cells in cells_by_environment(plan).values())
    assert plan.runs == len(plan.requests) * len(cells_of(profile))


def test_repeated_cells_count_each_time() -> None:
    assert planned(repeat=3).runs == 3 * planned().runs


@pytest.mark.parametrize(
    "options",
    [
        {"pytest_asyncio_versions": ("1.3.0",)},
        {"pytest_asyncio_versions": ("0.21.2",)},
        {"python_versions": ("3.12",), "pytest_asyncio_versions": ("newest",)},
    ],
)
def test_a_named_release_runs_all_cells_of_the_profile(options: dict[str, tuple[str, ...]]) -> None:
    for cells in cells_by_environment(planned(**options)).values():
        assert cells == cells_of("quick")


def test_a_selection_narrows_the_cells_of_every_environment() -> None:
    plan = planned(select=("fixture_scope=session",))
    for request in plan.requests:
        assert {cell.id.split("/")[1] for cell in plan.cells_in(request)} == {"session"}
    assert len({plan.cells_in(request) for request in plan.requests}) == 1


def test_a_named_cell_runs_in_every_environment_of_the_profile() -> None:
    cell = "debug/module/cached_getter/close"
    assert cell not in cells_of("smoke")
    by_environment = cells_by_environment(planned(cells=(cell,)))
    assert list(by_environment) == requests()
    assert all(cells == {cell} for cells in by_environment.values())


def test_the_only_python_there_is_runs_all_cells() -> None:
    plan = plan_run(MatrixOptions(), plan_cells(MatrixOptions(), CATALOGUE), INTERPRETERS[-1:], RELEASES, repeat=1)
    assert list(cells_by_environment(plan)) == LANDMARKS
