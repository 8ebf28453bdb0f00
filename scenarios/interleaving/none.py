"""The async tests follow each other."""

from __future__ import annotations

from harness.catalogue.value import Value

VALUE = Value(
    meaning="nothing: the async tests follow each other",
    phrase="nothing else",
    sources=("https://docs.pytest.org/en/stable/",),
)
