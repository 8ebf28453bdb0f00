"""What came of a run as a short page of Markdown, for a pull request or a job's summary."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.errors_by_environment import count_signatures, find_category, load_by_name
from harness.analysis.grid import RAN, Grid, has_run
from harness.analysis.highlights import name_cells
from harness.analysis.label import ARROW, ERRORS
from harness.analysis.places import count_releases, describe_places
from harness.analysis.screen import choose_word, find_newest_error, make_ran_table
from harness.analysis.suites import make_short_table, select_cells, view_suites
from harness.analysis.summary import list_problems
from harness.analysis.unnamed import find_unnamed
from harness.analysis.unstable import find_unstable
from harness.catalogue.highlights import load_highlights
from harness.catalogue.loading import find_values, load_catalogue
from harness.catalogue.unstable import find_why_unstable
from harness.compare.comparing import Comparer, select_measured
from harness.compare.page import make_causes_section, make_cells_section, make_counts_section, make_pairs_section
from harness.compare.pairing import make_pair
from harness.compare.problems import describe_unread
from harness.compare.sides import ResultsPlace
from harness.evidence.store import EvidenceStore
from harness.invocation import command_line
from harness.output.explained import list_texts, make_explain_line
from harness.output.fitting import COMMENT, Section, escape_prose, fit_lines, make_table_section
from harness.output.table import Table
from harness.output.text import count, first_sentence, one_line
from harness.regress.judging import KNOWN_UNSTABLE, set_aside_unmeasured, set_aside_unstable
from harness.report.choosing import name_place, read_whole
from harness.store.model import Results
from harness.suites.suite import PREFIX, is_suite
from harness.verdicts.model import Status
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.compare.model import CellChange, Comparison, Pair, SetAside
    from harness.report.choosing import Chosen

ROOM = COMMENT // 2
"""Bytes: what else a comment or a summary says has room beside it."""

MOST_ERRORS, MOST_SUITES = 8, 3

_SIGNS = {"clean": "✅", "warns": "⚠️", "leaks": "💧", "fails": "❌", "n/a": "➖", "unstable": "❔"}
_NAMES = {"infrastructure": "not measured", "": "…"}
_ERRORS = frozenset({Status.REPRODUCES, Status.FAILS})
_ID = re.compile(r"[a-z]+(?:-[a-z]+)+")
_REST = f"`{command_line('report', '--csv')}` has all"


def make_page(chosen: Chosen, baseline: Results | None, place: Path) -> str:
    """The answer first, then suites, habits, what differs from the baseline, and errors. At most `ROOM` bytes.

    `place` is where the baseline is.
    """
    comparison = compare(chosen.results, baseline, name_place(place)) if baseline else None
    return fit_lines(list(_make_sections(chosen, comparison)), ROOM)


def compare(results: Results, baseline: Results, place: str) -> Comparison | None:
    """What differs from the baseline in environments of the same name; None where it has none of them."""
    measures = (
        select_measured(baseline, ResultsPlace(Path(place))),
        select_measured(results, ResultsPlace(Path(place))),
    )
    known = {one.id: one for one in measures[0].environments}
    pairs = [make_pair(known[one.id], one, frozenset()) for one in measures[1].environments if one.id in known]
    if not pairs:
        return None
    comparer = Comparer(load_categories(), find_values, headlines=True)
    why_unstable = find_why_unstable(load_catalogue())

    def aside(_pair: Pair, change: CellChange) -> SetAside | None:
        return set_aside_unmeasured(change) or set_aside_unstable(change, why_unstable)

    found = comparer.compare_pairs(pairs, measures, (place, "this run"), aside)
    return found if any(_count_compared(found)) else None


def _count_compared(comparison: Comparison) -> tuple[int, int]:
    """Outcomes that were compared, and that were set aside."""
    counted = sum(number for one in comparison.pairs for _, number in one.counts)
    return counted, sum(len(one.aside) for one in comparison.pairs)


def _make_sections(chosen: Chosen, comparison: Comparison | None) -> Iterator[Section]:
    results = chosen.results
    cells = select_cells(results, lambda cell: not is_suite(cell))
    suites = select_cells(results, is_suite)
    grid = Grid(cells, load_categories())
    yield Section(head=f"### {escape_prose(_conclude(cells, suites, comparison))}\n\n")
    yield _make_facts(chosen, Grid(results, load_categories()), comparison)
    tables = [*_make_suite_tables(suites), *_make_habits_table(grid)]
    errors = _make_errors_table(grid)
    for table in tables:
        yield make_table_section(table, _REST)
    if comparison is not None and comparison.changed:
        yield from _make_changes(comparison)
    if errors is not None:
        yield make_table_section(errors, _REST)
        tables.append(errors)
    if explained := make_explain_line(list_texts(tables), mark="`"):
        yield Section(head=f"\n{explained}\n")


def _conclude(cells: Results, suites: Results, comparison: Comparison | None) -> str:
    """`❌ tests: an error in 2 of 2 runs; cells: an error in 64 of 128 outcomes; nothing differs from the baseline`."""
    failing, tried = _count_errors(suites)
    failed, ran = _count_errors(cells)
    shown = _describe_suites(suites)
    if ran or not shown:
        share = _describe_errors(failed, ran, "outcome")
        shown.append(f"cells: {share}" if shown else share.capitalize())
    changed = comparison.changed if comparison else 0
    if comparison is not None:
        number = f"{changed:,} {'differs' if changed == 1 else 'differ'}" if changed else "nothing differs"
        shown.append(f"{number} from the baseline")
    sign = "❌ " if failing else "⚠️ " if changed else "✅ " if comparison or tried else ""
    return sign + "; ".join(shown)


def _describe_suites(suites: Results) -> list[str]:
    """What each of one's own suites comes to, of many the first ones."""
    names = sorted({one.cell for run in suites.runs for one in run.outcomes})
    counted = {name: _count_errors(select_cells(suites, name.__eq__)) for name in names}
    shown = [
        f"{one_line(name.removeprefix(PREFIX), 60)}: {_describe_errors(failed, ran, 'run')}"
        for name, (failed, ran) in sorted(counted.items(), key=lambda one: -one[1][0])
    ]
    more = [f"{len(shown) - MOST_SUITES:,} more suites"] if len(shown) > MOST_SUITES else []
    return [*shown[:MOST_SUITES], *more]


