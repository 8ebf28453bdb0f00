"""Since which release, until which: said in words from results, without guessing at what was not run."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class ReleaseState(Enum):
    """What is known of one release."""

    YES = "yes"
    NO = "no"
    INEXPRESSIBLE = "not expressible"
    UNKNOWN = "not run"


class Point(msgspec.Struct, frozen=True):
    """One release, in the order of releases."""

    version: str
    state: ReleaseState


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Neighbouring releases of one state. Releases that were not run may lie between them, never one of another state.

    `after` is the nearest release before the span that was run and `before` the nearest one behind it; empty where
    there is none. The bound is exact where no release that was not run lies in between.
    """

    state: ReleaseState
    first: str
    last: str
    after: str
    before: str
    exact_start: bool
    exact_end: bool
    unknown: tuple[str, ...] = ()  # releases inside that were not run


def spans(points: Sequence[Point]) -> tuple[Span, ...]:
    """The stretches of what was run, in order; each release that was run lies in exactly one."""
    known = [place for place, point in enumerate(points) if point.state is not ReleaseState.UNKNOWN]
    stretches: list[list[int]] = []
    for place in known:
        if stretches and points[stretches[-1][-1]].state is points[place].state:
            stretches[-1].append(place)
        else:
            stretches.append([place])
    return tuple(_span(points, stretches, number) for number in range(len(stretches)))


def _span(points: Sequence[Point], stretches: Sequence[Sequence[int]], number: int) -> Span:
    here = stretches[number]
    first, last = here[0], here[-1]
    before = stretches[number - 1][-1] if number else -1
    behind = stretches[number + 1][0] if number + 1 < len(stretches) else len(points)
    return Span(
        state=points[first].state,
        first=points[first].version,
        last=points[last].version,
        after=points[before].version if before >= 0 else "",
        before=points[behind].version if behind < len(points) else "",
        exact_start=first == before + 1,
        exact_end=last == behind - 1,
        unknown=tuple(
            points[place].version for place in range(first, last) if points[place].state is ReleaseState.UNKNOWN
        ),
    )


def told(points: Sequence[Point], verb: str = "reproduces") -> str:
    """`reproduces since 0.23.0 until 0.23.3, again since 1.4.0; not expressible before 0.23.0`.

    A bound next to releases that were not run names the other end of what is not known: `since 0.23.8 (or earlier,
    after 0.21.2)`.
    """
    found = spans(points)
    if not found:
        return "not run"
    yes = [span for span in found if span.state is ReleaseState.YES]
    parts = [f"{verb} {', again '.join(map(_when, yes))}" if yes else f"never {verb}"]
    parts += _inexpressible(found)
    unknown = sum(point.state is ReleaseState.UNKNOWN for point in points)
    if unknown:
        parts.append(f"{len(points) - unknown} of {len(points)} releases run")
    return "; ".join(parts)


def _when(span: Span) -> str:
    if not span.after and not span.before:
        return "in every release" if span.exact_start and span.exact_end and not span.unknown else "wherever it was run"
    start = f"since {span.first}{_doubt(span.exact_start, 'earlier', 'after', span.after)}" if span.after else ""
    end = f"until {span.last}{_doubt(span.exact_end, 'later', 'before', span.before)}" if span.before else ""
    return f"{start} {end}".strip()


def _doubt(exact: bool, where: str, bound: str, version: str) -> str:
    return "" if exact else f" (or {where}, {bound} {version})"


def _inexpressible(found: Sequence[Span]) -> Iterator[str]:
    for span in found:
        if span.state is ReleaseState.INEXPRESSIBLE:
            if not span.after and span.before and span.exact_end:
                yield f"not expressible before {span.before}"
            elif not span.after and span.before:
                yield f"not expressible until {span.last}{_doubt(False, 'later', 'before', span.before)}"
            elif span.after and not span.before:
                yield f"not expressible since {span.first}"
            elif span.after:
                yield f"not expressible from {span.first} to {span.last}"
            else:
                yield "not expressible anywhere"
