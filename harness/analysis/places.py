"""In which environments something is so, in a few words."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from harness.analysis.columns import version_key, version_order
from harness.environments.identity import PLUGIN
from harness.environments.releases import load_releases
from harness.packages import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.analysis.columns import Column

_Members = list[tuple["Column", bool]]  # the environments of a release, and whether they are chosen


class _Span(NamedTuple):
    first: str
    last: str
    details: str  # what stands in brackets
    aside: bool = False  # on other Pythons only, and chosen in all of them: a dash may run over it


def describe_places(columns: Sequence[Column], chosen: Sequence[bool]) -> str:
    """`0.21.2–0.26.0 · 1.5.0 (py3.8, py3.9)`: releases of pytest-asyncio, with what else it takes to name them.

    A dash joins neighbouring releases. What stands in brackets is left out where all environments of a release are
    chosen, but a release that isn't there on the main Python is always named with its Python: what is seen in it may
    be the Python's doing, or, where that differs too, the client's: `0.24.0 (py3.8, valkey 6.1.0)`.
    """
    releases: dict[str, _Members] = {}
    for column, one in sorted(zip(columns, chosen, strict=True), key=lambda pair: version_key(pair[0].environment)):
        releases.setdefault(column.heading.partition("\n")[0], []).append((column, one))
    if all(chosen):
        names = list(releases)
        return _join_ends(names[0], names[-1]) if names else ""
    usual = frozenset(column.client for column in columns if column.main)
    spans: list[_Span] = []
    for met, stretch in groupby(releases.items(), key=lambda item: any(one for _, one in item[1])):
        if met:
            spans += _join_spans(_make_span(release, members, usual) for release, members in stretch)
    return " · ".join(
        _join_ends(span.first, span.last) + (f" ({span.details})" if span.details else "") for span in spans
    )


def count_releases(columns: Sequence[Column], chosen: Sequence[bool]) -> tuple[int, int]:
    """How many releases of pytest-asyncio were run in the ranges of the chosen ones, and how many there are in them.

    A dash joins those that were run; without this, it reads as if all between them were.
    """
    met: dict[str, bool] = {}
    for column, one in zip(columns, chosen, strict=True):
        met[column.environment.plugin] = met.get(column.environment.plugin, False) or one
    if NONE in met:
        return 0, 0
    stretches = [list(group) for one, group in groupby(sorted(met, key=version_order), key=met.__getitem__) if one]
    ends = [(stretch[0], stretch[-1]) for stretch in stretches]
    pythons = {column.environment.python_minor for column in columns}
    there = {one.version for python in pythons for one in load_releases().versions(PLUGIN, python=python)} | {*met}
    inside = [
        one
        for one in there
        if any(version_order(first) <= version_order(one) <= version_order(last) for first, last in ends)
    ]
    return len(met.keys() & {*inside}), len(inside)


def _join_ends(first: str, last: str) -> str:
    return first if first == last else f"{first}–{last}"


def _join_spans(stretch: Iterable[_Span]) -> list[_Span]:
    """Spans of neighbouring releases, those with equal brackets as one."""
    spans: list[_Span] = []
    for span in stretch:
        before = len(spans)
        while not span.details and before and spans[before - 1].aside:
            before -= 1
        if before and spans[before - 1].details == span.details:
            spans[before - 1 :] = [span._replace(first=spans[before - 1].first)]
        else:
            spans.append(span)
    return spans


def _make_span(release: str, members: _Members, usual: frozenset[str]) -> _Span:
    whole = all(one for _, one in members)
    aside = not any(column.main for column, _ in members)
    return _Span(release, release, "" if whole and not aside else _describe_members(members, usual), whole and aside)


def _describe_members(members: _Members, usual: frozenset[str]) -> str:
    runs = list(_list_runs(members, usual))
    return ("; " if any(", " in run for run in runs) else ", ").join(runs)


def _list_runs(members: _Members, usual: frozenset[str]) -> Iterator[str]:
    """`py3.8–py3.10`, `py3.13`: neighbours that are chosen, joined; with the client where it is none of the usual."""
    for one, group in groupby(members, key=lambda member: member[1]):
        if one:
            columns = [column for column, _ in group]
            details = [" ".join(column.heading.split("\n")[1:]) for column in columns]
            clients = list(dict.fromkeys(column.client for column in columns))
            named = usual.isdisjoint(clients) and not any(client in text for client in clients for text in details)
            yield ", ".join([_join_ends(details[0], details[-1]), *(clients if named else ())])
