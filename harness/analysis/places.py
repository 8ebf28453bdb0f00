"""Saying in a few words in which environments something is so."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.analysis.grid import Column


def places(columns: Sequence[Column], chosen: Sequence[bool]) -> str:
    """`0.21.2–0.26.0 · 1.5.0 (py3.8, py3.9)`: releases of pytest-asyncio, with what else is needed to tell them.

    A dash joins releases that are neighbours among the columns. What stands in brackets is left out where all
    environments of a release are chosen.
    """
    releases: dict[str, list[tuple[str, bool]]] = {}
    for column, one in zip(columns, chosen, strict=True):
        release, *rest = column.heading.split("\n")
        releases.setdefault(release, []).append((" ".join(rest), one))
    spans: list[tuple[str, str, str]] = []  # first release, last release, what stands in brackets
    joinable = False
    for release, members in releases.items():
        details = _details(members)
        if details is None:
            joinable = False
            continue
        if joinable and spans[-1][2] == details:
            spans[-1] = (spans[-1][0], release, details)
        else:
            spans.append((release, release, details))
        joinable = True
    return " · ".join(
        (first if first == last else f"{first}–{last}") + (f" ({details})" if details else "")
        for first, last, details in spans
    )


def _details(members: Sequence[tuple[str, bool]]) -> str | None:
    """None: not chosen at all. Empty: chosen in each."""
    chosen = [detail for detail, one in members if one]
    if not chosen:
        return None
    return "" if len(chosen) == len(members) else ", ".join(_spans(members))


def _spans(members: Sequence[tuple[str, bool]]) -> Iterator[str]:
    """`py3.8–py3.10`, `py3.13`: neighbours that are chosen, joined."""
    for one, group in groupby(members, key=lambda member: member[1]):
        if one:
            details = [detail for detail, _ in group]
            yield details[0] if len(details) == 1 else f"{details[0]}–{details[-1]}"
