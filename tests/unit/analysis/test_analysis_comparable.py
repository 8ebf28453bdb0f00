"""Numbers of several environments: adding an environment to a run changes no number of the others."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.analysis.clean_by_value import make_clean_table
from harness.analysis.errors_by_environment import make_errors_table
from harness.analysis.grid import Grid
from harness.analysis.screen import make_first_screen
from harness.analysis.summary import make_environments_table
from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profile
from harness.explain.occurrences import Occurrences
from harness.knowledge.claims import load_claims
from harness.knowledge.effects import measure_effects
from harness.knowledge.outcomes import Outcomes
from harness.output.table import as_data
from harness.paths import HARNESS
from harness.store.model import Results, Run
from harness.store.reading import read_results
from harness.verdicts.signatures import load_categories, load_signatures

if TYPE_CHECKING:
    from harness.output.table import Table

CATALOGUE = load_catalogue()
BASELINE = sorted((HARNESS.parent / "results" / "baseline").glob("*.jsonl.gz"))
PLACES = range(0, len(BASELINE), 4)
PROFILES = ("smoke", "quick")
WIDE = 10_000  # columns of a terminal, and cells: more than there are

Part = tuple[int, str, int]  # which file, which profile ran there, and how much of it before it was interrupted
Numbers = dict[tuple[str, ...], str]
PARTS = st.tuples(st.sampled_from(PLACES), st.sampled_from(PROFILES), st.sampled_from((1, 60, WIDE)))


@cache
def read(place: int, profile: str, most: int) -> tuple[Run, ...]:
    """What an environment of the baseline would have shown in a run of the profile."""
    cells = [cell.id for cell in list_profile_cells(CATALOGUE, load_profile(profile))][:most]
    return tuple(
        msgspec.structs.replace(run, outcomes=tuple(one for one in run.outcomes if one.cell in cells))
        for run in read_whole(place)
    )


@cache
def read_whole(place: int) -> tuple[Run, ...]:
    return read_results(BASELINE[place], lean=True).runs


def number(parts: tuple[Part, ...]) -> Numbers:
    """Each number of each table, by the table, the row and the environment."""
    results = Results(runs=tuple(run for part in parts for run in read(*part)))
    grid = Grid(results, load_categories())
    screen = make_first_screen(results, grid, habits=(), width=WIDE)
    found: Numbers = {}
    for table in (
        make_environments_table(results, grid),
        make_clean_table(grid, CATALOGUE.defaults),
        *filter(None, [make_errors_table(grid)]),
    ):
        found |= list_numbers(table, grid)
    for table in screen:
        if table.name == "errors":
            found |= list_numbers(msgspec.structs.replace(table, name="screen"), grid)
    return found


def list_numbers(table: Table, grid: Grid) -> Numbers:
    keys = len(table.headers) - len(grid.columns)
    found: Numbers = {}
    for row in as_data(table)["rows"]:
        if table.name == "environments":
            digest = next(one.environment.digest for one in grid.columns if one.short == row["texts"][0])
            named = zip(table.headers, row["texts"], strict=True)
            found |= {(table.name, name, digest): text for name, text in named if name not in {"environment", "valkey"}}
            continue
        for column, text in zip(grid.columns, row["texts"][keys:], strict=True):
            found[table.name, row.get("group", ""), row["texts"][0], column.environment.digest] = text
    return found


def number_knowledge(parts: tuple[Part, ...]) -> dict[tuple[str, str], object]:
    """What `explain` and `advice` count of each signature and each change of habit, by the environment."""
    outcomes = Outcomes(Results(runs=tuple(run for part in parts for run in read(*part))))
    occurrences = Occurrences(outcomes)
    found: dict[tuple[str, str], object] = {
        (signature.name, one.environment.digest): (one.cells, one.of, one.further, one.further_of)
        for signature in load_signatures()
        for one in occurrences.find(signature.name)
    }
    claims = [claim for claim in load_claims() if claim.changes]
    for effects in measure_effects(outcomes, claims, CATALOGUE):
        found |= {(effects.claim.name, one.keys[0]): one.counts for one in (*effects.effects, *effects.others)}
    return found


SEVERAL = st.lists(PARTS, min_size=2, max_size=5, unique_by=lambda part: part[0]).map(tuple)
"""Parts of a run: all but the last, and then with it."""


@settings(max_examples=30)
@given(SEVERAL)
def test_another_environment_changes_no_number_of_those_that_were_there(parts: tuple[Part, ...]) -> None:
    alone, together = number(parts[:-1]), number(parts)
    assert alone
    for key, text in alone.items():
        shown = together.get(key)
        # The screen shows the most frequent errors only, and other environments may meet others more often.
        assert shown == text or (key[0] == "screen" and shown is None), key


@settings(max_examples=15)
@given(SEVERAL)
def test_another_environment_changes_no_count_of_a_signature_or_of_advice(parts: tuple[Part, ...]) -> None:
    alone, together = number_knowledge(parts[:-1]), number_knowledge(parts)
    assume(alone)  # the first cells of a profile may all need a certain version
    assert alone.items() <= together.items()


def list_alike() -> tuple[Part, ...]:
    """The environments of which the baseline has most cells."""
    sizes = {place: sum(len(run.outcomes) for run in read_whole(place)) for place in range(len(BASELINE))}
    return tuple((place, "quick", WIDE) for place, size in sizes.items() if size == max(sizes.values()))


def test_the_same_cells_give_equal_numbers_of_cells_on_all_releases_and_pythons() -> None:
    found = number(list_alike())
    could_run = {text for key, text in found.items() if key[:3] == ("errors", "cells", "could run")}
    assert len({key[3] for key in found if key[0] == "errors"}) >= 6
    assert len(could_run) == 1


def test_a_share_of_the_default_loops_is_over_one_set_however_many_releases_ran() -> None:
    shares = [text for key, text in number(list_alike()).items() if key[:3] == ("clean", "loop_policy", "default")]
    assert len(shares) == len(list_alike())
    assert len({text.split()[0].partition("/")[2] for text in shares}) == 1
