"""The `pytest_asyncio_loop_factories` hook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="the `pytest_asyncio_loop_factories` hook in conftest, naming one loop factory",
    phrase="a loop factory",
    sources=("https://pytest-asyncio.readthedocs.io/en/stable/reference/changelog.html",),
    needs=(Needs("pytest-asyncio>=1.4", "the `pytest_asyncio_loop_factories` hook came with pytest-asyncio 1.4"),),
)


def build(draft: Draft) -> None:
    """Name the selector loop as the only factory."""
    draft.conftest.add(
        'def pytest_asyncio_loop_factories(config, item):\n    return {"selector": asyncio.SelectorEventLoop}',
        "import asyncio",
    )
