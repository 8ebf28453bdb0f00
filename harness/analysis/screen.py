"""The one screen with which a run ends: what ran, well-known habits, errors by release, and what needs a look."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.analysis.cell_sets import CAN_RUN, FURTHER, NOT_THE_SAME, are_same, count_run, list_common, list_further
from harness.analysis.columns import version_order
from harness.analysis.errors_by_environment import count_signatures, explain_once, find_category
from harness.analysis.grid import RAN, Grid, has_run
from harness.analysis.highlights import name_cells
from harness.analysis.label import ARROW, ERRORS, join_labels
from harness.analysis.missing_table import make_missing_table
from harness.analysis.suite_advice import make_advice_table
from harness.analysis.suites import make_short_table, select_cells
from harness.analysis.summary import list_problems
from harness.analysis.unnamed import find_unnamed
from harness.analysis.unstable import find_unstable
from harness.output.table import Row, Table, as_text
from harness.output.text import count, duration, one_line, show_number
from harness.packages import NONE
from harness.suites.suite import is_suite
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.analysis.grid import Samples
    from harness.analysis.missing_table import ExplainedSuite
    from harness.analysis.suites import SuiteView
    from harness.catalogue.highlights import Highlight
    from harness.store.model import Results

LINES = 50
"""Of the whole screen, about."""

_FINDING = "error, leak or warning on\nthe newest release with any"
_AROUND = 14  # lines of the table of errors without its rows, and of what follows it
_FINDING_ROOM = 26
_LEAST = 3  # errors that are shown however much else there is
_NAME = 30  # columns of the widest name of an error
_WORDS = {
    Status.CLEAN: "clean",
    Status.WARNS: "warns",
    Status.LEAKS: "leaks",
    Status.REPRODUCES: "fails",
    Status.FAILS: "fails",
    Status.NOT_APPLICABLE: "n/a",
}
_OUTCOMES = {
    Status.REPRODUCES: "with a known error",
    Status.FAILS: "with an error that has no name",
    Status.LEAKS: "with a leak",
    Status.WARNS: "with a warning",
    Status.CLEAN: "clean",
    Status.NOT_APPLICABLE: "not applicable",
    Status.UNRESOLVABLE: "not resolvable",
    Status.INFRASTRUCTURE: "not measured",
}


def make_first_screen(
    results: Results,
    grid: Grid,
    *,
    habits: Sequence[Highlight],
    suites: Sequence[SuiteView] = (),
    missing: Sequence[ExplainedSuite] = (),
    elapsed: float | None = None,
    width: int,
) -> tuple[Table, ...]:
    """Its tables, in order. What went wrong comes first, if anything did. A run of suites alone is about them alone."""
    ahead = [make_problems_table(results), *map(make_short_table, suites)]
    ahead += [make_missing_table(missing), make_advice_table(suites)]
    if suites:
        results = select_cells(results, lambda cell: not is_suite(cell))
        if not results.runs:
            return tuple(one for one in ahead if one)
        grid = Grid(results, grid.categories)
    ahead.insert(1, make_ran_table(results, grid, elapsed))
    if not grid.columns:
        return tuple(one for one in ahead if one)
    attention = make_attention_table(results, grid)
    habits_table = make_short_habits_table(grid, habits, width)
    taken = sum(len(as_text(one, width).splitlines()) + 1 for one in (*ahead, habits_table, attention) if one)
    errors = make_short_errors_table(grid, width, most=max(_LEAST, (LINES - taken - _AROUND) // 3))
    return tuple(one for one in (*ahead, habits_table, errors, attention) if one)


def make_problems_table(results: Results) -> Table | None:
    """What was not measured, or not measured well; None where all went well."""
    rows = list_problems(results, " (--tables summary)")
    if not rows:
        return None
    return Table(name="problems", title="Not everything was measured", headers=("", ""), rows=tuple(rows), prose=True)


def make_ran_table(results: Results, grid: Grid, elapsed: float | None) -> Table:
    """What ran, in three lines."""
    headers = [run.header for run in results.runs]
    outcomes = [outcome for run in results.runs for outcome in run.outcomes]
    profiles = [f"profile {name}" for name in dict.fromkeys(one_line(one.profile, 40) for one in headers) if name]
    reused = sum(bool(outcome.reused_from) for outcome in outcomes)
    asides = [*profiles, *([f"{reused:,} of {len(outcomes):,} outcomes reused"] if reused else [])]
    time = f" in {duration(elapsed)}" if elapsed is not None else ""
    what = f"{_describe_size(grid)}{time}" + (f" ({', '.join(asides)})" if asides else "")
    statuses = Counter(outcome.verdict.status for outcome in outcomes)
    shown = [f"{statuses[status]:,} {text}" for status, text in _OUTCOMES.items() if statuses[status]]
    rows = [("cells", what), ("versions", "; ".join(_list_versions(results, grid))), ("outcomes", ", ".join(shown))]
    return Table(name="ran", title="What ran", headers=("", ""), rows=tuple(rows), prose=True)


def _describe_size(grid: Grid) -> str:
    """`253 cells × 13 environments`, or how many cells the environments had where that differs."""
    sizes = sorted(sum(bool(grid.row(cell)[place]) for cell in grid.cells) for place in range(len(grid.columns)))
    environments = count(len(sizes), "environment")
    if sizes and sizes[0] != sizes[-1]:
        return f"{sizes[0]:,} to {count(sizes[-1], 'cell')} in each of {environments}"
    return f"{count(len(grid.cells), 'cell')} × {environments}"


def _list_versions(results: Results, grid: Grid) -> Iterator[str]:
    """What the environments are, a part a kind of thing."""
    found = [grid.columns[place].environment for place in grid.by_version]
    plugins = dict.fromkeys(one_line(one.plugin, 20) for one in found)
    yield "no pytest-asyncio" if [*plugins] == [NONE] else f"pytest-asyncio {', '.join(plugins)}"
    pythons = sorted({one.python_minor for one in found}, key=version_order)
    yield f"Python {', '.join(one_line(python, 20) for python in pythons)}"
    for client in dict.fromkeys(one.client for one in found):
        versions = sorted({one.client_version for one in found if one.client == client}, key=version_order)
        yield "no client" if client == NONE else one_line(f"{client} {', '.join(versions)}")
    servers = (run.header.server for run in results.runs)
    yield from dict.fromkeys(one_line(f"{one.product} server {one.version}", 60) for one in servers if one)


def make_short_habits_table(grid: Grid, habits: Sequence[Highlight], width: int) -> Table | None:
    """A line a habit, or a cell where there are few: what becomes of it on each release, and the error it meets."""
    title, named = name_cells(grid, habits)
    if not named:
        return None
    named = {cell: _fold_cell(text, width // 2) for cell, text in named.items()}
    longest = max(len(line) for text in named.values() for line in text.split("\n"))
    errors = {cell: find_newest_error(grid, cell) for cell in named}
    words = [[choose_word(grid.row(cell)[place]) for cell in named] for place in range(len(grid.columns))]
    chosen = choose_columns(grid, width - longest, words)
    room = width - 2 - longest - sum(2 + max(5, len(text)) for text in _make_headings(grid, chosen)) - 2
    with_errors = room >= _FINDING_ROOM and any(errors.values())
    errors = {cell: one_line(text, room) for cell, text in errors.items()} if with_errors else {}
    rows = [
        (text, *(words[place][at] for place in chosen), *([errors[cell]] if errors else []))
        for at, (cell, text) in enumerate(named.items())
    ]
    return Table(
        name="habits",
        title=title,
        headers=("", *_make_headings(grid, chosen), *([_FINDING] if errors else [])),
        rows=tuple(rows),
        lead=f"{_describe_columns(grid, chosen)} {_describe_left_out(grid, chosen, 'habits')}".strip(),
        note=ARROW if any("←" in text for text in errors.values()) else "",
        prose=True,
    )


def make_short_errors_table(grid: Grid, width: int, *, most: int) -> Table | None:
    """The `most` frequent errors with cause and advice, and the names of the others; None without any error.

    First those of the cells that can run everywhere. If there is room, those of the others follow, after how many of
    them ran.
    """
    common, further = list_common(grid.cells), list_further(grid.cells)
    frequent = _list_errors(grid, common, range(len(grid.columns)))[:most]
    chosen = choose_columns(
        grid, width - _NAME, [[row[1 + place] for row in frequent] for place in range(len(grid.columns))]
    )
    rows = _list_errors(grid, common, chosen)[:most]
    of_further = _list_errors(grid, further, chosen)[: max(0, most - len(rows))]
    if of_further:
        rows += [(FURTHER,), ("could run", *map(show_number, count_run(grid, further, chosen))), *of_further]
    named = list(dict.fromkeys(name for name, *_ in rows))
    rest = sorted(name for name, *_ in _list_errors(grid, grid.cells, range(len(grid.columns))) if name not in named)
    if not rows and not rest:
        return None
    same = are_same(grid, common, chosen)
    ran = count_run(grid, common, chosen)
    headings = zip(_make_headings(grid, chosen), ran, strict=True)
    counted = _describe_counted(ran[0], len(grid.cells)) if same and common else "" if same else NOT_THE_SAME
    return Table(
        name="errors",
        title="Errors by release: how many cells show each",
        headers=("", *(text if same else f"{text}\nof {number:,}" for text, number in headings)),
        rows=tuple(rows),
        details=explain_once(name for name, *_ in rows),
        lead=f"{counted} {_describe_left_out(grid, chosen, 'errors')}".strip(),
        note=f"Also met: {', '.join(one_line(name, 40) for name in rest)} (--tables errors)." if rest else "",
    )


def _describe_counted(ran: int, cells: int) -> str:
    """Which cells the first numbers count."""
    some = f"{ran:,} of {cells:,} cells" if ran != cells else count(ran, "cell")
    return f"Counted: the {some} that {CAN_RUN}."


def _list_errors(grid: Grid, cells: Iterable[str], places: Sequence[int]) -> list[Row]:
    """A row for each error that these cells show in these columns, the most frequent first."""
    counts = {
        name: [numbers[place] for place in places]
        for (name, root), numbers in count_signatures(grid, cells).items()
        if not root and find_category(grid, name) in ERRORS
    }
    ordered = sorted(counts, key=lambda name: (-sum(counts[name]), name))
    return [(one_line(name, 40), *map(show_number, counts[name])) for name in ordered if any(counts[name])]


def make_attention_table(results: Results, grid: Grid) -> Table | None:
    """What is not stable or has no name; None where there is neither."""
    rows: list[Row] = []
    if unstable := [cell for cell, _ in find_unstable(grid)]:
        rows.append(("not stable", f"{count(len(unstable), 'cell')}: {_join_some(unstable)} (--tables unstable)"))
    if found := find_unnamed(results):
        texts = [f"{one.error.type.rpartition('.')[2]}: {one.error.text} in {one.outcome.cell}" for one in found]
        rows.append(("no name", f"{count(len(found), 'error')}: {_join_some(texts)} (--tables unnamed)"))
    if not rows:
        return None
    return Table(name="attention", title="Needs a look", headers=("", ""), rows=tuple(rows), prose=True)


def choose_columns(grid: Grid, room: int, texts: Sequence[object]) -> list[int]:
    """Columns that fit: all of them, or else those of the main Python, of too many all where the `texts` change.

    `texts` has what each column shows; those go first that show what the one before them does. The oldest and the
    newest stay.
    """
    places = list(range(len(grid.columns)))
    if _count_columns(grid, places) > room:
        places = [place for place in places if grid.columns[place].main] or places
    while len(places) > 1 and _count_columns(grid, places) > room:
        middle = (len(places) - 1) // 2
        del places[
            min(_list_repeating([texts[place] for place in places]) or [middle], key=lambda at: abs(at - middle))
        ]
    return places


def _list_repeating(shown: Sequence[object]) -> list[int]:
    """Numbers of the columns that show what a neighbour does, but for the first and the last of all."""
    last = len(shown) - 1
    repeating = [at for at in range(1, last) if shown[at] == shown[at - 1]]
    return repeating or [at for at in range(1, last)[-1:] if shown[at] == shown[last]]


def _count_columns(grid: Grid, places: Sequence[int]) -> int:
    """Columns of the terminal that these environments take with the gaps before them. A word or number takes five."""
    lines = [text.split("\n") for text in _make_headings(grid, places)]
    return sum(2 + max(5, *map(len, one)) for one in lines)


def _fold_cell(cell: str, room: int) -> str:
    """A cell's id on two lines where it is too long: its core axes, and what departs from a default."""
    return cell if len(cell) <= room else cell.replace("@", "\n  @")


