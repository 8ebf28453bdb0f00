"""The result of a comparison."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from harness.environments.model import Environment
from harness.verdicts.model import Verdict

Samples = tuple[Verdict, ...]


class ChangeKind(StrEnum):
    """The closed list of what can become of a cell from one side to the other."""

    SAME = "same"
    APPEARED = "appeared"  # an error, a leak or a warning that was not there, or a graver one
    DISAPPEARED = "disappeared"
    OTHER_ERROR = "other error"  # as grave, but of another kind, or met in other tests
    OTHER_CHANNEL = "other channel"  # the same errors, moved between test body and cleanup
    INEXPRESSIBLE = "became not expressible"
    EXPRESSIBLE = "became expressible"
    UNSTABLE = "unstable"  # the samples of a side are not the same outcome
    MISSING = "environment missing"  # not run or not measured on one side


class Drift(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A package that differs. A version is empty where the package isn't installed."""

    package: str
    before: str
    after: str

    def __str__(self) -> str:
        match self.before, self.after:
            case "", after:
                return f"{self.package} {after} added"
            case before, "":
                return f"{self.package} {before} gone"
            case before, after:
                return f"{self.package} {before} → {after}"


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two environments that are compared. At most one of them is None: the other has no counterpart."""

    before: Environment | None
    after: Environment | None
    asked: tuple[Drift, ...] = ()  # what the comparison is about
    drift: tuple[Drift, ...] = ()  # what differs besides

    @property
    def exact(self) -> bool:
        """The two differ in nothing but what was asked for."""
        return self.before is not None and self.after is not None and not self.drift


class CellChange(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one cell in one pair of environments. `labels` has one for each side."""

    cell: str
    category: ChangeKind
    labels: tuple[str, str]


class SetAside(msgspec.Struct, frozen=True, kw_only=True):
    """A change that doesn't count, and why."""

    change: CellChange
    what: str  # the kind of reason, in a word or two: "expected"
    why: str = ""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Cells to which the same happened: one cause, one line.

    `common` maps axes to values: no compared cell that has them all did otherwise. `loop_policy=debug,uvloop` is either
    of the two, `loop_policy!=default` any but that. It is empty where the cells have nothing in common that tells them
    from the others.
    """

    label: str  # what the cells show now; what they showed before where it disappeared
    categories: tuple[tuple[ChangeKind, int], ...]  # the most frequent first
    opposite: tuple[tuple[str, int], ...]  # what they show on the other side, the most frequent first
    common: tuple[tuple[str, str], ...]
    cells: tuple[str, ...]
    pairs: tuple[int, ...]  # places in `Comparison.pairs`

    @property
    def category(self) -> ChangeKind:
        """The one that most of the cells have."""
        return self.categories[0][0]


class PairComparison(msgspec.Struct, frozen=True, kw_only=True):
    """A pair, and what became of its cells."""

    pair: Pair
    counts: tuple[tuple[ChangeKind, int], ...]  # every category once, in order of declaration
    changes: tuple[CellChange, ...]  # all but the same and those set aside
    only_before: int = 0  # cells that were not run on the other side, so they are not compared
    only_after: int = 0
    values: tuple[tuple[str, str, int], ...] = ()  # axis, value, cells compared that have it
    aside: tuple[SetAside, ...] = ()  # not in the counts


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two sides, pair by pair."""

    before: str  # how the side was named
    after: str
    pairs: tuple[PairComparison, ...]
    groups: tuple[Group, ...]  # the largest first
    sources: str = ""  # how many environments came from where, in words

    @property
    def changed(self) -> int:
        """How many cells are not the same."""
        return sum(len(one.changes) for one in self.pairs)
