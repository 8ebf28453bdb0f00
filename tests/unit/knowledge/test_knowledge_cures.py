"""The nearest cures among made-up outcomes, and in the committed baseline."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.catalogue.loading import load_catalogue
from harness.knowledge.changes import describe_change, list_neighbours, list_version_changes
from harness.knowledge.cures import FARTHEST, find_cures, find_version_cures
from harness.knowledge.model import Change
from harness.knowledge.outcomes import Outcomes
from harness.paths import find_baseline
from harness.store.model import Results
from harness.verdicts.model import Status, Verdict
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, LEAKS, MASKED, REMOVED, environment, only, run_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.environments.model import Environment
    from harness.knowledge.model import Cure

CATALOGUE = load_catalogue()
CELL = "default/session/async_fixture/aclose"
NARROW = "default/function/async_fixture/aclose"
ONE_LOOP = f"{CELL}@loop_scope=session"
NO_CLEANUP = "default/session/async_fixture/none"
BOTH = "default/function/sync_fixture/aclose"
HERE = environment("1.5.0")
WARNS = Verdict(status=Status.WARNS, findings=(only("deprecation"),), pattern=".....")


def known(*runs: tuple[Environment, Mapping[str, Verdict]]) -> Outcomes:
    return Outcomes(Results(runs=tuple(run_of(found, where) for where, found in runs)))


def cures(*runs: tuple[Environment, Mapping[str, Verdict]], cell: str = CELL, most: int = 3) -> tuple[Cure, ...]:
    return find_cures(known(*runs), CATALOGUE, CATALOGUE.parse(cell), HERE.digest, most)


def test_the_fewest_changes_come_first_and_are_named() -> None:
    first, *_ = cures((HERE, {CELL: MASKED, NARROW: CLEAN, "default/class/sync_fixture/none": CLEAN}))
    assert first.cell == NARROW
    assert first.changes == (Change(axis="fixture_scope", before="session", after="function"),)
    assert (first.status, first.label, first.environment) == (Status.CLEAN, "clean", HERE.id)
    assert (first.releases, first.systems) == (("1.5.0",), ("linux-x86_64",))
    assert first.run


def test_of_cures_as_near_the_one_that_is_clean_on_more_releases_comes_first() -> None:
    here = {CELL: MASKED, NARROW: CLEAN, ONE_LOOP: CLEAN}
    assert [one.cell for one in cures((HERE, here))] == [ONE_LOOP, NARROW]  # a setting is the easier change
    older = (environment("0.26.0"), {CELL: MASKED, NARROW: CLEAN, ONE_LOOP: DIFFERENT})
    assert [one.cell for one in cures((HERE, here), older)] == [NARROW, ONE_LOOP]


def test_a_cure_that_gives_up_what_the_suite_does_comes_after_one_that_does_not() -> None:
    here = {CELL: MASKED, NO_CLEANUP: CLEAN, f"{CELL}@workload=gather": CLEAN, NARROW: CLEAN}
    older = (environment("0.26.0"), here | {NARROW: DIFFERENT})
    assert next(one.cell for one in cures((HERE, here), older)) == NARROW


def test_another_runner_comes_after_two_changes_of_the_suite_and_beside_a_nearer_cure_is_none() -> None:
    anyio = f"{CELL}@runner=anyio"
    assert [one.cell for one in cures((HERE, {CELL: MASKED, anyio: CLEAN, BOTH: CLEAN}))] == [BOTH, anyio]
    assert [one.cell for one in cures((HERE, {CELL: MASKED, anyio: CLEAN, NARROW: CLEAN}))] == [NARROW]
    assert [one.cell for one in cures((HERE, {CELL: MASKED, anyio: CLEAN}))] == [anyio]


def test_clean_comes_before_warns_and_warns_before_leaks_and_a_nearer_one_has_the_last_place() -> None:
    far = "default/function/async_fixture/async_with@asyncio_mode=auto"
    found = cures((HERE, {CELL: MASKED, NARROW: LEAKS, far: CLEAN, ONE_LOOP: WARNS}))
    assert [(one.cell, one.status) for one in found] == [
        (far, Status.CLEAN),
        (ONE_LOOP, Status.WARNS),
        (NARROW, Status.LEAKS),
    ]
    assert [one.cell for one in cures((HERE, {CELL: MASKED, NARROW: LEAKS, far: CLEAN, ONE_LOOP: WARNS}), most=2)] == [
        far,
        ONE_LOOP,
    ]


def test_a_cure_with_all_changes_of_another_is_none() -> None:
    assert [one.cell for one in cures((HERE, {CELL: MASKED, NARROW: CLEAN, BOTH: CLEAN}))] == [NARROW]


def test_of_cures_that_lead_to_the_same_code_one_is_named() -> None:
    both = {CELL: MASKED, ONE_LOOP: CLEAN, f"{CELL}@loop_scope=fixture": CLEAN}
    assert len(cures((HERE, both))) == 1


def test_what_is_only_better_is_a_cure_of_what_leaks() -> None:
    here = {CELL: LEAKS, NARROW: WARNS, ONE_LOOP: LEAKS}
    assert [one.cell for one in cures((HERE, here))] == [NARROW]


@pytest.mark.parametrize("shown", [CLEAN, REMOVED])
def test_what_is_clean_or_cannot_be_expressed_has_no_cure(shown: Verdict) -> None:
    assert cures((HERE, {CELL: shown, NARROW: CLEAN})) == ()


def test_a_cell_that_was_not_measured_has_the_cures_of_one_that_fails() -> None:
    assert [one.cell for one in cures((HERE, {NARROW: CLEAN}))] == [NARROW]


def test_another_version_is_a_change_and_the_nearest_is_named() -> None:
    older = [(environment(plugin), {CELL: CLEAN}) for plugin in ("0.17.2", "0.26.0", "1.4.1")]
    (cure,) = cures((HERE, {CELL: MASKED}), *older)
    assert cure.changes == (Change(axis="pytest-asyncio", before="1.5.0", after="1.4.1"),)
    assert cure.environment == environment("1.4.1").id
    assert find_version_cures(known((HERE, {CELL: MASKED}), *older), CATALOGUE, CATALOGUE.parse(CELL), HERE.digest) == (
        cure,
    )


def test_other_systems_and_clients_are_no_versions() -> None:
    mac = msgspec.structs.replace(environment("1.4.1"), platform="darwin-arm64")
    redis = msgspec.structs.replace(environment("1.4.1"), client="redis")
    assert list_version_changes(HERE, mac) == list_version_changes(HERE, redis) == ()
    assert [one.axis for one in list_version_changes(HERE, environment("1.4.1", "3.12.0"))] == [
        "python",
        "pytest-asyncio",
    ]


def test_a_pytest_that_was_asked_for_is_a_version_and_one_that_follows_from_the_day_is_not() -> None:
    followed = environment("1.4.1", pytest="8.0.0")
    pinned = msgspec.structs.replace(followed, id=f"{followed.id}/pytest-8.0.0")
    assert [one.axis for one in list_version_changes(HERE, followed)] == ["pytest-asyncio"]
    assert [one.axis for one in list_version_changes(HERE, pinned)] == ["pytest-asyncio", "pytest"]


def test_cells_that_are_known_to_be_unstable_are_no_cures() -> None:
    unstable = "default/session/shared_pool/flush_around@workload=gather"
    cell = "default/session/shared_pool/flush_around@workload=pubsub"
    assert cures((HERE, {cell: MASKED, unstable: CLEAN}), cell=cell) == ()


def test_changes_are_put_into_words() -> None:
    scope = Change(axis="fixture_scope", before="session", after="function")
    version = Change(axis="pytest-asyncio", before="1.5.0", after="1.4.1")
    said = describe_change(CATALOGUE, scope, "default/function/async_fixture/aclose")
    assert said == "fixture_scope session → function: a client fixture for each test"
    in_case = describe_change(CATALOGUE, scope, "default/function/async_fixture/aclose@runner=unittest")
    assert in_case == "fixture_scope session → function: a client setup for each test"
    assert describe_change(CATALOGUE, version, CELL) == "pytest-asyncio 1.5.0 → 1.4.1"


@cache
def baseline() -> Outcomes:
    return Outcomes.read(Path("no such folder"), find_baseline())


def newest() -> str:
    name = "linux-x86_64/cpython-3.13/pytest-asyncio-1.5.0/valkey-6.2.0"
    return next(key for key, one in baseline().environments.items() if one.id == name)


def test_in_the_baseline_half_of_what_reproduces_is_one_change_from_clean_and_nearly_all_two() -> None:
    cells = baseline().list_cells(newest(), Status.REPRODUCES)[::20]
    found = [find_cures(baseline(), CATALOGUE, CATALOGUE.parse(cell), newest(), 1) for cell in cells]
    clean = [len(first.changes) for first, *_ in filter(None, found) if first.status is Status.CLEAN]
    assert 0.4 < clean.count(1) / len(cells) < 0.56
    assert (clean.count(1) + clean.count(2)) / len(cells) > 0.85
    assert max(clean) <= FARTHEST


def test_every_cure_in_the_baseline_is_what_was_measured_there() -> None:
    for cell in baseline().list_cells(newest(), Status.REPRODUCES)[::200]:
        for cure in find_cures(baseline(), CATALOGUE, CATALOGUE.parse(cell), newest()):
            (key,) = [key for key, one in baseline().environments.items() if one.id == cure.environment]
            verdict = baseline().verdict(cure.cell, key)
            assert verdict is not None
            assert verdict.status is cure.status
            values = CATALOGUE.values(CATALOGUE.parse(cell))
            changed = values | {one.axis: one.after for one in cure.changes if one.axis in values}
            assert CATALOGUE.cell(changed).id == cure.cell


def test_about_sixty_cells_are_one_change_away() -> None:
    neighbours = list_neighbours(CATALOGUE, CATALOGUE.parse(CELL))
    assert 50 < len(neighbours) < 80
    assert len(set(neighbours)) == len(neighbours)