def _describe_columns(grid: Grid, chosen: Sequence[int]) -> str:
    """What the columns are."""
    pythons = {grid.columns[place].environment.python_minor for place in chosen}
    python = f", on Python {one_line(pythons.pop(), 20)}" if len(pythons) == 1 else ""
    return f"By release of pytest-asyncio{python}."


def _describe_left_out(grid: Grid, chosen: Sequence[int], table: str) -> str:
    left = len(grid.columns) - len(chosen)
    return f"{count(left, 'more environment')}: --tables {table}." if left else ""


def _make_headings(grid: Grid, chosen: Sequence[int]) -> list[str]:
    """The columns' headings without the lines that are the same for all of them."""
    lines = [grid.columns[place].heading.split("\n") for place in chosen]
    common = set.intersection(*map(set, lines)) if len(lines) > 1 else set(lines[0][1:])
    return ["\n".join(line for line in one if line not in common) or one[0] for one in lines]


def choose_word(samples: Samples) -> str:
    """One word for what became of a cell; `unstable` where its samples don't agree on it."""
    words = list(dict.fromkeys(_WORDS[one.status] for one in samples if one.status in _WORDS))
    return words[0] if len(words) == 1 else "unstable" if words else "–"


def find_newest_error(grid: Grid, cell: str) -> str:
    """The label on the newest release on which it isn't clean."""
    for place in reversed(grid.by_version):
        samples = [one for one in grid.row(cell)[place] if one.status in RAN]
        if has_run(tuple(samples)) and any(one.status is not Status.CLEAN for one in samples):
            label = join_labels([grid.label(one) for one in samples])
            return label.removeprefix("leaks ").removeprefix("warns ").removeprefix("cleanup: ")
    return ""


def _join_some(texts: Sequence[str], most: int = 2) -> str:
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return ", ".join(one_line(text, 90) for text in texts[:most]) + more
