"""The nearest cures of a cell, from what was measured: the fewest changes that lead to a better outcome.

Changes are other values of axes, and other versions. Cures are listed in this order:

1. clean ones, then those that still warn, then those that leave something open;
2. of these, the ones with the fewest changes;
3. then those that keep what the suite does (`gives_up` says what doesn't);
4. then those whose cell is as good on most releases of pytest-asyncio, then on most systems;
5. then those that people make most easily: settings, another cleanup, another scope, another place for the client, an
   upgrade, other loops, an older version; then defaults before other values;
6. then those that lead to values with which most cells of the environment are clean; then the nearest versions.

Of cures with as many changes, those that change something else than the ones before them come first. A cure that
contains all changes of one before it isn't another cure, neither is the same with a version that is farther away, and
neither is one that leads to the same code. One change more than the best cure has is only worth naming where nothing
is given up, and what warns or leaks only where it is nearer than all that is clean: it takes the last place then.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from operator import ne
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from harness.analysis.label import label
from harness.catalogue.loading import find_values
from harness.catalogue.unstable import find_why_unstable
from harness.environments.identity import PLUGIN
from harness.knowledge.code import render_suite
from harness.knowledge.model import Change, Cure
from harness.knowledge.outcomes import BETTER, rank
from harness.packages import NONE
from harness.pipeline.cells import make_target
from harness.verdicts.model import Status
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.environments.model import Environment
    from harness.knowledge.outcomes import Outcomes

    Candidate = tuple[tuple[Change, ...], str, str]  # changes, cell and environment
    _Lister = Callable[[Outcomes, Catalogue, Cell, str, Sequence[Status]], Iterator[Candidate]]

FARTHEST = 3
"""Changes of a cure at most. With more, it would be another suite."""

FURTHER = 1
"""Changes that a cure may have more than the best one, if it gives nothing up."""

PYTHON = "python"

GIVEN_UP = frozenset(
    {
        ("cleanup_style", "none"),
        ("cleanup_style", "drop_and_collect"),
        ("cleanup_style", "body_end"),  # isn't reached when the test fails
        ("cleanup_style", "flush_around"),  # deletes all keys
        ("creation_site", "inside_test"),
        ("loop_policy", "debug"),
        ("loop_policy", "windows_proactor"),  # does nothing elsewhere than on Windows
        ("loop_policy", "windows_selector"),
    }
)
"""Values that give up something that the suite did on purpose, or do more than it wants."""

PURPOSES = frozenset({"workload", "interleaving"})
"""Axes that say what the tests are for: another value is another suite."""

EASE = ("loop_scope", "asyncio_mode", "cleanup_style", "fixture_scope", "creation_site", "upgrade", "loop_policy")
"""What changes, the easiest first. What isn't here comes last, an older version above all."""

_CURABLE = frozenset({Status.REPRODUCES, Status.FAILS, Status.LEAKS, Status.WARNS})


def find_cures(
    outcomes: Outcomes, catalogue: Catalogue, cell: Cell, environment: str, most: int = 3
) -> tuple[Cure, ...]:
    """The nearest measured cures of a cell in the environment with this key, the best first, in the order above.

    None for a cell that is clean there or can't be expressed there. A cell that wasn't measured there counts as one
    that isn't clean.
    """
    return _choose_better(outcomes, catalogue, cell, environment, using=_list_candidates, most=most)


def find_version_cures(
    outcomes: Outcomes, catalogue: Catalogue, cell: Cell, environment: str, most: int = 3
) -> tuple[Cure, ...]:
    """Those among them that change nothing but versions."""
    return _choose_better(outcomes, catalogue, cell, environment, using=_list_versions, most=most)


def _choose_better(
    outcomes: Outcomes, catalogue: Catalogue, cell: Cell, environment: str, *, using: _Lister, most: int
) -> tuple[Cure, ...]:
    verdict = outcomes.verdict(cell.id, environment)
    if environment not in outcomes or (verdict is not None and not is_curable(verdict.status)):
        return ()
    better = BETTER if verdict is None else tuple(one for one in BETTER if rank(one) < rank(verdict.status))
    unstable = find_why_unstable(catalogue)
    found = [
        make_cure(outcomes, changes, other, place)
        for changes, other, place in using(outcomes, catalogue, cell, environment, better)
        if not unstable(other)
    ]
    target = make_target(outcomes.environments[environment])

    def write(cure: Cure) -> object:
        if any(map(is_version, cure.changes)):
            return cure.changes
        return render_suite(catalogue, catalogue.parse(cure.cell), target)

    return choose_cures(found, make_order(outcomes, catalogue, environment), most, write=write)


