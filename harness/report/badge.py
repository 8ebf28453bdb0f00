"""A badge: an SVG image that says on which releases of pytest-asyncio one suite or habit is clean."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.grid import RAN, Grid, has_run
from harness.analysis.places import count_releases, describe_places
from harness.analysis.suites import select_cells
from harness.catalogue.highlights import load_highlights
from harness.compare.naming import make_missing_error
from harness.environments.identity import PLUGIN
from harness.errors import UnknownNameError
from harness.output.formats import make_xml_text
from harness.output.text import one_line
from harness.packages import NONE
from harness.suites.suite import PREFIX, REPORTED
from harness.verdicts.model import Status
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.analysis.grid import Samples
    from harness.report.choosing import Chosen

GREEN, YELLOW, RED, GREY = "#2f6f1e", "#7a5b00", "#b3261e", "#5c5c5c"
"""White text on each of them has a contrast of at least 5.5 to 1."""

LABEL = "#444444"

MOST_NAME, MOST_WHERE, MOST_TITLE = 60, 50, 1000
"""Characters that are shown; the title is what a pointer or a screen reader gets."""

_SPANS = " · "  # between ranges of releases

_HEIGHT, _PADDING, _SIZE = 20, 7, 11  # pixels

# Widths of letters in Verdana, in thousandths of its size; all others are as wide as the widest are.
_WIDTHS = {
    **dict.fromkeys("il'|", 275),
    **dict.fromkeys("jtfI ", 360),
    **dict.fromkeys(".,:;()[]r/-J", 450),
    **dict.fromkeys("sczvxykaeo", 600),
    **dict.fromkeys("bdghnpqu", 635),
    **dict.fromkeys("0123456789_`–?$", 636),
    **dict.fromkeys("ABCEFKLPSTVXYZ", 700),
    **dict.fromkeys("DGHNOQRUw&", 820),
}
_WIDEST = 1000


class Badge(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on it."""

    name: str
    what: str  # "clean on pytest-asyncio"
    where: str = ""  # ranges of releases
    run: str = ""  # "9 of 17 run": how many of the releases in these ranges, where it isn't all of them
    colour: str


def find_cell(name: str, there: Collection[str], where: str) -> str:
    """The cell or suite of this name, or the cell of the well-known habit; case and backquotes don't matter.

    Raises `UsageError` for one that there is not, or that there are no results of.
    """
    habits = {_simplify(one.title): one.cell for one in load_highlights()}
    for cell in (name, f"{PREFIX}{name}", habits.get(_simplify(name), "")):
        if cell in there:
            return cell
    if _simplify(name) in habits:
        raise make_missing_error(habits[_simplify(name)], there, where)
    if "/" in name or name.startswith(PREFIX):
        raise make_missing_error(name, there, where)
    suites = [cell.removeprefix(PREFIX) for cell in there if cell.startswith((PREFIX, REPORTED))]
    raise UnknownNameError("suite or habit", name, [*sorted(suites), *(one.title for one in load_highlights())])


def _simplify(title: str) -> str:
    return " ".join(title.replace("`", "").lower().split())


def make_badge(cell: str, chosen: Chosen) -> Badge:
    """On which releases the cell is clean, in every environment and each time that it ran there."""
    titles = {one.cell: one.title.replace("`", "") for one in load_highlights()}
    grid = Grid(select_cells(chosen.results, cell.__eq__), load_categories())
    name = titles.get(cell, cell.removeprefix(PREFIX))
    if cell not in grid.cells:
        return Badge(name=name, what="not measured", colour=GREY)
    row = grid.row(cell)
    ran = [has_run(samples) for samples in row]
    clean = [_is_clean(samples) for samples in row]
    if not any(ran):
        expressible = any(one.status is not Status.NOT_APPLICABLE for samples in row for one in samples)
        return Badge(name=name, what="not measured" if expressible else "not applicable", colour=GREY)
    what, places = ("clean on", clean) if any(clean) else ("not clean on", ran)
    plugins = {column.environment.plugin for column in grid.columns}
    return Badge(
        name=name,
        what=what if plugins == {NONE} else f"{what} {PLUGIN}",
        where=describe_places(grid.columns, places),
        run=_describe_run(*count_releases(grid.columns, places)),
        colour=GREEN if clean == ran else YELLOW if any(clean) else RED,
    )


def _is_clean(samples: Samples) -> bool:
    return has_run(samples) and all(one.status is Status.CLEAN for one in samples if one.status in RAN)


def _describe_run(ran: int, there: int) -> str:
    return f"{ran} of {there} run" if ran < there else ""


def draw(badge: Badge) -> str:
    """The image. It needs no font, style sheet or address of its own; without ids, many can stand in one page."""
    name = one_line(badge.name, MOST_NAME)
    message = _join(f"{badge.what} {_shorten(badge.where)}", badge.run)
    title = escape(make_xml_text(one_line(_join(f"{badge.name}: {badge.what} {badge.where}", badge.run), MOST_TITLE)))
    left, right = _measure(name), _measure(message)
    split, width = left + 2 * _PADDING, left + right + 4 * _PADDING
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_HEIGHT}" role="img" aria-label="{title}">
  <title>{title}</title>
  <path d="M{split} 0H3a3 3 0 0 0-3 3v{_HEIGHT - 6}a3 3 0 0 0 3 3H{split}z" fill="{LABEL}"/>
  <path d="M{split} 0H{width - 3}a3 3 0 0 1 3 3v{_HEIGHT - 6}a3 3 0 0 1-3 3H{split}z" fill="{badge.colour}"/>
  <g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="{_SIZE}" aria-hidden="true">
    {_draw_text(name, _PADDING, left)}
    {_draw_text(message, split + _PADDING, right)}
  </g>
</svg>
"""


def _join(text: str, more: str) -> str:
    return ", ".join(filter(None, (text.rstrip(), more)))


def _shorten(where: str) -> str:
    """Of many ranges of releases the newest that there is room for."""
    shown = one_line(where, MOST_TITLE).split(_SPANS)
    cut = ["…"] * (len(_SPANS.join(shown)) > MOST_WHERE)
    while len(shown) > 1 and len(_SPANS.join([*cut, *shown])) > MOST_WHERE:
        shown = shown[1:]
    return one_line(_SPANS.join([*cut, *shown]), MOST_WHERE)


def _measure(text: str) -> int:
    """Pixels. The text is fitted into these, whatever font it is drawn in."""
    return round(sum(_WIDTHS.get(letter, _WIDEST) for letter in text) * _SIZE / 1000)


def _draw_text(text: str, start: int, width: int) -> str:
    shown = escape(make_xml_text(text))
    return f'<text x="{start}" y="14" textLength="{width}" lengthAdjust="spacingAndGlyphs">{shown}</text>'
