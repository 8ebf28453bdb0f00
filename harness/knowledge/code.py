"""A change as code: what differs between the suites of two cells, as a unified diff."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from harness.catalogue.rendering import make_draft, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.catalogue.target import Target

CONTEXT = 2
"""Unchanged lines that are shown around each change."""

TITLE = "Fixtures of the tests."
"""In place of the cell's id, which is in the text of its suite and would differ."""

_NOWHERE = "/dev/null"


def show_change(
    catalogue: Catalogue,
    before: Cell,
    after: Cell,
    target: Target,
    *,
    after_target: Target | None = None,
    context: int = CONTEXT,
) -> str:
    """What one changes to get from one cell to the other, as `git apply` takes it; empty where no code changes.

    Both suites are written for `target`, or the second one for `after_target`. Ask `not_applicable` first.
    """
    old = render_suite(catalogue, before, target)
    new = render_suite(catalogue, after, after_target or target)
    return "".join(_diff_files(old, new, context))


def render_suite(catalogue: Catalogue, cell: Cell, target: Target) -> dict[str, str]:
    """The files of a cell's suite, without its id."""
    return render(make_draft(catalogue.named_values(cell), target), TITLE)


def _diff_files(old: Mapping[str, str], new: Mapping[str, str], context: int) -> Iterator[str]:
    """The configuration first, then what all tests share, then the tests."""
    for path in sorted(old.keys() | new.keys(), key=lambda one: (not one.endswith(".ini"), "test_" in one, one)):
        yield from difflib.unified_diff(
            old.get(path, "").splitlines(keepends=True),
            new.get(path, "").splitlines(keepends=True),
            f"a/{path}" if path in old else _NOWHERE,
            f"b/{path}" if path in new else _NOWHERE,
            n=context,
        )
