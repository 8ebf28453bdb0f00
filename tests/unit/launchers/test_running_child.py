"""A process that is waited for while it is looked at now and then."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from harness.launchers.child import Child, ChildProcess
from harness.launchers.deadlines import Deadline
from harness.launchers.limits import FIRST_LOOK, Exceeded
from harness.launchers.model import Job
from harness.servers.model import Database

MARKER = "0123456789abcdef0123456789abcdef:1"


@pytest.mark.parametrize("told", [True, False], ids=["its end is told", "its end is not told"])
def test_what_ends_before_the_first_look_is_never_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    if not told:
        monkeypatch.delattr(os, "pidfd_open", raising=False)  # as on macOS and Windows
    looks: list[object] = []

    def look(processes: object) -> Exceeded:
        looks.append(processes)
        return ""

    program = f"import time; time.sleep({FIRST_LOOK / 10})"
    process = ChildProcess(
        [sys.executable, "-c", program], folder=tmp_path, variables=dict(os.environ), scratch=tmp_path
    )
    job = Job(suite=tmp_path, python=Path(sys.executable), database=Database(url="", number=0), limit=60.0)
    deadline = Deadline(job, tmp_path / "evidence")
    ending = Child(process, marker=MARKER).wait(deadline, dumped=lambda: True, over=look)
    assert (ending.code, ending.killed, looks) == (0, False, [])
