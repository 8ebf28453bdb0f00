"""Cells: ids that parse back, names that are checked, combinations that nobody can write."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.catalogue.catalogue import Catalogue
from harness.catalogue.cell import CORE_AXES
from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import Profile, list_profile_cells, load_profile, load_profiles
from harness.catalogue.selection import parse
from harness.catalogue.value import NamedValue, Value
from harness.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from harness.catalogue.cell import Cell

CATALOGUE = load_catalogue()
ANY_CELL = st.fixed_dictionaries({axis: st.sampled_from(names) for axis, names in CATALOGUE.value_names.items()}).map(
    CATALOGUE.cell
)


@given(ANY_CELL)
def test_an_id_parses_back_to_its_cell(cell: Cell) -> None:
    assert CATALOGUE.parse(cell.id) == cell
    assert CATALOGUE.cell(CATALOGUE.values(cell)) == cell


def test_a_value_at_its_default_may_stand_in_an_id_and_is_left_out_of_it() -> None:
    cell = CATALOGUE.parse("default/function/async_fixture/aclose@loop_scope=unset, workload=gather")
    assert cell.id == "default/function/async_fixture/aclose@workload=gather"


def test_the_ids_of_all_core_cells_differ() -> None:
    choices = [CATALOGUE.value_names[axis] for axis in CORE_AXES]
    cells = [CATALOGUE.cell(dict(zip(CORE_AXES, names, strict=True))) for names in itertools.product(*choices)]
    assert len({cell.id for cell in cells}) == len(cells)


@pytest.mark.parametrize("text", ["", "default", "default/function/async_fixture", "a/b/c/d/e"])
def test_what_is_no_id_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="is no cell id"):
        CATALOGUE.parse(text)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("default/sesion/async_fixture/aclose", "session"),
        ("default/session/async_fixture/aclose@loop_scop=session", "loop_scope"),
        ("default/session/async_fixture/aclose@loop_scope=sesion", "session"),
    ],
)
def test_an_unknown_name_in_an_id_is_answered_with_the_nearest_one(text: str, suggestion: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        CATALOGUE.parse(text)
    assert suggestion in caught.value.remedy


@pytest.mark.parametrize("pairs", ["fixture_scope=session", "runner=anyio,runner=unittest"])
def test_an_id_with_two_values_of_an_axis_is_refused(pairs: str) -> None:
    with pytest.raises(UsageError, match="two values for"):
        CATALOGUE.parse(f"default/function/async_fixture/aclose@{pairs}")


def test_a_selection_ranges_only_over_the_extension_axes_that_it_names() -> None:
    one = list(CATALOGUE.cells(parse("fixture_scope=session and cleanup_style=none", axes=CATALOGUE.value_names)))
    assert len(one) == len(CATALOGUE.value_names["loop_policy"]) * len(CATALOGUE.value_names["creation_site"])
    assert not any(cell.extensions for cell in one)
    text = "loop_policy=default and fixture_scope=session and creation_site=async_fixture and loop_scope!=unset"
    matching = list(CATALOGUE.cells(parse(text, axes=CATALOGUE.value_names)))
    scopes = set(CATALOGUE.value_names["loop_scope"]) - {"unset"}
    assert {dict(cell.extensions)["loop_scope"] for cell in matching} == scopes
    assert len(matching) == len(CATALOGUE.value_names["cleanup_style"]) * len(scopes)


def test_each_exclusion_has_a_reason_and_excludes_something_but_not_everything() -> None:
    for axis in CATALOGUE.axes.values():
        for value in axis.values.values():
            text = f"{axis.name}={value.name}"
            extension = [] if axis.axis.core else [axis.name]
            for rule in value.value.excludes:
                selection = parse(f"({text}) and ({rule.selection})", axes=CATALOGUE.value_names)
                assert rule.reason
                assert any(CATALOGUE.excluded(cell) for cell in CATALOGUE.cells(selection)), (text, extension)
            whole = CATALOGUE.cells(parse(text, axes=CATALOGUE.value_names))
            assert any(CATALOGUE.excluded(cell) is None for cell in whole), text


@pytest.mark.parametrize("name", list(load_profiles()))
def test_each_profile_has_cells_and_none_that_nobody_can_write(name: str) -> None:
    cells = list_profile_cells(CATALOGUE, load_profile(name))
    assert cells
    assert len(set(cells)) == len(cells)
    assert all(CATALOGUE.excluded(cell) is None for cell in cells)


def test_no_id_in_a_profile_is_excluded() -> None:
    for name, profile in load_profiles().items():
        excluded = {cell: reason for cell in profile.cells if (reason := CATALOGUE.excluded(CATALOGUE.parse(cell)))}
        assert not excluded, name


def cells_of(profile: str) -> set[Cell]:
    return set(list_profile_cells(CATALOGUE, load_profile(profile)))


def possible(selection: str) -> set[Cell]:
    found = CATALOGUE.cells(parse(selection, axes=CATALOGUE.value_names))
    return {cell for cell in found if CATALOGUE.excluded(cell) is None and not CATALOGUE.alone(cell)}


def test_each_profile_holds_the_ones_before_it() -> None:
    assert cells_of("smoke") < cells_of("quick") < cells_of("standard") < cells_of("full")


def test_full_holds_every_core_combination_that_can_be_written_and_standard_those_of_the_default_loops() -> None:
    assert possible("workload=get_set") <= cells_of("full")
    assert possible("loop_policy=default") <= cells_of("standard")


def test_each_cell_of_standard_comes_with_its_twin_under_the_default_loops_and_the_default_runner() -> None:
    standard = cells_of("standard")
    for axis in ("loop_policy", "runner"):
        twins = {CATALOGUE.cell({**CATALOGUE.values(cell), axis: CATALOGUE.defaults[axis]}) for cell in standard}
        assert {cell for cell in twins if CATALOGUE.excluded(cell) is None} <= standard


def test_a_value_that_stands_alone_is_in_no_selection_but_where_a_profile_names_its_cells() -> None:
    alone = Value(meaning="two share them", sources=("https://example.org",), alone="it takes a process of its own")
    workers = CATALOGUE.axes["workers"]
    two = NamedValue(axis="workers", name="two_alone", value=alone)
    axis = replace(workers, values={**workers.values, "two_alone": two})
    catalogue = Catalogue(tuple(axis if each is workers else each for each in CATALOGUE.axes.values()))
    text = "loop_policy=default and fixture_scope=function and creation_site=module_global and workers!=one"
    cell = "default/function/module_global/none@workers=two_alone"
    profile = Profile(meaning="", environments=(), selections=(text, text.replace("workers!=one", "workload=get_set")))
    selected = list_profile_cells(catalogue, profile)
    assert selected
    assert not any(catalogue.alone(each) for each in selected)
    named = list_profile_cells(catalogue, msgspec.structs.replace(profile, cells=(cell,), core_strength=1))
    assert [each.id for each in named if catalogue.alone(each)] == [cell]


def test_each_value_says_what_it_is_and_where_it_comes_from() -> None:
    for axis in CATALOGUE.axes.values():
        assert axis.default in axis.values
        for value in axis.values.values():
            assert value.value.meaning
            assert "\n" not in value.value.meaning
            assert value.value.sources
            assert all(source.startswith("https://") for source in value.value.sources)


def test_the_catalogue_has_at_least_the_values_that_the_design_names() -> None:
    design = {
        "loop_policy": "default windows_selector windows_proactor policy_fixture loop_factories event_loop_override "
        "uvloop debug factory_choice",
        "fixture_scope": "function class module package session",
        "creation_site": "module_global class_attribute cached_getter shared_pool sync_fixture async_fixture "
        "event_loop_fixture loop_argument asyncio_run_fixture inside_test app_lifespan "
        "per_loop blocking_pool client_of_thread asyncio_run_async_fixture app_test_client app_test_client_with "
        "app_asgi_transport cluster_client",
        "cleanup_style": "none aclose close async_with flush_around asyncio_run run_until_complete pool_disconnect "
        "drop_and_collect body_end loop_shutdown runner_close",
        "loop_scope": "unset fixture session mixed fixture_scope_ini ini_session hook_session param_session",
        "asyncio_mode": "strict auto plain_fixture",
        "interleaving": "none sync_asyncio_run set_event_loop_none failing_first sync_async_fixture "
        "sync_get_event_loop",
        "workload": "get_set pipeline pubsub blocking_pop gather idle_listen idle_block cancel_scope xreadgroup "
        "timeout_in_command cancel_in_command",
        "runner": "pytest_asyncio anyio unittest",
        "workers": "one two_shared two_separate",
    }
    for axis, names in design.items():
        assert set(names.split()) <= set(CATALOGUE.value_names[axis])
