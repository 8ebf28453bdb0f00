"""The committed reference is what the declaration says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cli.reference import FILE, make_reference
from harness.invocation import NOX

if TYPE_CHECKING:
    import pytest


def test_the_committed_reference_is_the_generated_one(monkeypatch: pytest.MonkeyPatch) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert text == make_reference(), "run: python -m harness.cli.reference"
    monkeypatch.setenv(NOX, "tests")
    assert text == make_reference(), "the same wherever it is generated"