def make_cure(outcomes: Outcomes, changes: Iterable[Change], cell: str, environment: str) -> Cure:
    """A cure with what was measured of it. Its evidence isn't looked up, which takes reading a file again."""
    outcome = outcomes.outcome(cell, environment)
    assert outcome is not None, "a cure was measured"
    places = outcomes.find_places(cell, outcome.verdict.status, outcomes.environments[environment].client)
    return Cure(
        changes=tuple(changes),
        cell=cell,
        environment=outcome.environment,
        status=outcome.verdict.status,
        label=label(outcome.verdict, load_categories()),
        releases=places.releases,
        systems=places.systems,
        run=outcome.reused_from or outcome.run,
    )


def _list_candidates(
    outcomes: Outcomes, catalogue: Catalogue, cell: Cell, environment: str, better: Sequence[Status]
) -> Iterator[Candidate]:
    """All that is better and near enough: changes, cell and environment."""
    values = catalogue.values(cell)
    for status in better:
        for other in outcomes.list_cells(environment, status):
            if other != cell.id and count_changes(values, find_values(other)) <= FARTHEST:
                yield list_changes(values, find_values(other)), other, environment
    others = {one.id: list_changes(values, catalogue.values(one)) for one in list_neighbours(catalogue, cell)}
    yield from _list_elsewhere(outcomes, others | {cell.id: ()}, environment, better)


def _list_versions(
    outcomes: Outcomes, _: Catalogue, cell: Cell, environment: str, better: Sequence[Status]
) -> Iterator[Candidate]:
    return _list_elsewhere(outcomes, {cell.id: ()}, environment, better)


def _list_elsewhere(
    outcomes: Outcomes, cells: Mapping[str, tuple[Change, ...]], environment: str, better: Sequence[Status]
) -> Iterator[Candidate]:
    """Those of the cells that are better with other versions."""
    for place, versions in find_other_versions(outcomes, environment).items():
        for cell, changes in cells.items():
            verdict = outcomes.verdict(cell, place)
            if verdict is not None and verdict.status in better and len(changes) + len(versions) <= FARTHEST:
                yield (*changes, *versions), cell, place


def is_curable(status: Status) -> bool:
    """Whether a suite with this status ran and wasn't clean."""
    return status in _CURABLE


def count_changes(before: Mapping[str, str], after: Mapping[str, str]) -> int:
    """In how many axes two cells differ."""
    return sum(map(ne, before.values(), after.values()))


def list_changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    """The axes in which two cells differ."""
    return tuple(
        Change(axis=axis, before=value, after=after[axis]) for axis, value in before.items() if after[axis] != value
    )


def list_neighbours(catalogue: Catalogue, cell: Cell) -> tuple[Cell, ...]:
    """The cells that differ from it in the value of one axis and that one can write down."""
    values = catalogue.values(cell)
    changed = (
        catalogue.cell(values | {axis: value})
        for axis, names in catalogue.value_names.items()
        for value in names
        if value != values[axis]
    )
    return tuple(one for one in changed if catalogue.excluded(one) is None)


def find_other_versions(outcomes: Outcomes, environment: str) -> dict[str, tuple[Change, ...]]:
    """The measured environments of the same system that differ from this one in versions one can ask for, and these."""
    here = outcomes.environments[environment]
    found = {key: list_version_changes(here, other) for key, other in outcomes.environments.items()}
    return {key: changes for key, changes in found.items() if changes}


def list_version_changes(before: Environment, after: Environment) -> tuple[Change, ...]:
    """The versions that are asked for differently; none where more than versions differs.

    What follows from the day on which a release was current, such as the version of pytest, is no change of its own.
    """
    same = (before.platform, before.implementation, before.client) == (
        after.platform,
        after.implementation,
        after.client,
    )
    own, others = _list_further_parts(before), _list_further_parts(after)
    if not same or own != others or NONE in (before.plugin, after.plugin):
        return ()
    pairs = {
        PYTHON: (before.python_minor, after.python_minor),
        PLUGIN: (before.plugin, after.plugin),
        before.client: (before.client_version, after.client_version),
    }
    if _names_pytest(before) or _names_pytest(after):
        pairs["pytest"] = (before.pytest, after.pytest)
    return tuple(Change(axis=name, before=one, after=other) for name, (one, other) in pairs.items() if one != other)


def _list_further_parts(environment: Environment) -> list[str]:
    """What its id names besides the versions that every id names, and pytest."""
    return [part for part in environment.id.split("/")[4:] if part != f"pytest-{environment.pytest}"]


