"""The suite says nothing about event loops."""

from __future__ import annotations

from harness.catalogue.value import Value

VALUE = Value(
    meaning="the loops that Python and pytest-asyncio choose",
    phrase="nothing about event loops",
    sources=("https://pytest-asyncio.readthedocs.io/en/stable/concepts.html",),
)
