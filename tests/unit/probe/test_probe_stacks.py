"""What the probe writes of a suite that hangs, where no signal can ask for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.probe.conftest import FOLDER

SUITE = """
import ctypes, runpy, sys, threading, time

entry = runpy.run_path(sys.argv[1], run_name="run")
entry["load_package"]()
stacks, places, loops, writer = (
    __import__(entry["PACKAGE"] + "." + name, fromlist=["*"]) for name in ("stacks", "places", "loops", "writer")
)

class NoLoops:
    live = staticmethod(lambda: [])

own = places.Places()
sys.platform = "win32"
stacks.HEAD_START = 0.2
evidence = writer.Writer(sys.argv[2])
stacks.StackDumper(loops=NoLoops(), places=own, writer=evidence).listen(sys.argv[2], 0.5)
print(threading.active_count())
def test_that_hangs():
    {hang}
test_that_hangs()
"""

HOLDING = "ctypes.PyDLL(None).usleep(900_000)"
"""Code that never gives the interpreter's lock away."""


def observe(folder: Path, hang: str) -> tuple[str, list[dict[str, str]], str]:
    """What the suite printed, the records that were written, and what `faulthandler` wrote."""
    suite, evidence = folder / "suite.py", folder / "evidence"
    suite.write_text(SUITE.format(hang=hang))
    done = subprocess.run(
        [sys.executable, suite, FOLDER / "run.py", evidence], capture_output=True, text=True, check=True, cwd=folder
    )
    records = [json.loads(line) for line in evidence.read_text().splitlines()]
    return done.stdout, records, Path(f"{evidence}.stacks").read_text()


def test_the_record_is_written_before_the_limit_and_no_thread_is_seen(tmp_path: Path) -> None:
    printed, records, _ = observe(tmp_path, "time.sleep(0.9)")
    assert printed == "1\n"
    assert [record["kind"] for record in records] == ["stacks"]
    assert "in test_that_hangs: time.sleep(0.9)" in records[0]["stacks"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a function of the C library that sleeps")
def test_of_code_that_holds_the_interpreters_lock_there_are_plain_stacks(tmp_path: Path) -> None:
    _, _, plain = observe(tmp_path, HOLDING)
    assert "in test_that_hangs" in plain
