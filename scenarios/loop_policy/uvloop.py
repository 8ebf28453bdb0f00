"""uvloop instead of asyncio's own loops, winloop on Windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="uvloop (winloop on Windows), in the way the version under test documents",
    phrase="uvloop",
    sources=(
        "https://pytest-asyncio.readthedocs.io/en/stable/how-to-guides/uvloop.html",
        "https://github.com/MagicStack/uvloop/issues/685",
    ),
    needs=(Needs("uvloop or winloop", "uvloop has no build for this Python and system"),),
    installs=("uvloop; sys_platform != 'win32'", "winloop; sys_platform == 'win32'"),
)


def build(draft: Draft) -> None:
    """Hook from 1.4 on, policy fixture from 0.23 on, policy at the top of conftest before; other runners' own ways."""
    library = "uvloop" if draft.target.has("uvloop") else "winloop"
    if draft.runner == "anyio":
        draft.backend = '("asyncio", {"use_uvloop": True})'
        return
    if draft.runner == "unittest" and draft.target.meets("python>=3.13"):
        draft.test_imports.add(f"import {library}")
        draft.class_lines.append(f"loop_factory = {library}.Loop")
        return
    draft.conftest.imports.add(f"import {library}")
    if draft.runner == "unittest":
        set_policy(draft, library)
    elif draft.target.meets("pytest-asyncio>=1.4"):
        draft.conftest.add(
            f'def pytest_asyncio_loop_factories(config, item):\n    return {{"{library}": {library}.new_event_loop}}'
        )
    elif draft.target.meets("pytest-asyncio>=0.23"):
        draft.conftest.add(
            f'@pytest.fixture(scope="session")\ndef event_loop_policy():\n    return {library}.EventLoopPolicy()',
            "import pytest",
        )
    else:
        set_policy(draft, library)


def set_policy(draft: Draft, library: str) -> None:
    """At the top of conftest."""
    draft.conftest.imports.add("import asyncio")
    draft.conftest.head.append(f"asyncio.set_event_loop_policy({library}.EventLoopPolicy())")
