"""The page's script groups what changed as `compare` does: the same kinds, numbers and causes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from harness.catalogue.loading import find_values, load_catalogue
from harness.compare.comparing import Comparer, select_measured
from harness.compare.model import SetAside
from harness.compare.pairing import make_pair
from harness.compare.sides import ResultsPlace
from harness.knowledge.outcomes import rank
from harness.report.data import make_page_data
from harness.report.measured import select_measured_outcomes
from harness.store.reading import read_results
from harness.verdicts.signatures import load_categories
from tests.unit.report.page_script import needs_node, run_script

if TYPE_CHECKING:
    from harness.compare.model import CellChange, Comparison, Group, Pair
    from harness.report.model import PageData
    from harness.store.model import Results, Run

BASELINE = Path(__file__).parents[3] / "results" / "baseline"
LINUX = "linux-x86_64_"
PAIRS = [
    ("cpython-3.13_pytest-asyncio-0.21.2_valkey-6.2.0", "cpython-3.13_pytest-asyncio-0.23.2_valkey-6.2.0"),
    ("cpython-3.13_pytest-asyncio-1.5.0_valkey-6.2.0", "cpython-3.13_pytest-asyncio-0.17.2_valkey-6.2.0"),
    ("cpython-3.13_pytest-asyncio-1.5.0_valkey-6.0.2", "cpython-3.13_pytest-asyncio-1.5.0_valkey-6.2.0"),
    ("cpython-3.10_pytest-asyncio-1.5.0_valkey-6.1.1", "cpython-3.13_pytest-asyncio-1.5.0_valkey-6.2.0"),
    ("cpython-3.8_pytest-asyncio-0.21.2_valkey-6.1.0", "cpython-3.13_pytest-asyncio-0.21.2_valkey-6.2.0"),
]
DRIVER = """
import { Model } from "./model.js";
import { compareEnvironments } from "./compare/changes.js";

const model = new Model(given.data);
const aside = (cell) => given.every > 0 && cell % given.every === 0;
const found = given.pairs.map(([before, after]) => compareEnvironments(model, before, after, { aside }));
const groups = ({ groups }) => groups.map(({ members, ...group }) => group);
console.log(JSON.stringify(found.map((one) => ({ ...one, counts: [...one.counts], groups: groups(one) }))));
"""


def read(pairs: list[tuple[str, str]]) -> Results:
    names = sorted({name for pair in pairs for name in pair})
    return read_results(*(BASELINE / f"{LINUX}{name}.jsonl.gz" for name in names))


def find_places(data: PageData, pairs: list[tuple[str, str]]) -> list[tuple[int, int]]:
    places = {one.id.replace("/", "_"): place for place, one in enumerate(data.environments)}
    return [(places[LINUX + before], places[LINUX + after]) for before, after in pairs]


def compare_by_command(
    results: Results, data: PageData, pairs: list[tuple[int, int]], every: int
) -> list[tuple[dict[str, Any], tuple[Group, ...]]]:
    """Counts and groups of each pair, as `compare` has them, without every so manieth of the cells that changed."""
    measured = select_measured(results, ResultsPlace(BASELINE))
    known = {one.id: one for one in measured.environments}
    numbers = {cell: number for number, cell in enumerate(data.cells)}

    def find_aside(_: Pair, change: CellChange) -> SetAside | None:
        return SetAside(change=change, what="unstable") if every and numbers[change.cell] % every == 0 else None

    found = []
    for before, after in pairs:
        sides = known[data.environments[before].id], known[data.environments[after].id]
        pair = make_pair(*sides, asked=frozenset())
        comparison = Comparer(load_categories(), find_values).compare_pairs(
            [pair], (measured, measured), ("before", "after"), find_aside
        )
        found.append((summarize(comparison), comparison.groups))
    return found


def summarize(comparison: Comparison) -> dict[str, Any]:
    (only,) = comparison.pairs
    return {
        "counts": {kind.value: number for kind, number in only.counts},
        "onlyBefore": only.only_before,
        "onlyAfter": only.only_after,
        "putAside": len(only.aside),
    }


def describe_group(group: Group, data: PageData) -> dict[str, Any]:
    numbers = {cell: number for number, cell in enumerate(data.cells)}
    return {
        "label": group.label,
        "common": [list(each) for each in group.common],
        "kind": group.category.value,
        "kinds": [[kind.value, number] for kind, number in group.categories],
        "opposite": [list(each) for each in group.opposite],
        "cells": [numbers[cell] for cell in group.cells],
    }


def expect_the_same(folder: Path, results: Results, pairs: list[tuple[str, str]], every: int = 0) -> Counter[str]:
    """What kinds of changes were met."""
    data = make_page_data(select_measured_outcomes(results), load_catalogue(), title="", sources="")
    places = find_places(data, pairs)
    drawn = run_script(folder, DRIVER, {"data": data, "pairs": places, "every": every})
    met: Counter[str] = Counter()
    for (summary, groups), page in zip(compare_by_command(results, data, places, every), drawn, strict=True):
        assert {key: page[key] for key in ("onlyBefore", "onlyAfter", "putAside")} | {
            "counts": dict(page["counts"])
        } == summary
        assert page["groups"] == [describe_group(group, data) for group in groups]
        met.update(summary["counts"])
    return met


@needs_node
def test_it_finds_the_changes_and_causes_that_compare_finds_in_the_baseline(tmp_path: Path) -> None:
    met = expect_the_same(tmp_path, read(PAIRS), PAIRS)
    for kind in ("appeared", "disappeared", "other error", "became expressible", "became not expressible"):
        assert met[kind], f"this kind of change isn't among these pairs any more: {kind}"


@needs_node
def test_changes_that_are_put_aside_count_nowhere(tmp_path: Path) -> None:
    expect_the_same(tmp_path, read(PAIRS[:1]), PAIRS[:1], every=3)


@needs_node
def test_cells_that_were_run_several_times_are_judged_alike(tmp_path: Path) -> None:
    """Samples of the second release stand in for repeated runs on the first that differ."""
    results = read(PAIRS[:1])
    later, earlier = sorted(results.runs, key=lambda run: run.header.environment_id)[::-1]
    repeated = replace(results, runs=(later, repeat(earlier, later)))
    assert expect_the_same(tmp_path, repeated, PAIRS[:1])["unstable"]


def repeat(run: Run, other: Run) -> Run:
    """The run with second samples of some cells, which are what the other one shows.

    None is worse than the first: the page lists a cell's samples so, and ties are in the order of the samples.
    """
    verdicts = {outcome.cell: outcome.verdict for outcome in other.outcomes}
    second = tuple(
        replace(outcome, sample=1, verdict=verdicts[outcome.cell])
        for outcome in run.outcomes[::5]
        if rank(verdicts[outcome.cell].status) < rank(outcome.verdict.status)
    )
    return replace(run, outcomes=(*run.outcomes, *second))
