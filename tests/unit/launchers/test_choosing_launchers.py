"""Which launcher runs the suites."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.launchers.fork import ForkLauncher, can_fork
from harness.launchers.opening import open_launcher
from harness.launchers.spawn import SpawnLauncher
from harness.processes.guardian import Guardian


def test_fork_is_the_default_where_the_system_can() -> None:
    with open_launcher(None, Guardian()) as launcher:
        assert isinstance(launcher, ForkLauncher) == can_fork()


def test_spawn_is_the_default_elsewhere_and_fork_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.launchers.opening.can_fork", lambda: False)
    with open_launcher(None, Guardian()) as launcher:
        assert type(launcher) is SpawnLauncher
    with pytest.raises(UsageError, match="no fork"), open_launcher("fork", Guardian()):
        raise AssertionError("opened")


def test_a_launcher_can_be_named() -> None:
    with open_launcher("spawn", Guardian()) as launcher:
        assert type(launcher) is SpawnLauncher
