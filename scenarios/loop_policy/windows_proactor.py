"""The Proactor loop asked for by name, as code that also starts subprocesses does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="the guarded switch to the Proactor policy at the top of conftest; does nothing elsewhere than on Windows",
    phrase="the guarded Proactor policy",
    sources=(
        "https://docs.python.org/3/library/asyncio-platforms.html",
        "https://github.com/valkey-io/valkey-py/issues/216",
    ),
)


def build(draft: Draft) -> None:
    """Set the policy when conftest is imported."""
    draft.conftest.imports.update({"import asyncio", "import sys"})
    draft.conftest.head.append(
        'if sys.platform == "win32":\n    asyncio.set_event_loop_policy(asyncio.WindowsProactorEventLoopPolicy())'
    )
