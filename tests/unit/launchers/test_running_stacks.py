"""When the probe is to write the stacks, where no signal can ask it for them."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from harness.launchers.child import DUMP_SIGNAL
from harness.launchers.model import Job
from harness.launchers.spawn import START_UP, SpawnLauncher
from harness.processes.guardian import Guardian
from harness.servers.model import Database


@pytest.mark.parametrize(("limit", "given"), [(60.0, 60.0 - START_UP), (4.0, 2.0)])
def test_the_probe_counts_from_its_start_and_is_given_less_than_the_limit(
    limit: float, given: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(signal, DUMP_SIGNAL, raising=False)
    database = Database(url="valkey://127.0.0.1:7000/1", number=1)
    job = Job(suite=tmp_path, python=Path("python"), database=database, limit=limit)
    command = SpawnLauncher(guardian=Guardian(), probe=tmp_path / "run.py")._command(job, tmp_path, (1, 2, 3))
    assert float(command[command.index("--limit") + 1]) == given
