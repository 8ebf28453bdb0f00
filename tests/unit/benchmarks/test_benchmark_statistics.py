"""Medians, quartiles, ratios, and what is compared with the goals."""

from __future__ import annotations

import msgspec
import pytest

from benchmarks.goals import judge_goals
from benchmarks.model import Spread
from benchmarks.spread import ALL, FAILING, PASSING, find_ratios, find_spread
from tests.unit.benchmarks.made_up_benchmark import (
    FAILS,
    benchmark,
    bisect_measured,
    cells_measured,
    compares_measured,
    runs_measured,
    series,
)


def test_a_spread_has_the_median_and_the_quartiles_of_the_measurements() -> None:
    assert find_spread([5.0, 1.0, 2.0, 3.0, 4.0]) == Spread(median=3.0, low=2.0, high=4.0, least=1.0, most=5.0)


def test_a_single_measurement_has_no_spread() -> None:
    assert find_spread([2.0]) == Spread(median=2.0, low=2.0, high=2.0, least=2.0, most=2.0)


def test_a_ratio_is_taken_round_by_round() -> None:
    plain = series("a", "plain", [1.0, 2.0, 30.0])
    fork = series("a", "fork", [0.1, 0.1, 0.5])
    (of_cell, *_) = find_ratios([plain, fork])
    assert (of_cell.times.least, of_cell.times.median, of_cell.times.most) == (10.0, 20.0, 60.0)


def test_cells_that_pass_and_cells_that_fail_have_a_ratio_of_their_own_and_all_have_one() -> None:
    found = {
        ratio.group: (ratio.cells, ratio.times.median)
        for ratio in find_ratios(
            [
                series("a", "plain", [1.0, 1.0]),
                series("a", "fork", [0.1, 0.1]),
                series("b", "plain", [3.0, 3.0], FAILS),
                series("b", "fork", [0.1, 0.1], FAILS),
            ]
        )
    }
    assert found == {"a": (1, 10.0), "b": (1, 30.0), PASSING: (1, 10.0), FAILING: (1, 30.0), ALL: (2, 20.0)}


def test_each_environment_is_compared_with_itself() -> None:
    here = [series("a", "plain", [1.0]), series("a", "fork", [0.1])]
    there = [msgspec.structs.replace(one, environment="there", samples=one.samples * 2) for one in here]
    assert [ratio.environment for ratio in find_ratios(here + there) if ratio.group == ALL] == [
        here[0].environment,
        "there",
    ]


def test_a_contender_with_fewer_rounds_can_not_be_compared() -> None:
    with pytest.raises(ValueError, match="shorter"):
        find_ratios([series("a", "plain", [1.0, 1.0]), series("a", "fork", [0.1])])


def test_the_goals_are_met_from_their_figure_on() -> None:
    met = benchmark(cells=cells_measured(fork=0.4 / 17.5), runs=runs_measured(cold=79.5, again=(0.5, 0.9, 10.0)))
    assert [(goal.goal, goal.met) for goal in judge_goals(met)] == [
        *((9.5, True), (17.0, True)),
        *((80.0, True), (0.005, False), (1.0, True), (15.0, True)),
    ]
    missed = benchmark(cells=cells_measured(fork=0.4 / 9.4), runs=runs_measured(cold=80.5, again=(1.1,), column=15.5))
    assert not any(goal.met for goal in judge_goals(missed))


def test_a_run_that_was_narrowed_is_compared_with_no_goal() -> None:
    assert list(judge_goals(benchmark(runs=runs_measured(arguments="--cell a")))) == []


def test_a_comparison_is_compared_with_the_median_of_its_cpu_and_the_most_memory() -> None:
    assert [goal.met for goal in judge_goals(benchmark(compares=compares_measured()))] == [True, True]
    missed = compares_measured(cpu=(4.0, 5.1, 6.0), peak=501_000_000)
    assert [goal.met for goal in judge_goals(benchmark(compares=missed))] == [False, False]


def test_a_bisection_is_compared_with_its_wall_time_unless_it_was_narrowed() -> None:
    assert [goal.met for goal in judge_goals(benchmark(bisect=bisect_measured()))] == [True]
    assert [goal.met for goal in judge_goals(benchmark(bisect=bisect_measured(wall=20.1)))] == [False]
    assert list(judge_goals(benchmark(bisect=bisect_measured(arguments="--cell a")))) == []
