"""What changed from one environment to the next along one dimension: the numbers of `compare`, in sentences."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from harness.analysis.columns import version_key, version_order
from harness.analysis.label import NOT_APPLICABLE, join_labels, label
from harness.catalogue.loading import find_values
from harness.compare.comparing import Comparer, MeasuredCells
from harness.compare.model import ChangeKind
from harness.compare.pairing import PYTHON, make_pair
from harness.compare.rules import NOT
from harness.compare.tables import format_values
from harness.environments.identity import PLUGIN
from harness.knowledge.causes import join_clauses
from harness.knowledge.changes import list_further_parts, names_pytest
from harness.output.text import count
from harness.packages import CLIENTS, NONE
from harness.report.model import PageChange, PageStep
from harness.suites.suite import is_suite
from harness.verdicts.model import Status
from harness.verdicts.same_outcome import select_counting_findings
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.compare.model import Comparison, Group, Pair
    from harness.environments.model import Environment
    from harness.report.measured import Measured
    from harness.verdicts.model import Verdict

    _Cells = Mapping[str, tuple[Verdict, ...]]

PYTEST, CLIENT = "pytest", "client"

_VERBS = {"leaks ": ("leaks", "leak"), "warns ": ("warns of", "warn of"), "fails ": ("fails with", "fail with")}


def make_steps(measured: Measured, catalogue: Catalogue, number: Callable[[Verdict], int]) -> tuple[PageStep, ...]:
    """The steps of every dimension. Verdicts of which `number` is equal are the same but for texts."""
    places = {environment.digest: place for place, environment in enumerate(measured.environments)}
    cells = MeasuredCells(measured.environments, _find_samples(measured, number))
    numbers = {cell: place for place, cell in enumerate(measured.cells)}
    comparer = Comparer(load_categories(), find_values)
    steps = []
    for dimension, pair in list_pairs(measured):
        assert pair.before
        assert pair.after
        done = comparer.compare_pairs([pair], (cells, cells), (pair.before.id, pair.after.id))
        sides = cells.cells(pair.before), cells.cells(pair.after)
        steps.append(
            PageStep(
                dimension=dimension,
                before=places[pair.before.digest],
                after=places[pair.after.digest],
                also=tuple(_list_others(pair)),
                counts={kind.value: found for kind, found in done.pairs[0].counts if found},
                changes=tuple(_make_changes(done, catalogue, numbers, sides)),
            )
        )
    return tuple(steps)


def _find_samples(measured: Measured, number: Callable[[Verdict], int]) -> dict[str, _Cells]:
    """The verdicts of each cell; equal ones are one object, which makes comparing them fast."""
    ones: dict[tuple[int, ...], tuple[Verdict, ...]] = {}
    return {
        environment.digest: {
            cell: ones.setdefault(tuple(number(one.verdict) for one in samples), tuple(one.verdict for one in samples))
            for cell, samples in found.items()
            if not is_suite(cell)
        }
        for environment, found in zip(measured.environments, measured.outcomes, strict=True)
    }


def count_cells(cells: Iterable[str]) -> int:
    """How many of them are cells, not suites."""
    return sum(not is_suite(cell) for cell in cells)


def list_pairs(measured: Measured) -> Iterator[tuple[str, Pair]]:
    """Successive releases of pytest-asyncio on the main Python, then Pythons, clients and pytests of the same release.

    Of several environments that are the same in that, the one counts in which the simplest suite passes, then the one
    that names no pytest, then the one in which most cells were measured, then the one with the newest client.
    """
    numbers = {
        one.digest: count_cells(cells) for one, cells in zip(measured.environments, measured.outcomes, strict=True)
    }
    known = [column for column in measured.columns if numbers[column.environment.digest]]
    known.sort(key=lambda one: (numbers[one.environment.digest], version_key(one.environment)))
    every = [one.environment for one in known]
    unusable = {measured.environments[place].digest for place in measured.unusable}
    ranked = sorted(every, key=lambda one: (one.digest not in unusable, not names_pytest(one)))
    main = {one.environment.digest for one in known if one.main}
    releases = [one for one in ranked if one.digest in main]
    yield from _pair(PLUGIN, releases, lambda one: (one.python_minor,), frozenset({PLUGIN}))
    yield from _pair(PYTHON, ranked, lambda one: (one.plugin,), frozenset({PYTHON}))
    clients = frozenset(one.client for one in ranked)
    yield from _pair(CLIENT, ranked, lambda one: (one.plugin, one.python_minor), clients)
    yield from _pair(PYTEST, every, lambda one: (one.plugin, one.python_minor, one.client_name), frozenset({PYTEST}))


def _pair(
    dimension: str, environments: Sequence[Environment], rest: Callable[[Environment], object], asked: frozenset[str]
) -> Iterator[tuple[str, Pair]]:
    """Neighbours in a dimension among those that have the rest in common. Of equal ones the last counts."""
    groups: dict[object, dict[str, Environment]] = {}
    for one in environments:
        key = (one.platform, one.implementation, one.client, rest(one), *list_further_parts(one))
        groups.setdefault(key, {})[_find_value(dimension, one)] = one
    for found in groups.values():
        known = [one for one in found.values() if one.plugin != NONE]
        for before, after in pairwise(sorted(known, key=lambda one: version_order(_find_value(dimension, one)))):
            yield dimension, make_pair(before, after, asked)


def _find_value(dimension: str, environment: Environment) -> str:
    values = {
        PLUGIN: environment.plugin,
        PYTHON: environment.python_minor,
        CLIENT: environment.client_version,
        PYTEST: environment.pytest,
    }
    return values[dimension]


def _list_others(pair: Pair) -> Iterator[str]:
    """What differs besides and may matter: pytest, the client, the Python's last digit."""
    for drift in pair.drift:
        if drift.package in {PYTEST, PYTHON, *CLIENTS}:
            yield str(drift)


