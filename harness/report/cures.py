"""The nearest cures of cells that aren't clean, and how their files differ."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from harness.knowledge.cures import find_habit_cures, is_curable
from harness.report.model import Cures, PageFileChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.catalogue.catalogue import Catalogue
    from harness.knowledge.outcomes import Outcomes
    from harness.report.measured import Measured
    from harness.report.model import Suites

MOST = 3
"""Cures of one cell."""

LARGEST = 5_000
"""Cells whose cures are looked for: the page's size and the time that it takes grow with them."""

FileChanges = dict[tuple[int, int], PageFileChange]  # by the numbers of the files


def find_page_cures(measured: Measured, outcomes: Outcomes, catalogue: Catalogue, suites: Suites) -> Cures:
    """The cures in the newest environment and in those of one's own runs, until there are too many."""
    numbers = {cell: number for number, cell in enumerate(measured.cells)}
    found: dict[int, dict[int, tuple[int, ...]]] = {}
    changes: FileChanges = {}
    left = LARGEST
    for place in choose_places(measured):
        key = measured.environments[place].digest
        for text in list_curable(outcomes, key)[:left]:
            left -= 1
            cell = catalogue.find(text)
            near = find_habit_cures(outcomes, catalogue, cell, key, MOST) if cell else ()
            cures = tuple(numbers[cure.cell] for cure in near)
            if cures:
                found.setdefault(place, {})[numbers[text]] = cures
                for cure in cures:
                    add_changes(changes, suites, numbers[text], cure)
    return Cures(changes=tuple(changes.values()), cures=found)


def choose_places(measured: Measured) -> list[int]:
    """The environments whose cells are cured: the newest of the main Python, then one's own, the newest first."""
    main = [place for place, column in enumerate(measured.columns) if column.main]
    return list(dict.fromkeys([*sorted(main, key=measured.rank_release)[-1:], *sorted(measured.own, reverse=True)]))


def list_curable(outcomes: Outcomes, key: str) -> list[str]:
    """The cells that aren't clean in an environment, though they ran."""
    return sorted(cell for cell, one in outcomes.outcomes(key).items() if is_curable(one.verdict.status))


def add_changes(changes: FileChanges, suites: Suites, before: int, after: int) -> None:
    """Each two files that differ between the suites of two cells."""
    one, other = _index_files(suites, before), _index_files(suites, after)
    for path in dict.fromkeys((*one, *other)):
        pair = one.get(path, -1), other.get(path, -1)
        if pair[0] != pair[1] and pair not in changes:
            changes[pair] = PageFileChange(
                *pair, tuple(_find_blocks(*(_read_lines(suites, number) for number in pair)))
            )


def _index_files(suites: Suites, cell: int) -> Mapping[str, int]:
    return {suites.files[number].path: number for number in suites.suites.get(cell, ())}


def _read_lines(suites: Suites, number: int) -> tuple[int, ...]:
    return suites.files[number].lines if number >= 0 else ()


def _find_blocks(before: tuple[int, ...], after: tuple[int, ...]) -> Iterator[int]:
    """Where lines differ: begin and end before, begin and end after, and so on."""
    blocks: Iterable[tuple[str, int, int, int, int]] = SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes()
    for tag, *places in blocks:
        if tag != "equal":
            yield from places
