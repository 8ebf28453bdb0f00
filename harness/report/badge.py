"""A badge: an SVG image that says on which releases of pytest-asyncio one suite or habit is clean."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.grid import RAN, Grid, has_run
from harness.analysis.places import describe_places
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

MOST_NAME, MOST_MESSAGE = 60, 70
"""Characters that are shown; the title, which a pointer or a screen reader gets, has all."""

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
    message: str
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
        return Badge(name=name, message="not measured", colour=GREY)
    row = grid.row(cell)
    ran = [has_run(samples) for samples in row]
    clean = [_is_clean(samples) for samples in row]
    if not any(ran):
        expressible = any(one.status is not Status.NOT_APPLICABLE for samples in row for one in samples)
        return Badge(name=name, message="not measured" if expressible else "not applicable", colour=GREY)
    what, places = ("clean on", clean) if any(clean) else ("not clean on", ran)
    plugins = {column.environment.plugin for column in grid.columns}
    package = "" if plugins == {NONE} else f"{PLUGIN} "
    return Badge(
        name=name,
        message=f"{what} {package}{describe_places(grid.columns, places)}",
        colour=GREEN if clean == ran else YELLOW if any(clean) else RED,
    )


def _is_clean(samples: Samples) -> bool:
    return has_run(samples) and all(one.status is Status.CLEAN for one in samples if one.status in RAN)


def draw(badge: Badge) -> str:
    """The image. It needs no font, style sheet or address of its own."""
    name, message = one_line(badge.name, MOST_NAME), _shorten(badge.message)
    title = escape(make_xml_text(f"{one_line(badge.name)}: {one_line(badge.message, 1000)}"))
    left, right = _measure(name), _measure(message)
    split, width = left + 2 * _PADDING, left + right + 4 * _PADDING
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_HEIGHT}" role="img" aria-label="{title}">
  <title>{title}</title>
  <clipPath id="corners"><rect width="{width}" height="{_HEIGHT}" rx="3"/></clipPath>
  <g clip-path="url(#corners)">
    <rect width="{split}" height="{_HEIGHT}" fill="{LABEL}"/>
    <rect x="{split}" width="{width - split}" height="{_HEIGHT}" fill="{badge.colour}"/>
  </g>
  <g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="{_SIZE}" aria-hidden="true">
    {_draw_text(name, _PADDING, left)}
    {_draw_text(message, split + _PADDING, right)}
  </g>
</svg>
"""


def _shorten(message: str) -> str:
    """Of many ranges of releases the first, and how many there are more."""
    spans = one_line(message, 1000).split(_SPANS)
    shown = spans
    while len(shown) > 1 and len(_SPANS.join(shown)) > MOST_MESSAGE:
        shown = shown[:-1]
    more = f" +{len(spans) - len(shown)} more" if len(shown) < len(spans) else ""
    return one_line(_SPANS.join(shown), MOST_MESSAGE) + more


def _measure(text: str) -> int:
    """Pixels. The text is fitted into these, whatever font it is drawn in."""
    return round(sum(_WIDTHS.get(letter, _WIDEST) for letter in text) * _SIZE / 1000)


def _draw_text(text: str, start: int, width: int) -> str:
    shown = escape(make_xml_text(text))
    return f'<text x="{start}" y="14" textLength="{width}" lengthAdjust="spacingAndGlyphs">{shown}</text>'
