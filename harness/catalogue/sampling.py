"""Covering arrays: few cells in which every combination of a few values that can be written down still appears.

What the values exclude and their checks say what can't be written down. Both become sets of values that don't
go together: the rules of the arrays.
"""

from __future__ import annotations

import itertools
from functools import cache, cached_property
from typing import TYPE_CHECKING

from harness.catalogue.catalogue import needs_nothing
from harness.catalogue.cell import CORE_AXES
from harness.catalogue.covering import Covering, Forbidden
from harness.catalogue.rendering import make_draft
from harness.catalogue.target import Target
from harness.catalogue.value import accept

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.catalogue.value import NamedValue

LATER = "9999"
"""A version later than every release."""


class Space:
    """The cells that can be written down, as axes, values and what doesn't go together."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.forbidden = merge([*list_exclusions(catalogue), *list_objections(catalogue)])

    def allows(self, cell: Cell) -> bool:
        """Whether the cell can be written down for the newest versions."""
        values = self.catalogue.values(cell)
        return all(rule.allows(values) for rule in self.forbidden)

    @cached_property
    def combined(self) -> dict[str, list[str]]:
        """axis → its values that are combined with others."""
        return {
            name: [value.name for value in axis.values.values() if not value.value.alone]
            for name, axis in self.catalogue.axes.items()
        }

    @cached_property
    def free(self) -> dict[str, list[str]]:
        """axis → those of them that need nothing."""
        return {
            name: [value for value in values if needs_nothing(self.catalogue.axes[name].values[value].value)]
            for name, values in self.combined.items()
        }

    def extended(
        self, cells: Iterable[Cell], axes: Collection[str], strength: int, early_share: float = 1
    ) -> tuple[Cell, ...]:
        """The cells, and those that are still missing for this strength over these axes.

        First with the values that need nothing, then with all: a cell with a value that needs a late version runs
        nowhere else, and what only such cells cover would be lost on early ones.
        """
        found = dict.fromkeys(cells)
        for values, share in ((self.free, early_share), (self.combined, 1)):
            found |= dict.fromkeys(self._extend({axis: values[axis] for axis in axes}, strength, found, share))
        return tuple(found)

    def _extend(
        self, factors: Mapping[str, list[str]], strength: int, cells: Iterable[Cell], share: float
    ) -> Iterator[Cell]:
        """Cells with these values only; those of the given ones that have no others are counted in."""
        covering = Covering(factors, strength, self.forbidden)
        at_most = covering.missing * (1 - share)
        for row in map(self.catalogue.values, cells):
            if all(row[axis] in values for axis, values in factors.items()):
                covering.add(row)
        yield from map(self.catalogue.cell, covering.make_rows(at_most))


def merge(rules: Iterable[Forbidden]) -> list[Forbidden]:
    """The same with one rule for the same axes; each costs time."""
    found: dict[tuple[str, ...], frozenset[tuple[str, ...]]] = {}
    for rule in rules:
        found[rule.axes] = found.get(rule.axes, frozenset()) | rule.combinations
    return [Forbidden(*rule) for rule in found.items()]


def list_exclusions(catalogue: Catalogue) -> Iterator[Forbidden]:
    """What the values exclude by a selection."""
    for axis, value, selection, _ in catalogue.exclusions:
        names = [name for name in catalogue.axes if name == axis or name in selection.axes]
        choices = list_combinations({name: [value] if name == axis else catalogue.value_names[name] for name in names})
        found = frozenset(tuple(values.values()) for values in choices if selection.matches(values))
        yield Forbidden(tuple(names), found)


def list_objections(catalogue: Catalogue) -> Iterator[Forbidden]:
    """What the values object to when they see the finished suite.

    A check sees the whole draft; which axes it goes by is found by asking it about every core combination.
    """
    for axis in catalogue.axes.values():
        for value in axis.values.values():
            if value.check is accept:
                continue
            core = {name: catalogue.value_names[name] for name in CORE_AXES if name != axis.name}
            answers = {
                tuple(values.values()): find_objection(catalogue, value, values) for values in list_combinations(core)
            }
            names, found = narrow(tuple(core), answers)
            yield Forbidden((*names, axis.name), frozenset((*values, value.name) for values in found))


@cache
def make_newest_target(catalogue: Catalogue) -> Target:
    """Whose objections count: values look at the finished suite, and a suite is written for some target."""
    packages = {"pytest-asyncio", *(name for value in catalogue.list_values() for name in value.value.installs)}
    return Target(platform="linux", client="valkey", versions=dict.fromkeys(packages, LATER))


def find_objection(catalogue: Catalogue, value: NamedValue, core: Mapping[str, str]) -> bool:
    """Whether the value objects to a suite with these core values, everything else at its default."""
    cell = catalogue.cell({**core, value.axis: value.name})
    return value.check(make_draft(catalogue.named_values(cell), make_newest_target(catalogue))) is not None


def narrow(
    axes: tuple[str, ...], answers: Mapping[tuple[str, ...], bool]
) -> tuple[tuple[str, ...], frozenset[tuple[str, ...]]]:
    """The axes that the answers depend on, and the values of those for which the answer is yes."""
    names, known = axes, dict(answers)
    for name in axes:
        place = names.index(name)
        rest: dict[tuple[str, ...], set[bool]] = {}
        for values, answer in known.items():
            rest.setdefault(values[:place] + values[place + 1 :], set()).add(answer)
        if all(len(given) == 1 for given in rest.values()):
            names = names[:place] + names[place + 1 :]
            known = {values: given.pop() for values, given in rest.items()}
    return names, frozenset(values for values, answer in known.items() if answer)


def list_combinations(factors: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """Every combination of a value of each axis."""
    for names in itertools.product(*factors.values()):
        yield dict(zip(factors, names, strict=True))


def cover(
    space: Space, *, core_strength: int, rest_strength: int, early_share: float = 1, always: tuple[Cell, ...] = ()
) -> tuple[Cell, ...]:
    """Cells that together have every combination that is asked for, `always` first, without repetition.

    - Every `core_strength` values of the core axes that can be written down together are in one cell whose extension
      axes are all at their default, so that what it shows is owed to the core.
    - Every `rest_strength` values of any axes that can be written down together are in one cell.
    - Both hold, too, for cells with none but values that need nothing, so that what an early version could run isn't
      covered by cells that only a late one can run. Of the second, `early_share` is enough there: the last of them take
      a cell each.

    Values that stand alone aren't combined: only `always` brings cells that have one. No cell is in it that nobody can
    write down, not even from `always`. The same catalogue gives the same cells.
    """
    given = [cell for cell in always if space.allows(cell)]
    core = space.extended([cell for cell in given if not cell.extensions], CORE_AXES, core_strength)
    return space.extended([*given, *core], space.catalogue.axes, rest_strength, early_share)
