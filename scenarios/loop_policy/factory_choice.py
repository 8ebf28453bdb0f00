"""Several loop factories, one of which each test chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="the `pytest_asyncio_loop_factories` hook naming two factories; each test's mark chooses one, in turn",
    phrase="two loop factories among which each test chooses",
    sources=(
        "https://pytest-asyncio.readthedocs.io/en/stable/reference/markers/index.html",
        "https://github.com/pytest-dev/pytest-asyncio/pull/1164",
    ),
    needs=(Needs("pytest-asyncio>=1.4", "the `pytest_asyncio_loop_factories` hook came with pytest-asyncio 1.4"),),
)


def build(draft: Draft) -> None:
    """Without a choice every test would run on both."""
    draft.factories = ("default", "selector")
    draft.conftest.add(
        "def pytest_asyncio_loop_factories(config, item):\n"
        '    return {"default": asyncio.new_event_loop, "selector": asyncio.SelectorEventLoop}',
        "import asyncio",
    )