def _names_pytest(environment: Environment) -> bool:
    return f"pytest-{environment.pytest}" in environment.id.split("/")


def choose_cures(
    found: Iterable[Cure],
    key: Callable[[Cure], tuple[object, ...]],
    most: int,
    *,
    write: Callable[[Cure], object] = lambda one: one,
) -> tuple[Cure, ...]:
    """The best of several, in the order that this module states. Of those that `write` makes equal, the first."""
    chosen: list[Cure] = []
    covered: list[Cure] = []  # with those that lead to the same code
    written: list[object] = []
    for cure in _put_others_first(sorted(found, key=key)):
        if _is_wanted(cure, chosen, most) and not _contains_other(cure, covered):
            covered.append(cure)
            text = write(cure)
            if text not in written:
                chosen.append(cure)
                written.append(text)
    return (*chosen[: most - 1], *chosen[most:]) if len(chosen) > most else tuple(chosen)


def _is_wanted(cure: Cure, chosen: Sequence[Cure], most: int) -> bool:
    """Whether there is room for it, and it is near enough to the best one, or nearer."""
    if not chosen:
        return True
    number, best = len(cure.changes), chosen[0]
    if len(chosen) >= most:
        return len(chosen) == most > 1 and number < min(len(one.changes) for one in chosen)
    further = FURTHER if not any(map(gives_up, cure.changes)) else 0
    return number <= len(best.changes) + further if cure.status is best.status else number < len(best.changes)


def _put_others_first(ordered: Iterable[Cure]) -> list[Cure]:
    """Of those with the same status and as many changes, first one for each set of axes, then the others."""
    seen = Counter[tuple[str, ...]]()
    numbered = []
    for cure in ordered:
        axes = (cure.status, *(one.axis for one in cure.changes))
        numbered.append(((rank(cure.status), len(cure.changes), seen[axes] > 0), cure))
        seen[axes] += 1
    return [cure for _, cure in sorted(numbered, key=lambda one: one[0])]


def _contains_other(cure: Cure, others: Iterable[Cure]) -> bool:
    """Whether it has all changes of another, whatever the versions."""
    own = set(map(_mask_version, cure.changes))
    return any(set(map(_mask_version, other.changes)) <= own for other in others)


def _mask_version(change: Change) -> tuple[str, str]:
    return change.axis, "" if is_version(change) else change.after


def make_order(outcomes: Outcomes, catalogue: Catalogue, environment: str) -> Callable[[Cure], tuple[object, ...]]:
    """Sorts cures in the order that this module states."""
    defaults, shares = catalogue.defaults, outcomes.find_clean_shares(environment)

    def make_key(cure: Cure) -> tuple[object, ...]:
        return (
            rank(cure.status),
            len(cure.changes),
            sum(map(gives_up, cure.changes)),
            -len(cure.releases),
            -len(cure.systems),
            sum(map(find_ease, cure.changes)),
            sum(defaults.get(one.axis) != one.after for one in cure.changes),
            -sum(shares.get((one.axis, one.after), 0) for one in cure.changes),
            [_find_distance(one) for one in cure.changes if is_version(one)],
            cure.changes,
        )

    return make_key


def gives_up(change: Change) -> bool:
    """Whether the suite would no longer do something that it did on purpose.

    Another workload is another suite, and so is another thing that happens between tests. A cleanup that is dropped,
    or that a failing test doesn't reach, is none, and one that deletes all keys is more than a cleanup. A client that
    each test makes isn't shared any more. Debug mode is no way to run tests for good, and nobody wants a policy for
    Windows that isn't there.
    """
    return change.axis in PURPOSES or (change.axis, change.after) in GIVEN_UP


def find_ease(change: Change) -> int:
    """How easily people make the change: 0 is the easiest."""
    name = "upgrade" if is_upgrade(change) else change.axis
    return EASE.index(name) if name in EASE else len(EASE)


def is_version(change: Change) -> bool:
    """Whether it is another version, not another value of an axis."""
    return _read_version(change.before) is not None


def is_upgrade(change: Change) -> bool:
    """Whether it is a later version of a package."""
    before, after = _read_version(change.before), _read_version(change.after)
    return before is not None and after is not None and after > before


def _find_distance(change: Change) -> tuple[int, ...]:
    """Sorts the versions of one package by how far they are away, on one side."""
    sign = 1 if is_upgrade(change) else -1
    version = _read_version(change.after)
    return tuple(sign * part for part in (version.major, version.minor, version.micro)) if version else ()


@cache
def _read_version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
