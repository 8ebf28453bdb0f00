"""No loop scope is set."""

from __future__ import annotations

from harness.catalogue.value import Value

VALUE = Value(
    meaning="the defaults of the version under test",
    phrase="not set",
    sources=("https://pytest-asyncio.readthedocs.io/en/stable/concepts.html",),
)