def _make_changes(
    done: Comparison, catalogue: Catalogue, numbers: Mapping[str, int], sides: tuple[_Cells, _Cells]
) -> Iterator[PageChange]:
    """A change for each cause, the most cells first. Causes without conditions that read the same are one."""
    found: dict[tuple[str, _Event, str], tuple[Group, list[int]]] = {}
    for group in done.groups:
        key = (group.category.value, _find_event(group, sides), format_values(group.common))
        found.setdefault(key, (group, []))[1].extend(numbers[cell] for cell in group.cells)
    for (kind, event, query), (group, cells) in sorted(found.items(), key=lambda item: -len(item[1][1])):
        yield PageChange(
            kind=kind,
            sentence=event.describe(len(cells)),
            where=join_clauses(_read_conditions(group, catalogue), catalogue) if group.common else "",
            query=query,
            cells=tuple(cells),
        )


class _Event(NamedTuple):
    """What happened to cells, in the words of a sentence."""

    when: str  # "now", "still", "no longer"
    label: str
    rest: str  # how it was on the other side, or what is different of it

    def describe(self, number: int) -> str:
        """`240 cells now show event-loop-fixture-missing (before: clean).`"""
        return f"{count(number, 'cell')} {_make_verb(self.label, self.when, plural=number != 1)}{self.rest}."


def _find_event(group: Group, sides: tuple[_Cells, _Cells]) -> _Event:
    one, other = (side[group.cells[0]] for side in sides)
    before, after = (join_labels([_label(each) for each in side]) for side in (one, other))
    if before == after and len(one) == len(other) == 1:
        return _Event("still", after, f", {_describe_difference(one[0], other[0])}")
    if group.category is ChangeKind.DISAPPEARED:
        return _Event("no longer", before, f" (now: {_describe_others(group)})")
    return _Event("now", after, f" (before: {_describe_others(group)})")


def _label(verdict: Verdict) -> str:
    text = label(verdict, load_categories())
    return f"{text}: {verdict.reason}" if verdict.status is Status.NOT_APPLICABLE else text


def _describe_difference(before: Verdict, after: Verdict) -> str:
    """`no longer no-current-loop in the cleanup`."""
    one, other = (
        {f"{each.signature} in the {each.channel}" for each in select_counting_findings(side, load_categories())}
        for side in (before, after)
    )
    new, gone = sorted(other - one), sorted(one - other)
    parts = [
        *([f"now also {' and '.join(new)}"] if new else []),
        *([f"no longer {' and '.join(gone)}"] if gone else []),
    ]
    return ", ".join(parts) or "in other tests"


def _describe_others(group: Group) -> str:
    """What most of the cells show on the other side."""
    most = group.opposite[0][0]
    text = "not expressible" if most.startswith(NOT_APPLICABLE) else most
    return f"mostly {text}" if len(group.opposite) > 1 else text


def _make_verb(label: str, when: str, *, plural: bool) -> str:
    """`now shows loop-closed`, `no longer leak connection`, `are clean now`."""
    for lead, verbs in _VERBS.items():
        if label.startswith(lead):
            return f"{when} {verbs[plural]} {label.removeprefix(lead)}"
    if label.startswith(NOT_APPLICABLE):
        return f"{when} can't be written down{label.removeprefix(NOT_APPLICABLE)}"
    if label == Status.CLEAN:
        return f"{'are' if plural else 'is'} {when} clean"
    return f"{when} {'show' if plural else 'shows'} {label}"


def _read_conditions(group: Group, catalogue: Catalogue) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The values that each axis may have."""
    found = []
    for name, listed in group.common:
        axis, values = name.removesuffix(NOT), listed.split(",")
        if name.endswith(NOT):
            values = [value for value in catalogue.value_names[axis] if value not in values]
        found.append((axis, tuple(values)))
    return tuple(found)
