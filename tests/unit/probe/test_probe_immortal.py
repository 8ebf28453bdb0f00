"""Objects that are there before the fork are immortal, on the versions of CPython where that is known to be safe."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.environments.interpreters import discover

if TYPE_CHECKING:
    from harness.environments.model import Interpreter

FOLDER = Path(__file__).parents[3] / "harness" / "probe"

SCRIPT = f"""
import importlib, runpy, sys
entry = runpy.run_path({str(FOLDER / "run.py")!r}, run_name="run")
entry["load_package"]()

class Loud:
    def __init__(self, text): self.text = text
    def __del__(self): print(self.text)

class Kept(dict): pass

before, kept = Loud("before"), Kept()
importlib.import_module(entry["PACKAGE"] + ".immortal").immortalize()
after = Loud("after")
count = sys.getrefcount(kept)
more = [kept] * 5
print(sys.getrefcount(kept) == count)
del before, after
"""


@pytest.mark.parametrize("interpreter", discover().found, ids=lambda interpreter: str(interpreter.minor))
def test_what_is_made_later_is_finalized_and_what_is_there_keeps_its_count(interpreter: Interpreter) -> None:
    done = subprocess.run([interpreter.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    lines = ["True", "after"] if interpreter.minor in ("3.12", "3.13") else ["False", "before", "after"]
    assert (done.stdout.splitlines(), done.stderr) == (lines, "")