def _describe_errors(failed: int, ran: int, noun: str) -> str:
    if not ran:
        return "nothing ran"
    return f"an error in {failed:,} of {count(ran, noun)}" if failed else f"no error in {count(ran, noun)}"


def _count_errors(results: Results) -> tuple[int, int]:
    """How many outcomes show an error, and how many ran and were measured."""
    statuses = Counter(one.verdict.status for run in results.runs for one in run.outcomes)
    return sum(statuses[status] for status in _ERRORS), sum(statuses[status] for status in RAN)


def _make_facts(chosen: Chosen, grid: Grid, comparison: Comparison | None) -> Section:
    """A line each: what ran, what was not measured, and what it is compared with."""
    named = _name_files(chosen.results)
    rows = [("results", chosen.sources), *make_ran_table(named, grid, None).rows]
    problems = list_problems(msgspec.structs.replace(named, broken=()))
    rows += [("not measured" if row[0] == "infrastructure" else row[0], row[1]) for row in problems]
    if unstable := find_unstable(grid):
        rows.append(("not stable", count(len(unstable), "cell")))
    if unnamed := find_unnamed(chosen.results):
        rows.append(("no name", f"{count(len(unnamed), 'error')}: {one_line(str(unnamed[0].error.text), 120)}"))
    rows += [("not read", line.removeprefix("Not read: ")) for line in describe_unread(named)]
    if comparison is not None:
        rows.append(("baseline", _describe_comparison(comparison, len(grid.columns))))
    lines = [f"- {f'**{escape_prose(name)}**: ' if name else ''}{escape_prose(text)}\n" for name, text in rows]
    return Section(head="", lines=lines, noun="line", rest=_REST)


def _name_files(results: Results) -> Results:
    """The same for others to read: nothing of where files are on this machine."""
    return msgspec.structs.replace(
        results,
        runs=tuple(
            msgspec.structs.replace(run, file=name_place(Path(run.file)) if run.file else "") for run in results.runs
        ),
        broken=tuple(msgspec.structs.replace(one, file=name_place(Path(one.file))) for one in results.broken),
    )


def _describe_comparison(comparison: Comparison, environments: int) -> str:
    counted, aside = _count_compared(comparison)
    pairs = len(comparison.pairs)
    where = f"{count(pairs, 'environment')}" if pairs == environments else f"{pairs:,} of {environments:,} environments"
    text = f"{comparison.before} has {count(counted + aside, 'outcome')} of the same cells in {where}"
    unstable = sum(one.what == KNOWN_UNSTABLE for pair in comparison.pairs for one in pair.aside)
    return (
        f"{text}; {unstable:,} of cells that are known to be unstable differ and aren't counted" if unstable else text
    )


