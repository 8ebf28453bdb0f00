"""Which of several cures are named, and in which order.

Cures are listed in this order:

1. clean ones, then those that still warn, then those that leave something open;
2. of these, the ones with the fewest changes; another runner counts as three, as it changes every test and fixture;
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

from itertools import groupby
from typing import TYPE_CHECKING

from harness.knowledge.changes import is_upgrade, is_version, read_version
from harness.knowledge.outcomes import rank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.knowledge.model import Change, Cure
    from harness.knowledge.outcomes import Outcomes

FURTHER = 1
"""Changes that a cure may have more than the best one, if it gives nothing up."""

GIVEN_UP = frozenset(
    {
        ("cleanup_style", "none"),
        ("cleanup_style", "drop_and_collect"),
        ("cleanup_style", "body_end"),  # isn't reached when the test fails
        ("cleanup_style", "flush_around"),  # deletes all keys
        ("creation_site", "inside_test"),
        ("creation_site", "cluster_client"),  # another server
        ("loop_policy", "debug"),
        ("loop_policy", "windows_proactor"),  # does nothing elsewhere than on Windows
        ("loop_policy", "windows_selector"),
        ("runner", "unittest"),  # has no fixtures
    }
)
"""Values that give up something that the suite did on purpose, or do more than it wants."""

PURPOSES = frozenset({"workload", "interleaving", "workers"})
"""Axes that say what the tests are for: another value is another suite."""

LARGE = {"runner": 3}
"""Axes whose change is as large as so many others: every test and every async fixture is written in another way."""

EASE = ("loop_scope", "asyncio_mode", "cleanup_style", "fixture_scope", "creation_site", "upgrade", "loop_policy")
"""What changes, the easiest first. What isn't here comes last, an older version above all."""


def choose_cures(
    found: Iterable[Cure],
    key: Callable[[Cure], tuple[object, ...]],
    most: int,
    *,
    write: Callable[[Cure], object] = lambda one: one,
) -> tuple[Cure, ...]:
    """The best of several, in the order that this module states. Of those that `write` makes equal, the first.

    They come in order of their levels, and no more of them are asked for than it takes.
    """
    chosen: list[Cure] = []
    covered: list[Cure] = []  # with those that lead to the same code
    written: list[object] = []
    for _, cures in groupby(found, measure_level):
        if _is_enough(chosen, most):
            break
        for cure in _put_others_first(sorted(cures, key=key)):
            if _is_wanted(cure, chosen, most) and not _contains_other(cure, covered):
                covered.append(cure)
                text = write(cure)
                if text not in written:
                    chosen.append(cure)
                    written.append(text)
    return (*chosen[: most - 1], *chosen[most:]) if len(chosen) > most else tuple(chosen)


def _is_enough(chosen: Sequence[Cure], most: int) -> bool:
    """Whether nothing that follows can be wanted: no change is smaller than one."""
    if len(chosen) < most:
        return False
    return len(chosen) > most or most == 1 or min(map(measure_size, chosen)) == 1


def _is_wanted(cure: Cure, chosen: Sequence[Cure], most: int) -> bool:
    """Whether there is room for it, and it is near enough to the best one, or nearer."""
    if not chosen:
        return True
    number, best = measure_size(cure), chosen[0]
    if len(chosen) >= most:
        return len(chosen) == most > 1 and number < min(map(measure_size, chosen))
    return is_near(measure_level(cure), measure_level(best), cure.changes)


def is_near(one: tuple[int, int], best: tuple[int, int], changes: Iterable[Change]) -> bool:
    """Whether changes may be worth naming beside the best ones. Both are given as the rank of their status and their
    size.
    """
    (status, size), (best_status, best_size) = one, best
    if status != best_status:
        return size < best_size
    return size <= best_size or (size <= best_size + FURTHER and not any(map(gives_up, changes)))


def _put_others_first(ordered: Iterable[Cure]) -> list[Cure]:
    """Of those on one level, first one for each set of axes, then the others."""
    first: dict[tuple[str, ...], Cure] = {}
    listed = list(ordered)
    others = [cure for cure in listed if first.setdefault(tuple(one.axis for one in cure.changes), cure) is not cure]
    return [*first.values(), *others]


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
            measure_size(cure),
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


def measure_level(cure: Cure) -> tuple[int, int]:
    """What it leads to and how much it changes: what comes first is better, whatever else is to be known of it."""
    return rank(cure.status), measure_size(cure)


def measure_size(cure: Cure) -> int:
    """How many changes it is, with the large ones for several."""
    return measure_changes(cure.changes)


def measure_changes(changes: Iterable[Change]) -> int:
    """The same of changes alone."""
    return sum(LARGE.get(one.axis, 1) for one in changes)


def gives_up(change: Change) -> bool:
    """Whether the suite would no longer do something that it did on purpose.

    Another workload is another suite, and so is another thing that happens between tests, or another number of
    processes. A cleanup that is dropped, or that a failing test doesn't reach, is none, and one that deletes all keys
    is more than a cleanup. A client that each test makes isn't shared any more, and one of a cluster needs another
    server. Debug mode is no way to run tests for good, nobody wants a policy for Windows that isn't there, and
    `unittest` has no fixtures.
    """
    return change.axis in PURPOSES or (change.axis, change.after) in GIVEN_UP


def find_ease(change: Change) -> int:
    """How easily people make the change: 0 is the easiest."""
    name = "upgrade" if is_upgrade(change) else change.axis
    return EASE.index(name) if name in EASE else len(EASE)


def _find_distance(change: Change) -> tuple[int, ...]:
    """Sorts the versions of one package by how far they are away, on one side."""
    sign = 1 if is_upgrade(change) else -1
    version = read_version(change.after)
    return tuple(sign * part for part in (version.major, version.minor, version.micro)) if version else ()
