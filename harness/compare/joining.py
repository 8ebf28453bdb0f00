"""Rules that differ in one axis only, told as one: `loop_policy=debug,uvloop`, or `loop_policy!=default`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    Values = tuple[tuple[str, str], ...]  # (axis, value)
    Spans = dict[str, frozenset[str]]  # axis → values, any of which it may have

NOT = "!"
"""Ends the name of an axis whose values are the ones that are left out, so that it reads `axis!=value`."""


def joined(rules: Iterable[tuple[Values, int]], axes: Mapping[str, Collection[str]]) -> list[tuple[Values, int]]:
    """The rules with those joined that differ in the value of one axis; what each covers stays covered, by one rule.

    `axes` are all values of each axis. A rule without conditions stays as it is. What was first stays first.
    """
    found: list[tuple[Spans, int]] = []
    rest: list[tuple[Values, int]] = []
    for conditions, covers in rules:
        if conditions:
            _add(found, {axis: frozenset((value,)) for axis, value in conditions}, covers)
        else:
            rest.append((conditions, covers))
    return [(_written(spans, axes), covers) for spans, covers in found] + rest


def _add(found: list[tuple[Spans, int]], spans: Spans, covers: int) -> None:
    """Join it with a rule that is there as long as there is one, or put it at the end."""
    place = len(found)
    joining = True
    while joining:
        joining = False
        for other, (there, covered) in enumerate(found):
            axis = _only_difference(there, spans)
            if axis is not None:
                del found[other]
                spans, covers = {**spans, axis: there[axis] | spans[axis]}, covered | covers
                place, joining = min(place, other), True
                break
    found.insert(place, (spans, covers))


def _only_difference(one: Spans, other: Spans) -> str | None:
    """The axis in which two rules differ, if it is just one and both speak of it."""
    if one.keys() != other.keys():
        return None
    differing = [axis for axis, values in one.items() if values != other[axis]]
    return differing[0] if len(differing) == 1 else None


def _written(spans: Spans, axes: Mapping[str, Collection[str]]) -> Values:
    """The conditions; of an axis that may have most of its values, those that it may not have."""
    written = []
    for axis, values in sorted(spans.items()):
        left_out = set(axes[axis]) - values
        if len(values) == 1 or not left_out or len(left_out) >= len(values):
            written.append((axis, ",".join(sorted(values))))
        else:
            written.append((axis + NOT, ",".join(sorted(left_out))))
    return tuple(written)
