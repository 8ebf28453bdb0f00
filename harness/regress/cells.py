"""Which cells of a baseline are run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.profiles import list_profile_cells, load_profile
from harness.catalogue.selection import parse
from harness.errors import NothingSelectedError, UnknownNameError, UsageError
from harness.invocation import command_line
from harness.planning.cells import sample_cells
from harness.planning.suites import read_suites
from harness.suites.suite import PREFIX, REPORTED, Suite, is_suite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.cli.options import RegressOptions
    from harness.regress.baseline import Baseline

    Cells = dict[str, Cell | Suite]


class Chooser:
    """Chooses the cells of the baseline that are run: all that there still are, or what the options narrow them to."""

    def __init__(self, options: RegressOptions, catalogue: Catalogue, baseline: Baseline) -> None:
        self._catalogue = catalogue
        self._baseline = baseline
        self._options = options
        self._suites: Cells = {suite.id: suite for suite in read_suites(options)}
        self._selections = [parse(text, axes=catalogue.value_names) for text in options.select]
        self._named = {_normalize(cell, catalogue) for cell in options.cells}
        self._profile: set[str] | None = None
        if options.profile:
            self._profile = {cell.id for cell in list_profile_cells(catalogue, load_profile(options.profile))}
        there = baseline.measured.all_cells()
        for cell in (*sorted(self._named), *self._suites):
            if cell not in there:
                raise _make_not_held_error(cell, there, baseline)
        self.gone = tuple(sorted(cell for cell in there if not is_suite(cell) and self._cell(cell) is None))
        self.unknown_suites = sum(cell.startswith(PREFIX) and cell not in self._suites for cell in there)
        self.reported = sum(cell.startswith(REPORTED) for cell in there)

    def choose(self, environments: Iterable[Iterable[str]]) -> Cells:
        """Of the cells of these environments those to run, by their ids. Raises `NothingSelectedError`."""
        found: Cells = {}
        for cells in environments:
            for name in cells:
                if name not in found and (cell := self._find_wanted(name)) is not None:
                    found[name] = cell
        if not found:
            raise NothingSelectedError(
                f"Nothing that the baseline {self._baseline} holds there is selected.",
                remedy="Without --select, --cell, --suite and --profile all cells are run. Suites of one's own, of "
                f"which it holds {self.unknown_suites} more, are run if --suite names their folders.",
            )
        ordered = [found[name] for name in sorted(found)]
        return {cell.id: cell for cell in sample_cells(ordered, self._options.sample)}

    def _find_wanted(self, name: str) -> Cell | Suite | None:
        if is_suite(name):
            return self._suites.get(name)
        narrowed = self._named or self._selections or self._profile is not None
        cell = None if self._suites and not narrowed else self._cell(name)
        if cell is None or (self._named and name not in self._named):
            return None
        if self._profile is not None and name not in self._profile:
            return None
        values = self._catalogue.values(cell)
        return cell if all(selection.matches(values) for selection in self._selections) else None

    def _cell(self, name: str) -> Cell | None:
        """The cell of that id; None where the id means nothing any more, or another cell than it did."""
        cell = self._catalogue.find(name)
        return cell if cell is not None and cell.id == name else None


def _normalize(cell: str, catalogue: Catalogue) -> str:
    return cell if is_suite(cell) else catalogue.parse(cell).id


_CELL_REMEDY = (
    f"Name a cell or a suite that it holds, or run that with `{command_line('matrix')}` on the versions it is made of."
)
_SUITE_REMEDY = (
    f"Run it with `{command_line('matrix')}` on the versions that you have, make a baseline of that with "
    f"`{command_line('baseline', '--into baseline')}`, and name it with --baseline."
)


def _make_not_held_error(cell: str, there: Iterable[str], baseline: Baseline) -> UsageError:
    remedy = UnknownNameError("cell", cell, there).remedy
    if not remedy.startswith("Did you mean"):  # else it would list them all
        remedy = _SUITE_REMEDY if is_suite(cell) else _CELL_REMEDY
    elif is_suite(cell):
        remedy += " A suite is named after its project's folder: give a clone the name of the one that was measured."
    return UsageError(f"{baseline} does not hold {cell}.", remedy=remedy)
