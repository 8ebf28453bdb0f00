"""Which environment of one side is compared with which of the other, and in what they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.compare.model import Drift, Pair
from harness.compare.sides import Versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.compare.sides import Side
    from harness.environments.model import Environment

PYTHON = "python"


def pair_up(befores: Sequence[Environment], afters: Sequence[Environment], asked: frozenset[str]) -> tuple[Pair, ...]:
    """One-to-one pairs, those that differ least first; what is left over has no counterpart.

    What is installed counts before what only single cells have: which of these ran differs from run to run.
    Environments of different platforms are never paired, of different Pythons and client packages only where that was
    asked for: a difference would have no known cause.
    """
    distances = sorted(
        (
            (count_installed_drifts(before, after), len(find_drifts(before, after)), place, other)
            for place, before in enumerate(befores)
            for other, after in enumerate(afters)
            if is_comparable(before, after, asked)
        ),
    )
    partner: dict[int, int] = {}
    for *_, place, other in distances:
        if place not in partner and other not in partner.values():
            partner[place] = other
    pairs = [
        make_pair(before, afters[partner[place]], asked) if place in partner else Pair(before=before, after=None)
        for place, before in enumerate(befores)
    ]
    rest = [Pair(before=None, after=after) for other, after in enumerate(afters) if other not in partner.values()]
    return (*pairs, *rest)


def is_comparable(before: Environment, after: Environment, asked: frozenset[str]) -> bool:
    """Whether differences between what ran there can be owed to what was asked for."""
    if before.platform != after.platform or before.implementation != after.implementation:
        return False
    if before.python_minor != after.python_minor and PYTHON not in asked:
        return False
    return before.client == after.client or {before.client, after.client} <= asked


def make_pair(before: Environment, after: Environment, asked: frozenset[str]) -> Pair:
    """Two environments and what differs, apart by whether it was asked for."""
    found = find_drifts(before, after)
    return Pair(
        before=before,
        after=after,
        asked=tuple(drift for drift in found if drift.package in asked),
        drift=tuple(drift for drift in found if drift.package not in asked),
    )


def find_drifts(before: Environment, after: Environment) -> tuple[Drift, ...]:
    """Every package that differs, the Python among them.

    Those that only single cells have are among them where both sides had such cells.
    """
    one, other = (each.everything | {PYTHON: each.python} for each in (before, after))
    compared = {PYTHON, *before.installed, *after.installed, *(one.keys() & other.keys())}
    return tuple(
        Drift(package=package, before=one.get(package, ""), after=other.get(package, ""))
        for package in sorted(compared)
        if one.get(package) != other.get(package)
    )


def count_installed_drifts(before: Environment, after: Environment) -> int:
    """How many packages differ that every cell has, the Python among them."""
    one, other = (each.installed | {PYTHON: each.python} for each in (before, after))
    return sum(one.get(package) != other.get(package) for package in one.keys() | other.keys())


def find_requested_packages(before: Side, after: Side) -> frozenset[str]:
    """The packages whose versions the two sides name differently."""
    if not (isinstance(before, Versions) and isinstance(after, Versions)):
        return frozenset()
    return frozenset(package for package, _ in set(before.wanted) ^ set(after.wanted))


def sort_environments(environments: Iterable[Environment]) -> list[Environment]:
    """Each environment once, in order of their ids."""
    found: dict[str, Environment] = {}
    for one in environments:
        found[one.digest] = one.add_known(found.get(one.digest))
    return sorted(found.values(), key=lambda one: (one.id, one.digest))