def _make_changes(comparison: Comparison) -> Iterator[Section]:
    rest = f"`{command_line('compare', '--all')}` has all"
    yield Section(head="\n**What became of the cells of the baseline**\n\n")
    yield make_counts_section(comparison)
    yield make_causes_section(comparison, rest)
    yield make_cells_section(comparison, rest)
    if any(one.pair.drift for one in comparison.pairs):
        yield make_pairs_section(comparison)


def _make_suite_tables(suites: Results) -> Iterator[Table]:
    """One's own suites and rebuilt ones, test by test where there is evidence beside the results."""
    for folder in dict.fromkeys(Path(run.file).parent for run in suites.runs):
        runs = tuple(run for run in suites.runs if Path(run.file).parent == folder)
        whole = Results(runs=tuple(read_whole(Results(runs=runs))))
        yield from map(make_short_table, view_suites(whole, EvidenceStore(folder), load_categories()))


def _make_habits_table(grid: Grid) -> Iterator[Table]:
    title, named = name_cells(grid, load_highlights())
    if named:
        yield Table(
            name="habits",
            title=title,
            headers=("", "what becomes of it", "newest error, leak or warning"),
            rows=tuple(
                (text, _describe_row(grid, cell), _name_errors(find_newest_error(grid, cell)))
                for cell, text in named.items()
            ),
            lead=f"Releases of pytest-asyncio{f', on {common}' if (common := grid.common()) else ''}."
            f"{_describe_gaps(grid)}",
            note=ARROW,
            prose=True,
        )


def _name_errors(text: str) -> str:
    """Signatures by the text that people meet, with the id behind it, as the page has them."""
    signatures = load_by_name()

    def name(match: re.Match[str]) -> str:
        return f"{signatures[match[0]].title} ({match[0]})" if match[0] in signatures else match[0]

    return _ID.sub(name, text.replace("←", " ← "))


def _describe_gaps(grid: Grid) -> str:
    """What a dash says of the releases between two."""
    ran, there = count_releases(grid.columns, [True] * len(grid.columns))
    return f" {ran} of {there} releases run: a dash joins neighbours of those." if ran < there else ""


def _describe_row(grid: Grid, cell: str) -> str:
    """`fails 0.17.2–0.26.0`, and a line for each other word."""
    words = [choose_word(samples) if samples else "" for samples in grid.row(cell)]
    return "\n".join(
        f"{_SIGNS.get(word, '')} {word} {describe_places(grid.columns, [other == word for other in words])}".strip()
        for word in dict.fromkeys(filter(None, words))
    )


def _list_errors(grid: Grid) -> dict[str, list[int]]:
    """In how many cells each error is met, one number a column; the most frequent first."""
    counts = {
        name: numbers
        for (name, root), numbers in count_signatures(grid, grid.cells).items()
        if not root and find_category(grid, name) in ERRORS
    }
    return dict(sorted(counts.items(), key=lambda item: (-max(item[1]), -sum(item[1]), item[0])))


def _make_errors_table(grid: Grid) -> Table | None:
    errors = _list_errors(grid)
    if not errors:
        return None
    signatures = load_by_name()
    ran = [sum(has_run(grid.row(cell)[place]) for cell in grid.cells) for place in range(len(grid.columns))]
    rows = [
        (
            _name_errors(one_line(name, 40)),
            _describe_share(numbers, ran),
            describe_places(grid.columns, [bool(number) for number in numbers]),
            first_sentence(signatures[name].advice) if name in signatures else "",
        )
        for name, numbers in list(errors.items())[:MOST_ERRORS]
    ]
    rest = [one_line(name, 40) for name in list(errors)[MOST_ERRORS:]]
    return Table(
        name="errors",
        title="Errors",
        headers=("", "cells, most in one environment", "where it is met", "advice"),
        rows=tuple(rows),
        note=f"Also met: {', '.join(rest)}." if rest else "",
        prose=True,
    )


def _describe_share(numbers: Sequence[int], ran: Sequence[int]) -> str:
    """`25 of 48`, in the environment in which most cells show it."""
    place = max(range(len(numbers)), key=lambda one: (numbers[one], -ran[one]))
    return f"{numbers[place]:,} of {ran[place]:,}"
