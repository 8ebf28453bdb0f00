"""Running programs that can be ended."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from harness.environments.programs import Programs
from harness.errors import InfrastructureError

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


def test_stopping_kills_what_runs_and_lets_nothing_start(tmp_path: Path) -> None:
    programs, started = Programs(), tmp_path / "started"
    codes: list[int] = []
    code = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(1000)"
    thread = threading.Thread(target=lambda: codes.append(run(programs, code, str(started)).returncode))
    thread.start()
    while not started.exists():
        time.sleep(0.01)
    programs.stop()
    thread.join(30)
    assert codes
    assert codes != [0]
    with pytest.raises(InfrastructureError):
        run(programs, "")
