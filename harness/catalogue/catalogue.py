"""Axes, values, cells, and which cells can be expressed where."""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING

from harness.catalogue.cell import CORE_AXES, Cell
from harness.catalogue.clients import find_obstacle
from harness.catalogue.rendering import make_draft, render
from harness.catalogue.selection import parse
from harness.catalogue.target import Target, parse_version
from harness.catalogue.value import accept
from harness.errors import UnknownNameError, UsageError
from harness.packages import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.catalogue.draft import Draft
    from harness.catalogue.selection import Selection
    from harness.catalogue.value import NamedAxis, NamedValue, Needs, ServerKind, Value

REFERENCE = "default/function/inside_test/async_with"

NOTHING = Target(platform="linux", client="", versions={})
"""Meets only the values that need nothing."""


class Catalogue:
    """What can be run. Holds no state beyond what `scenarios/` says."""

    def __init__(self, axes: tuple[NamedAxis, ...]) -> None:
        self.axes = {axis.name: axis for axis in axes}
        # What each value excludes: its axis, its name, with which others, and why.
        self.exclusions = [
            (value.axis, value.name, parse(rule.selection, axes=self.value_names), rule.reason)
            for value in self.list_values()
            for rule in value.value.excludes
        ]

        self._installs = {
            (value.axis, value.name): value.value.installs
            for axis in axes
            for value in axis.values.values()
            if value.value.installs
        }

    @cached_property
    def value_names(self) -> dict[str, list[str]]:
        """axis → its values, as the selection language wants them."""
        return {name: list(axis.values) for name, axis in self.axes.items()}

    @cached_property
    def defaults(self) -> dict[str, str]:
        """axis → its default, in axis order."""
        return {name: axis.default for name, axis in self.axes.items()}

    @property
    def reference(self) -> Cell:
        """The simplest suite there is. What it is warned of, every suite of its environment is warned of."""
        return self.parse(REFERENCE)

    def cell(self, values: Mapping[str, str]) -> Cell:
        """The cell with these values; axes not named are at their default. Raises `UnknownNameError`."""
        for axis, value in values.items():
            if axis not in self.axes:
                raise UnknownNameError("axis", axis, self.axes)
            if value not in self.axes[axis].values:
                raise UnknownNameError(axis, value, self.axes[axis].values)
        full = self.defaults | dict(values)
        return Cell(
            loop_policy=full["loop_policy"],
            fixture_scope=full["fixture_scope"],
            creation_site=full["creation_site"],
            cleanup_style=full["cleanup_style"],
            extensions=tuple(
                (name, full[name])
                for name, default in self.defaults.items()
                if full[name] != default and name not in CORE_AXES
            ),
        )

    def parse(self, text: str) -> Cell:
        """The cell with this id. Raises `UsageError` for what is no id."""
        core, _, rest = text.strip().partition("@")
        parts = core.split("/")
        if len(parts) != len(CORE_AXES):
            raise UsageError(
                f"{text!r} is no cell id.",
                remedy=f"An id is {'/'.join(CORE_AXES)}, then @axis=value,… for what is not at its default; "
                f"for example {REFERENCE}.",
            )
        values = dict(zip(CORE_AXES, parts, strict=True))
        for pair in filter(None, rest.split(",")):
            axis, _, value = (part.strip() for part in pair.partition("="))
            if values.setdefault(axis, value) != value:
                raise UsageError(
                    f"{text!r} has two values for {axis}: {values[axis]} and {value}.",
                    remedy="Leave one of them out.",
                )
        return self.cell(values)

    def find(self, text: str) -> Cell | None:
        """The cell with this id; None for what is none, such as a suite's name."""
        try:
            return self.parse(text)
        except UsageError:
            return None

    def values(self, cell: Cell) -> dict[str, str]:
        """axis → value, all axes."""
        core = {axis: getattr(cell, axis) for axis in CORE_AXES}
        return self.defaults | core | dict(cell.extensions)

    def named_values(self, cell: Cell) -> list[NamedValue]:
        """The cell's values, in axis order."""
        return [self.axes[axis].values[value] for axis, value in self.values(cell).items()]

    def list_values(self) -> Iterator[NamedValue]:
        """Every value of every axis."""
        return itertools.chain.from_iterable(axis.values.values() for axis in self.axes.values())

    def cells(self, selection: Selection) -> Iterator[Cell]:
        """Every cell that the selection matches; extension axes that it doesn't name stay at their default."""
        named = selection.axes
        choices = [
            names if axis in CORE_AXES or axis in named else [self.axes[axis].default]
            for axis, names in self.value_names.items()
        ]
        for combination in itertools.product(*choices):
            values = dict(zip(self.axes, combination, strict=True))
            if selection.matches(values):
                yield self.cell(values)

    def excluded(self, cell: Cell) -> str | None:
        """Why nobody can write this cell down, whatever the versions; None if one can."""
        values = self.values(cell)
        for axis, value, selection, reason in self.exclusions:
            if values[axis] == value and selection.matches(values):
                return reason
        return None

    def not_applicable(self, cell: Cell, target: Target) -> str | None:
        """Why the cell can't be expressed on the target, None if it can."""
        reason = self.excluded(cell)
        if reason is not None:
            return reason
        values, target = self.named_values(cell), target.add(self.additions(cell))
        for value in values:
            obstacle = find_obstacle(target.client, value.axis, value.name)
            if obstacle is not None:
                return obstacle
            for need in value.value.needs:
                if not meets(need, target):
                    return need.reason
        checks = [value.check for value in values if value.check is not accept]
        if not checks:
            return None
        draft = make_draft(values, target)
        return next(filter(None, (check(draft) for check in checks)), None)

    def new_process(self, cell: Cell) -> str:
        """Why the cell must run in a new process; empty if it may be forked."""
        return next((one.value.new_process for one in self.named_values(cell) if one.value.new_process), "")

    def server(self, cell: Cell) -> ServerKind:
        """What server the cell needs."""
        return next((kind for one in self.named_values(cell) if (kind := one.value.server) != "shared"), "shared")

    def additions(self, cell: Cell) -> tuple[str, ...]:
        """The packages that the cell has beside those of its environment, sorted."""
        values = self.values(cell)
        return tuple(
            sorted({line for (axis, value), lines in self._installs.items() if values[axis] == value for line in lines})
        )

    def alone(self, cell: Cell) -> str:
        """Why the cell runs only where it is named; empty if it may be part of selections and covering arrays."""
        return next((one.value.alone for one in self.named_values(cell) if one.value.alone), "")

    def suite(self, cell: Cell, target: Target) -> dict[str, str]:
        """The files of the cell's suite. Ask `not_applicable` first."""
        return render(self._draft(cell, target), f"Cell {cell.id}.")

    def _draft(self, cell: Cell, target: Target) -> Draft:
        return make_draft(self.named_values(cell), target.add(self.additions(cell)))


def needs_nothing(value: Value) -> bool:
    """Whether the value can be expressed on every release, Python and system; needs of a client don't count."""
    return not value.installs and all(meets(need, NOTHING) for need in value.needs)


def meets(need: Needs, target: Target) -> bool:
    """Whether the target has what a value needs; needs of a client that isn't in use don't count."""
    options = need.requirement.split(" or ")
    if all(parse_version(option).name in CLIENTS and parse_version(option).name != target.client for option in options):
        return True
    return any(
        target.meets(one) if parse_version(one).specifier else target.has(parse_version(one).name) for one in options
    )
