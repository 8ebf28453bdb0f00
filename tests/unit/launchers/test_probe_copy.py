"""Where the probe is started from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cache import VARIABLE
from harness.launchers.probe_copy import SOURCE, START, copy_probe

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_it_is_a_whole_copy_in_the_cache_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    start = copy_probe()
    assert start.is_relative_to(tmp_path / "cache")
    assert {path.name for path in start.parent.glob("*.py")} == {path.name for path in SOURCE.glob("*.py")}
    made = start.stat().st_mtime_ns, start.stat().st_ino
    assert copy_probe() == start
    assert (start.stat().st_mtime_ns, start.stat().st_ino) == made


def test_without_a_cache_that_can_be_written_to_it_is_the_probe_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    assert copy_probe() == SOURCE / START
