"""Running programs that can be ended."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from harness.environments.programs import Programs
from harness.errors import InfrastructureError
from harness.processes.killing import find_tree

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


def run(programs: Programs, code: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return programs.run([sys.executable, "-c", code, *arguments], stdin=stdin, environment=os.environ, folder=os.curdir)


def test_what_goes_in_and_comes_out_is_text() -> None:
    done = run(Programs(), "import sys; print(sys.stdin.read()); sys.exit('wrong')", stdin="é")
    assert (done.returncode, done.stdout.strip(), done.stderr.strip()) == (1, "é", "wrong")


def test_marks_are_in_the_environment_of_all_that_follow() -> None:
    programs = Programs()
    programs.mark({"MARKED": "yes"})
    assert run(programs, "import os; print(os.environ['MARKED'])").stdout.strip() == "yes"


HELPED = """
import pathlib, subprocess, sys, time
helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
pathlib.Path(sys.argv[1] + ".part").write_text(str(helper.pid))
pathlib.Path(sys.argv[1] + ".part").rename(sys.argv[1])
time.sleep(1000)
"""


@pytest.mark.parametrize("groups", [True, False])
def test_stopping_kills_what_runs_with_its_helpers_and_lets_nothing_start(
    *, groups: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows has no process groups that can be killed."""
    if not groups:
        monkeypatch.delattr(os, "killpg", raising=False)
    programs, started = Programs(), tmp_path / "started"
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(run(programs, HELPED, str(started)).returncode))
    thread.start()
    while not started.exists():
        time.sleep(0.01)
    helper = psutil.Process(int(started.read_text()))
    programs.stop()
    thread.join(30)
    assert codes
    assert codes != [0]
    deadline = time.monotonic() + 30
    while find_tree([helper]):  # what was killed may go on for a moment
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with pytest.raises(InfrastructureError):
        run(programs, "")
