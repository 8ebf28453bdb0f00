"""Dividing a plan: every cell once, no shard empty, the same everywhere, and as equal as it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.catalogue.loading import load_catalogue
from harness.cli.options import MatrixOptions
from harness.environments.model import EnvironmentRequest, Interpreter
from harness.environments.releases import load_releases
from harness.errors import UsageError
from harness.planning.cells import plan_cells
from harness.planning.costs import Costs, Estimator, load_costs
from harness.planning.plan import Plan, plan_run
from harness.planning.shard import Shard
from harness.planning.sharding import divide, find_longest, sum_seconds, take_shard
from harness.suites.subject import Subject
from harness.suites.suite import make_suite

if TYPE_CHECKING:
    from harness.catalogue.cell import Cell
    from harness.planning.sharding import Shares

CATALOGUE = load_catalogue()
RELEASES = load_releases()
RECORDED = Estimator(costs=load_costs(), catalogue=CATALOGUE, releases=RELEASES)
CELLS = tuple(
    CATALOGUE.parse(f"default/{scope}/async_fixture/{cleanup}")
    for scope in ("function", "module", "session")
    for cleanup in ("aclose", "close", "none", "body_end")
)
SUITES = (make_suite("suite:one", {}), make_suite("suite:two", {}))
PLUGINS = ("1.5.0", "1.4.1", "1.3.0", "1.2.0", "1.1.0", "1.0.0", "0.26.0", "0.25.3", "0.24.0", "0.23.8", "0.21.2")


def planned(profile: str, *pythons: str) -> Plan:
    options = MatrixOptions(profile=profile)
    interpreters = [Interpreter(version=f"{python}.1", executable=python) for python in pythons]
    return plan_run(options, plan_cells(options, CATALOGUE), interpreters, RELEASES)


def made_up(sizes: list[int], *, with_suites: bool = False) -> Plan:
    """An environment for each number, with so many cells."""
    requests = [EnvironmentRequest(python="3.13", plugin=plugin) for plugin in PLUGINS[: len(sizes)]]
    further = frozenset(SUITES) if with_suites else frozenset[Subject]()
    return Plan(
        cells=(*CELLS, *SUITES),
        requests=tuple(requests),
        repeat=2,
        profile="quick",
        cells_by_request={request: further.union(CELLS[:size]) for request, size in zip(requests, sizes, strict=True)},
    )


def estimator(environment: float) -> Estimator:
    costs = Costs(
        environment=environment, cell=1.0, process=4.0, suite=5.0, values={"cleanup_style=none": 3.0}, pythons={}
    )
    return Estimator(costs=costs, catalogue=CATALOGUE, releases=RELEASES)


def units(plan: Plan) -> list[tuple[EnvironmentRequest, Cell | Subject]]:
    return [(request, cell) for request in plan.requests for cell in plan.cells_in(request)]


def taken(shards: tuple[Shares, ...]) -> list[tuple[EnvironmentRequest, Cell | Subject]]:
    return [(share.request, cell) for shares in shards for share in shares for cell in share.cells]


@given(
    sizes=st.lists(st.integers(1, len(CELLS)), min_size=1, max_size=len(PLUGINS)),
    count=st.integers(1, 12),
    environment=st.sampled_from([0.0, 2.0, 50.0]),
    with_suites=st.booleans(),
)
def test_every_cell_is_in_one_shard_and_no_shard_is_empty(
    sizes: list[int], count: int, environment: float, with_suites: bool
) -> None:
    plan = made_up(sizes, with_suites=with_suites)
    if count > (len(sizes) if with_suites else sum(sizes)):
        with pytest.raises(UsageError, match="nothing to run for some"):
            divide(plan, count, estimator(environment))
        return
    shards = divide(plan, count, estimator(environment))
    assert len(shards) == count
    assert all(shards)
    assert sorted(map(repr, taken(shards))) == sorted(map(repr, units(plan)))
    assert shards == divide(plan, count, estimator(environment))


@given(
    sizes=st.lists(st.integers(1, len(CELLS)), min_size=1, max_size=len(PLUGINS)),
    count=st.integers(1, 6),
    environment=st.sampled_from([0.0, 2.0, 50.0]),
)
def test_the_longest_shard_is_no_more_than_a_cell_and_an_environment_above_the_mean(
    sizes: list[int], count: int, environment: float
) -> None:
    if count > sum(sizes):
        return
    shards = divide(made_up(sizes), count, estimator(environment))
    one_piece = sum_seconds(share for shares in divide(made_up(sizes), 1, estimator(environment)) for share in shares)
    dearest = 2 * 3.0
    assert find_longest(shards) <= 1.05 * (one_piece / count + environment + dearest) + 0.1


def test_suites_of_ones_own_stay_together_with_all_of_their_environment() -> None:
    plan = made_up([12, 12, 12], with_suites=True)
    for shares in divide(plan, 3, estimator(0.0)):
        assert [len(share.cells) for share in shares] == [14]


def test_a_dear_environment_stays_whole_and_a_cheap_one_is_divided() -> None:
    plan = made_up([12, 12, 12])
    assert len(taken(divide(plan, 2, estimator(0.0)))) == 36
    assert sum(map(len, divide(plan, 2, estimator(500.0)))) == 3
    assert sum(map(len, divide(plan, 2, estimator(0.0)))) == 4


def test_a_default_run_is_divided_into_shards_of_nearly_one_length() -> None:
    plan = planned("quick", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
    for count in (2, 4):
        shards = divide(plan, count, RECORDED)
        assert find_longest(shards) * count / sum(map(sum_seconds, shards)) <= 1.1


def test_a_shard_runs_its_part_of_the_plan_and_its_record_fits_the_others() -> None:
    plan = planned("smoke", "3.12", "3.13")
    shards = [take_shard(plan, Shard(number=number, count=3), RECORDED) for number in (1, 2, 3)]
    assert sorted(unit for shard in shards for unit in map(repr, units(shard))) == sorted(map(repr, units(plan)))
    assert all(shard.cells_in(request) for shard in shards for request in shard.requests)
    records = [shard.shard for shard in shards]
    assert [(one.number, one.count, one.environments) for one in records if one] == [
        (number, 3, len(shard.requests)) for number, shard in enumerate(shards, 1)
    ]
    assert len({one.plan for one in records if one}) == 1


def test_shards_of_other_plans_do_not_fit() -> None:
    plans = [planned("smoke", "3.13"), planned("smoke", "3.12"), planned("quick", "3.13")]
    plans.append(msgspec.structs.replace(plans[0], repeat=2))
    digests = {record.plan for plan in plans if (record := take_shard(plan, Shard(number=1, count=2), RECORDED).shard)}
    assert len(digests) == len(plans)


def test_what_cannot_be_expressed_costs_nothing() -> None:
    cells = (CATALOGUE.parse("policy_fixture/function/async_fixture/aclose"), CELLS[0])
    old, new = (EnvironmentRequest(python="3.13", plugin=plugin) for plugin in ("0.21.2", "1.5.0"))
    assert RECORDED.estimate_cells(old, cells)[0] == 0
    assert all(seconds > 0 for seconds in RECORDED.estimate_cells(new, cells))
    assert RECORDED.estimate_cells(old, cells)[1] > 0


def test_a_value_that_sleeps_costs_more_than_one_that_does_not() -> None:
    waits = CATALOGUE.parse("default/function/async_fixture/aclose@workload=idle_block")
    request = EnvironmentRequest(python="3.13", plugin="1.5.0")
    quick, slow = RECORDED.estimate_cells(request, (CELLS[0], waits))
    assert slow > 10 * quick


def test_a_new_process_for_each_cell_costs_more_than_forks() -> None:
    request = EnvironmentRequest(python="3.13", plugin="1.5.0")
    spawning = Estimator(costs=load_costs(), catalogue=CATALOGUE, releases=RELEASES, spawns=True)
    forked, spawned = (one.estimate_cells(request, CELLS[:1])[0] for one in (RECORDED, spawning))
    assert spawned > 3 * forked
