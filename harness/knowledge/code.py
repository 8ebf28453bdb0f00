"""A change as code: what differs between the suites of two cells, as a unified diff."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from harness.catalogue.rendering import make_draft, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.catalogue.target import Target

CONTEXT = 2
"""Unchanged lines that are shown around each change."""

TITLE = "Fixtures of the tests."
"""In place of the cell's id, which is in the text of its suite and would differ."""

_NOWHERE = "/dev/null"


@dataclass(frozen=True, kw_only=True)
class Hunk:
    """Changed lines that stand together, with those around them."""

    path: str
    header: str  # of the file
    lines: tuple[str, ...]

    @property
    def changed(self) -> tuple[str, ...]:
        """The lines that are taken away and added."""
        return tuple(line for line in self.lines if line[:1] in ("+", "-"))


def show_change(
    catalogue: Catalogue, before: Cell, after: Cell, target: Target, *, after_target: Target | None = None
) -> str:
    """What one changes to get from one cell to the other, as `git apply` takes it; empty where no code changes.

    Both suites are written for `target`, or the second one for `after_target`. Ask `not_applicable` first.
    """
    return _write(list_hunks(catalogue, before, after, target, after_target=after_target))


def summarize_change(
    catalogue: Catalogue, before: Cell, after: Cell, target: Target, *, after_target: Target | None = None
) -> str:
    """The same for reading: a change that is made in several places is shown once, and then counted."""
    shown: dict[tuple[str, ...], Hunk] = {}
    others = Counter[str]()
    for hunk in list_hunks(catalogue, before, after, target, after_target=after_target):
        if shown.setdefault(hunk.changed, hunk) is not hunk:
            others[hunk.path] += 1
    text = _write(shown.values())
    if not others:
        return text
    places = ", ".join(f"{path} ({number} places)" if number > 1 else path for path, number in others.items())
    return f"{text}# and the same in {places}\n"


def list_hunks(
    catalogue: Catalogue, before: Cell, after: Cell, target: Target, *, after_target: Target | None = None
) -> list[Hunk]:
    """The changes, those of the configuration first, then what all tests share, then the tests."""
    old = render_suite(catalogue, before, target)
    new = render_suite(catalogue, after, after_target or target)
    paths = sorted(old.keys() | new.keys(), key=lambda one: (not one.endswith(".ini"), "test_" in one, one))
    return [hunk for path in paths for hunk in _diff_file(path, old, new)]


def render_suite(catalogue: Catalogue, cell: Cell, target: Target) -> dict[str, str]:
    """The files of a cell's suite, without its id."""
    return render(make_draft(catalogue.named_values(cell), target), TITLE)


def _diff_file(path: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Hunk]:
    lines = list(
        difflib.unified_diff(
            old.get(path, "").splitlines(keepends=True),
            new.get(path, "").splitlines(keepends=True),
            f"a/{path}" if path in old else _NOWHERE,
            f"b/{path}" if path in new else _NOWHERE,
            n=CONTEXT,
        )
    )
    header, body = "".join(lines[:2]), lines[2:]
    starts = [place for place, line in enumerate(body) if line.startswith("@@")]
    for start, end in pairwise([*starts, len(body)]):
        yield Hunk(path=path, header=header, lines=tuple(body[start:end]))


def _write(hunks: Iterable[Hunk]) -> str:
    parts: list[str] = []
    last = ""
    for hunk in hunks:
        parts += [hunk.header] if hunk.path != last else []
        parts += hunk.lines
        last = hunk.path
    return "".join(parts)
