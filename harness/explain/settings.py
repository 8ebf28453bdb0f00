"""Settings of pytest-asyncio that do in one place what a cure does on each test and fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from harness.habits.loop_scopes import FIXTURE_DEFAULT, TEST_DEFAULT
from harness.knowledge.changes import read_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.knowledge.model import Change

_SINCE = Version("0.26")
"""The first release in which the loop of all tests can be set."""


def list_settings(values: Mapping[str, str], changes: Sequence[Change], plugin: str) -> tuple[str, ...]:
    """Those that put tests and fixtures on the session's loop, where that is all that changes.

    `values` are those of the cell after the changes. None on a release that doesn't have both settings.
    """
    release = read_version(plugin)
    scope = values["fixture_scope"] if values["loop_scope"] == "fixture" else values["loop_scope"]
    if scope != "session" or [one.axis for one in changes] != ["loop_scope"] or release is None or release < _SINCE:
        return ()
    return (f"{FIXTURE_DEFAULT} = session", f"{TEST_DEFAULT} = session")
