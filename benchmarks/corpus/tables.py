"""The corpus's result as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.output.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from benchmarks.corpus.model import Compared, Corpus, Difference

MOST_RATIO = 1.15
"""What the probe and the isolation may cost."""

SHORT = 2.0
"""Seconds below which the start of a process counts for more than the tests do."""

MOST_PLACES = 20
"""Of a project that are printed; the file has all."""


def make_tables(corpus: Corpus) -> tuple[Table, ...]:
    """The releases, the shapes, the differences, and what was left out."""
    releases = [one for one in corpus.projects if one.version]
    shapes = [one for one in corpus.projects if not one.version]
    differences = {one.name: one.differences for one in corpus.projects}
    unstable = {one.name: one.unstable for one in corpus.projects}
    tables = (
        _make_projects_table(releases),
        _make_shapes_table(shapes),
        _make_places_table("differences", "Differences", differences),
        _make_places_table("unstable", "What varies from run to run", unstable),
        _make_left_out_table(releases),
    )
    return tuple(table for table in tables if table.rows)


def _make_projects_table(projects: Iterable[Compared]) -> Table:
    rows = [
        (
            f"{one.name} {one.version}",
            f"{one.tests:,}",
            one.plain,
            one.ours,
            _describe_equal(one),
            f"{min(one.plain_wall):.1f}",
            f"{min(one.ours_wall):.1f}",
            f"{one.ratio:.2f}{'' if one.ratio <= MOST_RATIO else _explain_ratio(one)}",
        )
        for one in projects
    ]
    return Table(
        name="projects",
        title="Public projects, by plain pytest and by matrix --suite",
        headers=("project", "tests", "plain pytest", "matrix --suite", "equal", "plain s", "ours s", "ratio"),
        rows=tuple(rows),
        lead="Each test's three phases are compared. The times are the least of several runs in turn.",
        note=f"The goal is a ratio of {MOST_RATIO} at most, for suites of more than {SHORT:g} s.",
    )


def _describe_equal(one: Compared) -> str:
    text = "yes" if not one.differences else f"no: {len(one.differences):,} differ"
    return f"{text}, {len(one.unstable):,} unstable" if one.unstable else text


def _explain_ratio(one: Compared) -> str:
    more = (min(one.ours_wall) - min(one.plain_wall)) * 1000
    return f" (+{more:.0f} ms)" if min(one.plain_wall) < SHORT else " ✗"


def _make_shapes_table(shapes: Iterable[Compared]) -> Table:
    return Table(
        name="shapes",
        title="Small suites of shapes that went wrong",
        headers=("shape", "tests", "plain pytest", "equal", "verdict", "command"),
        rows=tuple(
            (one.name, f"{one.tests:,}", one.plain, _describe_equal(one), one.printed.label, one.command)
            for one in shapes
        ),
        prose=True,
    )


def _make_places_table(name: str, title: str, found: Mapping[str, Sequence[Difference]]) -> Table:
    return Table(
        name=name,
        title=title,
        headers=("where", "plain pytest", "matrix --suite"),
        rows=tuple(row for project, places in found.items() for row in _list_places(project, places)),
        prose=True,
    )


def _list_places(project: str, places: Sequence[Difference]) -> Iterator[tuple[str, ...]]:
    if places:
        yield (project,)
        yield from ((each.place, each.plain, each.ours) for each in places[:MOST_PLACES])
    if len(places) > MOST_PLACES:
        yield f"and {len(places) - MOST_PLACES:,} more", "", ""


def _make_left_out_table(projects: Iterable[Compared]) -> Table:
    return Table(
        name="left_out",
        title="What is left out",
        headers=("project", "which tests, and why"),
        rows=tuple((one.name, one.left_out) for one in projects if one.left_out),
        prose=True,
    )
