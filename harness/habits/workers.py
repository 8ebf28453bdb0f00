"""The axis `workers`: whether pytest-xdist shares the tests among several processes, and what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.habits.calls import WORKER
from harness.habits.loop_scopes import find_setting
from harness.habits.settings import WORKERS
from harness.habits.traits import Trait

if TYPE_CHECKING:
    from harness.habits.model import Habits
    from harness.habits.usage import ClientUsage

AXIS = "workers"
NUMBER = "worker_id"
"""The fixture of pytest-xdist that says which worker this is."""


def find_workers(habits: Habits, usage: ClientUsage) -> Trait:
    """How many there are, as pytest's configuration says; what the command line says isn't known."""
    setting = find_setting(habits, WORKERS)
    if setting is None or setting.value in ("0", "1"):
        return Trait(axis=AXIS, value="one", place=setting.place if setting else None)
    value = "two_separate" if _has_own_database(habits, usage) else "two_shared"
    return Trait(axis=AXIS, value=value, place=setting.place)


def _has_own_database(habits: Habits, usage: ClientUsage) -> bool:
    """Whether the number of the worker decides anything about the client: by the variable, or by xdist's fixture."""
    asked = {name for one in usage.handing for name in one.arguments}
    while more := {name for one in usage.fixtures if one.name in asked for name in one.arguments} - asked:
        asked |= more
    return NUMBER in asked or any(one.what == WORKER for one in habits.calls)
