"""The cures in the page are those that commands name, and the diffs lead from one suite to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.loading import find_values, load_catalogue
from harness.catalogue.unstable import find_why_unstable
from harness.knowledge.changes import count_changes, list_changes
from harness.knowledge.code import render_suite
from harness.knowledge.cure_order import choose_cures, make_order, measure_level
from harness.knowledge.cures import FARTHEST, find_habit_cures, make_cure
from harness.knowledge.outcomes import BETTER, rank
from harness.pipeline.cells import make_target
from harness.report.code import SuiteTexts, add_cells
from harness.report.cures import choose_places, find_page_cures, list_curable
from harness.report.making import list_targets
from tests.unit.report.page_data import index_some, measure_some

if TYPE_CHECKING:
    from harness.catalogue.cell import Cell
    from harness.knowledge.model import Cure

CATALOGUE = load_catalogue()
EACH = 7


def find_slowly(cell: Cell, key: str) -> tuple[Cure, ...]:
    """All that is near and better is looked at, not only what is near enough to be wanted."""
    outcomes = index_some()
    values, verdict = CATALOGUE.values(cell), outcomes.verdict(cell.id, key)
    assert verdict
    unstable, target = find_why_unstable(CATALOGUE), make_target(outcomes.environments[key])
    found = [
        make_cure(outcomes, list_changes(values, find_values(other)), other, key)
        for status in BETTER
        if rank(status) < rank(verdict.status)
        for other in outcomes.list_cells(key, status)
        if 0 < count_changes(values, find_values(other)) <= FARTHEST and not unstable(other)
    ]
    return choose_cures(
        sorted(found, key=measure_level),
        make_order(outcomes, CATALOGUE, key),
        3,
        write=lambda cure: render_suite(CATALOGUE, CATALOGUE.parse(cure.cell), target),
    )


def test_nothing_is_missed_by_looking_only_at_what_is_near_enough() -> None:
    key = measure_some().environments[choose_places(measure_some())[0]].digest
    cells = [CATALOGUE.parse(cell) for cell in list_curable(index_some(), key)[::EACH]]
    assert len(cells) > 30
    for cell in cells:
        assert find_habit_cures(index_some(), CATALOGUE, cell, key) == find_slowly(cell, key)


def test_each_cure_of_a_cell_is_there_and_its_diff_leads_to_the_other_suite() -> None:
    measured, outcomes = measure_some(), index_some()
    suites = add_cells(SuiteTexts(), CATALOGUE, measured.cells, list_targets(measured))
    page = find_page_cures(measured, outcomes, CATALOGUE, suites)
    (place,) = choose_places(measured)
    environment = measured.environments[place]
    assert (environment.plugin, environment.python_minor) == ("1.5.0", "3.13")
    changes = {(one.before, one.after): one.blocks for one in page.changes}
    for text in list_curable(outcomes, environment.digest)[::EACH]:
        number = measured.cells.index(text)
        expected = find_habit_cures(outcomes, CATALOGUE, CATALOGUE.parse(text), environment.digest)
        cures = page.cures[place].get(number, ())
        assert [measured.cells[cure] for cure in cures] == [one.cell for one in expected]
        for cure in cures:
            assert apply(suites_of(suites.suites[number], suites), suites_of(suites.suites[cure], suites), changes) == (
                suites_of(suites.suites[cure], suites)
            )


def suites_of(files: tuple[int, ...], suites: object) -> dict[str, tuple[int, tuple[int, ...]]]:
    """Number and lines of each file, by its path."""
    return {suites.files[one].path: (one, suites.files[one].lines) for one in files}  # type: ignore[attr-defined]


def apply(
    before: dict[str, tuple[int, tuple[int, ...]]],
    after: dict[str, tuple[int, tuple[int, ...]]],
    changes: dict[tuple[int, int], tuple[int, ...]],
) -> dict[str, tuple[int, tuple[int, ...]]]:
    """The files after the changes: of each block the new lines, and between them those of before."""
    made = {}
    for path in {*before, *after}:
        one, old = before.get(path, (-1, ()))
        other, new = after.get(path, (-1, ()))
        if one == other:
            made[path] = one, old
        elif other >= 0:
            blocks, lines, at = changes[one, other], [], 0
            for begin, end, new_begin, new_end in zip(*[iter(blocks)] * 4, strict=True):
                lines += [*old[at:begin], *new[new_begin:new_end]]
                at = end
            made[path] = other, (*lines, *old[at:])
        else:
            assert changes[one, other] == (0, len(old), 0, 0)
    return made
