"""The `event_loop_policy` fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="the session-wide `event_loop_policy` fixture, returning a policy of its own",
    phrase="an `event_loop_policy` fixture",
    sources=(
        "https://pytest-asyncio.readthedocs.io/en/stable/reference/fixtures/index.html",
        "https://github.com/pytest-dev/pytest-asyncio/issues/796",
    ),
    # Nothing about Python 3.16, which has no policies any more: there the fixture can still be written, and errors.
    needs=(Needs("pytest-asyncio>=0.23", "the `event_loop_policy` fixture came with pytest-asyncio 0.23"),),
)


def build(draft: Draft) -> None:
    """Override the fixture for the whole session."""
    draft.conftest.add(
        '@pytest.fixture(scope="session")\ndef event_loop_policy():\n    return asyncio.DefaultEventLoopPolicy()',
        "import asyncio",
        "import pytest",
    )
