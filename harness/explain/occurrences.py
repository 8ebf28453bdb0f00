"""Where each signature was met: how many of the cells that ran in an environment show it, and beside what."""

from __future__ import annotations

from collections import Counter
from itertools import chain, groupby
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.cell_sets import is_common
from harness.analysis.columns import version_order
from harness.analysis.grid import RAN
from harness.analysis.label import find_hidden
from harness.environments.model import Environment
from harness.verdicts.same_outcome import IdentityCache

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from harness.knowledge.outcomes import Outcomes
    from harness.verdicts.model import Verdict

_Numbers = tuple[int, int, int, int]
_DASH = "\N{EN DASH}"


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """One environment: of the cells that ran there, how many show a signature.

    Cells that can run on every release and Python are counted apart from those that need a certain version or package:
    only the former are the same ones in all environments.
    """

    environment: Environment
    cells: int
    of: int
    further: int = 0
    further_of: int = 0

    @property
    def any(self) -> bool:
        """Whether a cell shows it."""
        return bool(self.cells or self.further)


class OccurrenceRange(msgspec.Struct, frozen=True, kw_only=True):
    """Environments in which as many of as many cells show a signature."""

    releases: str  # of pytest-asyncio, as ranges of those that were measured: "0.24.0–0.26.0"
    pythons: str  # likewise: "3.10–3.13"
    cells: int
    of: int
    further: int = 0
    further_of: int = 0

    def describe(self) -> str:
        """`38 of 176`, and where cells show it that need a certain version: `38 of 176, 5 of 62 others`."""
        others = f", {self.further:,} of {self.further_of:,} others" if self.further else ""
        return f"{self.cells:,} of {self.of:,}{others}"


class Relation(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """How often one signature hides another: it is what the test reports, and the other what went wrong first."""

    surface: str
    root: str
    cells: int


class Occurrences:
    """What was measured of every signature."""

    def __init__(self, outcomes: Outcomes) -> None:
        self._outcomes = outcomes
        self._counted: dict[tuple[str, bool], Counter[str]] = {}  # environment, whether common → signature → cells
        self._ran: Counter[tuple[str, bool]] = Counter()
        names = IdentityCache(_list_names)
        for key in outcomes.environments:
            ran = [(cell, one.verdict) for cell, one in outcomes.outcomes(key).items() if one.verdict.status in RAN]
            for common in (True, False):
                verdicts = [verdict for cell, verdict in ran if is_common(cell) is common]
                self._ran[key, common] = len(verdicts)
                self._counted[key, common] = Counter(chain.from_iterable(map(names, verdicts)))

    def find(self, signature: str) -> tuple[Occurrence, ...]:
        """Every environment, also those in which no cell shows it, by version."""
        found = [
            Occurrence(
                environment=one,
                cells=self._counted[key, True][signature],
                of=self._ran[key, True],
                further=self._counted[key, False][signature],
                further_of=self._ran[key, False],
            )
            for key, one in self._outcomes.environments.items()
            if self._ran[key, True] or self._ran[key, False]
        ]
        return tuple(sorted(found, key=lambda one: _order_environment(one.environment)))

    def find_relations(self, signature: str) -> tuple[Environment | None, tuple[Relation, ...]]:
        """What it hides and what hides it in the newest environment that shows it, those met most often first."""
        shown = [one.environment for one in self.find(signature) if one.any]
        if not shown:
            return None, ()
        newest = shown[-1]
        hidden = IdentityCache(find_hidden)
        verdicts = (one.verdict for one in self._outcomes.outcomes(newest.digest).values())
        counted = Counter(chain.from_iterable(map(hidden, verdicts)))
        found = [
            Relation(surface=surface, root=root, cells=cells)
            for (surface, root), cells in counted.items()
            if signature in (surface, root) and surface != root
        ]
        return newest, tuple(sorted(found, key=lambda one: (-one.cells, one)))


def group_ranges(found: Sequence[Occurrence]) -> tuple[OccurrenceRange, ...]:
    """A line for each count, in the order of releases."""
    groups: dict[_Numbers, list[Environment]] = {}
    for one in found:
        groups.setdefault(_get_numbers(one), []).append(one.environment)
    ambiguous = _list_ambiguous(found)
    releases = list(dict.fromkeys(_name_release(one.environment, ambiguous) for one in found))
    pythons = sorted({one.environment.python_minor for one in found}, key=version_order)
    return tuple(
        OccurrenceRange(
            releases=_join_ranges({_name_release(one, ambiguous) for one in members}, releases),
            pythons=_join_ranges({one.python_minor for one in members}, pythons),
            cells=numbers[0],
            of=numbers[1],
            further=numbers[2],
            further_of=numbers[3],
        )
        for numbers, members in groups.items()
    )


def _get_numbers(one: Occurrence) -> _Numbers:
    return one.cells, one.of, one.further, one.further_of


def _name_release(environment: Environment, ambiguous: Collection[str]) -> str:
    pytest = f" with pytest {environment.pytest}" if environment.plugin in ambiguous else ""
    return f"{environment.plugin}{pytest}"


def _list_ambiguous(found: Sequence[Occurrence]) -> set[str]:
    """Releases that show different counts with different releases of pytest."""
    seen: dict[tuple[str, str], set[_Numbers]] = {}
    for one in found:
        seen.setdefault((one.environment.plugin, one.environment.python_minor), set()).add(_get_numbers(one))
    return {plugin for (plugin, _), counts in seen.items() if len(counts) > 1}


def _join_ranges(chosen: Collection[str], known: Sequence[str]) -> str:
    """`0.24.0–0.26.0` for neighbours among the known ones, which are in order."""
    ranges = [list(group) for is_chosen, group in groupby(known, chosen.__contains__) if is_chosen]
    return ", ".join(one[0] if len(one) == 1 else f"{one[0]}{_DASH}{one[-1]}" for one in ranges)


def _order_environment(one: Environment) -> tuple[object, ...]:
    return tuple(map(version_order, (one.plugin, one.python_minor, one.client_version, one.pytest)))


def _list_names(verdict: Verdict) -> Collection[str]:
    return frozenset(one.signature for one in verdict.findings)
