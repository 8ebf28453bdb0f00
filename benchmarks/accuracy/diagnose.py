"""`diagnose`: cells that are read from their own suites, and what a person reads in suites that others wrote."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.accuracy.model import Figure
from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profile
from harness.catalogue.target import Target
from harness.habits.axes import find_combinations
from harness.habits.cases import DECORATOR as CASE
from harness.habits.reading import read_habits
from harness.suites.folder import read_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.habits.model import Habits

ROOT = Path(__file__).parents[2]
EXPECTATIONS = Path(__file__).with_name("habits.toml")
FOLDERS = {"reported": ROOT / "scenarios" / "reported", "shapes": ROOT / "benchmarks" / "corpus" / "shapes"}
RELEASES = ("1.5.0", "0.23.8", "0.21.2")
"""Of pytest-asyncio: suites are written in another way for each."""

KINDS = ("fixtures", "tests", "clients", "closings", "calls", "settings", "cells")
GOAL = 0.95
"""Of what a person reads. Cells of the catalogue are to be right always."""

_OF_THE_CELL = re.compile(r'^"""Cell .*?"""$', re.MULTILINE)

Facts = Counter[str]


def measure() -> tuple[Figure, ...]:
    """All figures."""
    catalogue = load_catalogue()
    cells = list_profile_cells(catalogue, load_profile("standard"))
    return (*(measure_cells(catalogue, cells, release) for release in RELEASES), *measure_suites())


def measure_cells(catalogue: Catalogue, cells: Iterable[Cell], release: str) -> Figure:
    """Cells whose suites, written for a release, are read as the cell itself, or as one with the very same suite."""
    target = make_target(release)
    wrong, number, same = [], 0, 0
    for cell in cells:
        if catalogue.not_applicable(cell, target) is not None:
            continue
        number += 1
        found = read_cells(catalogue, catalogue.suite(cell, target))
        if found != {cell.id}:
            if len(found) == 1 and are_alike(catalogue, (cell.id, *found), target):
                same += 1
            else:
                wrong.append(f"{cell} is read as {', '.join(sorted(found)) or 'nothing'}")
    name = f"cells read from their suites for pytest-asyncio {release} ({same} as another one with the same suite)"
    return Figure(name=name, right=number - len(wrong), of=number, wrong=tuple(wrong))


def make_target(release: str) -> Target:
    """An environment with everything that a cell may need."""
    versions = {"python": "3.13.0", "pytest": "8.4.2", "pytest-asyncio": release, "valkey": "6.2.0"}
    versions |= {"uvloop": "0.22.1", "anyio": "4.12.0", "pytest-xdist": "3.8.0"}
    return Target(platform="linux", client="valkey", versions=versions)


def read_cells(catalogue: Catalogue, files: Mapping[str, str]) -> set[str]:
    """The cells that a suite's combinations are; one that isn't quite a cell's is none."""
    found = find_combinations(read_habits({path: text.encode() for path, text in files.items()}))
    return {f"{'~' if one.departures else ''}{catalogue.cell(one.values)}" for one in found}


def are_alike(catalogue: Catalogue, names: Iterable[str], target: Target) -> bool:
    """Whether two cells have the same suite there, but for their name in it."""
    cells = [catalogue.find(name) for name in names]
    suites = [catalogue.suite(cell, target) for cell in cells if cell and not catalogue.not_applicable(cell, target)]
    texts = [{path: _OF_THE_CELL.sub("", text) for path, text in suite.items()} for suite in suites]
    return len(texts) == len(cells) and texts[0] == texts[1]


def measure_suites() -> Iterator[Figure]:
    """For each kind of habit, how much of what is read is right, and how much of what there is is read."""
    expected, read = load_expectations(), {}
    for suite in expected:
        part, _, name = suite.partition("/")
        read[suite] = list_facts(read_habits(read_folder(FOLDERS[part] / name)))
    for kind in KINDS:
        missing, extra, right = [], [], 0
        for suite, facts in expected.items():
            wanted, found = Counter(facts.get(kind, ())), read[suite][kind]
            right += (wanted & found).total()
            missing += [f"{suite}: {one} is not read" for one in (wanted - found).elements()]
            extra += [f"{suite}: {one} is read" for one in (found - wanted).elements()]
        yield Figure(
            name=f"{kind}: read ones that are right", right=right, of=right + len(extra), goal=GOAL, wrong=tuple(extra)
        )
        yield Figure(
            name=f"{kind}: those there are that are read",
            right=right,
            of=right + len(missing),
            goal=GOAL,
            wrong=tuple(missing),
        )


def load_expectations() -> dict[str, dict[str, list[str]]]:
    """What a person reads, by suite."""
    return tomllib.loads(EXPECTATIONS.read_text(encoding="utf-8"))


def list_facts(habits: Habits) -> dict[str, Facts]:
    """What was read, as the expectations are written."""
    catalogue = load_catalogue()
    tests = Counter("async" if one.is_async else "sync" for one in habits.tests)
    scopes = Counter(one.loop_scope for one in habits.tests if one.loop_scope)
    return {
        "fixtures": Counter(
            " ".join(
                filter(
                    None,
                    [
                        f"{one.name}:",
                        "async" if one.is_async else "sync",
                        one.scope or "function",
                        one.loop_scope or "",
                        "plain" if one.is_async and one.decorator == "pytest.fixture" else "",
                    ],
                )
            )
            for one in habits.fixtures
            if one.decorator != CASE
        ),
        "tests": Counter(
            [*(f"{number} {name}" for name, number in tests.items()), *(f"{name}: {n}" for name, n in scopes.items())]
        ),
        "clients": Counter(f"{one.library} {one.where} {one.owner or one.name}" for one in habits.clients),
        "closings": Counter(
            f"{one.owner}: {one.how}" + ("" if one.driven_by == "await" else f" {one.driven_by}")
            for one in habits.closings
        ),
        "calls": Counter(f"{one.what} in {one.owner}" for one in habits.calls if one.what != "get_running_loop"),
        "settings": Counter(f"{one.name}={one.value}" for one in habits.settings),
        "cells": Counter(
            f"{'~' if one.departures else ''}{catalogue.cell(one.values)}" for one in find_combinations(habits)
        ),
    }
