"""The catalogue as the files under `scenarios/` declare it."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

import scenarios
from harness.catalogue.catalogue import Catalogue, needs_nothing
from harness.catalogue.value import Axis, NamedAxis, NamedValue, Value, accept, leave

if TYPE_CHECKING:
    from collections.abc import Mapping


def load_value(axis: str, name: str) -> NamedValue:
    """One value from its file."""
    module = importlib.import_module(f"scenarios.{axis}.{name}")
    value = module.VALUE
    if not isinstance(value, Value):
        message = f"scenarios/{axis}/{name}.py: VALUE must be a harness.catalogue.value.Value"
        raise TypeError(message)
    return NamedValue(
        axis=axis,
        name=name,
        value=value,
        build=getattr(module, "build", leave),
        check=getattr(module, "check", accept),
    )


def load_axis(name: str) -> NamedAxis | None:
    """One axis from its folder, None for a folder that declares none."""
    package = importlib.import_module(f"scenarios.{name}")
    axis = getattr(package, "AXIS", None)
    if not isinstance(axis, Axis):
        return None
    names = [found.name for found in pkgutil.iter_modules(package.__path__) if not found.name.startswith("_")]
    names.sort(key=lambda value: (axis.first.index(value) if value in axis.first else len(axis.first), value))
    return NamedAxis(name=name, axis=axis, values={value: load_value(name, value) for value in names})


@cache
def load_catalogue() -> Catalogue:
    """All axes, in their order."""
    found = [load_axis(folder.name) for folder in pkgutil.iter_modules(scenarios.__path__) if folder.ispkg]
    return Catalogue(tuple(sorted((axis for axis in found if axis), key=lambda axis: axis.axis.order)))


@cache
def list_free_values() -> frozenset[tuple[str, str]]:
    """(axis, value) of all values that need nothing: every release, Python and system can express them."""
    return frozenset((one.axis, one.name) for one in load_catalogue().list_values() if needs_nothing(one.value))


@cache
def find_values(cell: str) -> Mapping[str, str]:
    """The values of a cell's axes by its id; none of an id that isn't in today's catalogue."""
    catalogue = load_catalogue()
    found = catalogue.find(cell)
    return {} if found is None else catalogue.values(found)
