"""Whether a suite asks for pytest-asyncio, or has its async tests run by something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness.environments.identity import PLUGIN
from harness.habits.marks import PLUGIN as PLUGIN_FIXTURE

if TYPE_CHECKING:
    from harness.habits.model import Habits
    from harness.requirements.model import Needed

_SETTINGS = "asyncio_"
"""What the names of the plugin's settings begin with."""


def asks_for_plugin(needed: Needed, habits: Habits) -> bool:
    """Whether the suite names pytest-asyncio among what it needs, or uses a mark, fixture or setting of it."""
    named = (Requirement(line).name for line in (*needed.lines, *needed.preferences))
    return (
        any(canonicalize_name(one) == PLUGIN for one in named)
        or any(one.marked for one in habits.tests)
        or any(one.decorator == PLUGIN_FIXTURE for one in habits.fixtures)
        or any(one.name.startswith(_SETTINGS) for one in habits.settings)
    )


def has_other_runner(habits: Habits) -> bool:
    """Whether something else runs each of the async tests: anyio's plugin, or `unittest`."""
    runners = [one.runner for one in habits.tests if one.is_async]
    return bool(runners) and all(runners)


def needs_plugin(needed: Needed, habits: Habits) -> bool:
    """Whether the suite asks for the plugin, or has async tests that nothing else runs."""
    return asks_for_plugin(needed, habits) or any(one.is_async and not one.runner for one in habits.tests)
