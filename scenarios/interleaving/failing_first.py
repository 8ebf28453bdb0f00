"""The first test fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="the first test fails after it used its client (marked as expected)",
    phrase="a test that fails",
    sources=("https://docs.pytest.org/en/stable/how-to/skipping.html#strict-parameter",),
)


def build(draft: Draft) -> None:
    """An assertion that fails on purpose; any other error still counts."""
    draft.first_fails = True
