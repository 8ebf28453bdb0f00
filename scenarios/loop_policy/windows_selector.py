"""The guard against the Proactor loop that the web recommends for Windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="the guarded switch to the selector policy at the top of conftest; does nothing elsewhere than on Windows",
    phrase="the guarded selector policy",
    sources=(
        "https://github.com/pytest-dev/pytest-asyncio/issues/591",
        "https://docs.python.org/3/library/asyncio-policy.html",
    ),
)


def build(draft: Draft) -> None:
    """Set the policy when conftest is imported."""
    draft.conftest.imports.update({"import asyncio", "import sys"})
    draft.conftest.head.append(
        'if sys.platform == "win32":\n    asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())'
    )
