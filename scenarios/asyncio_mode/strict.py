"""Every async test and fixture is marked."""

from __future__ import annotations

from harness.catalogue.value import Value

VALUE = Value(
    meaning="strict mode: tests carry the mark, fixtures `pytest_asyncio.fixture`",
    phrase="strict",
    sources=("https://pytest-asyncio.readthedocs.io/en/stable/concepts.html#test-discovery-modes",),
)
