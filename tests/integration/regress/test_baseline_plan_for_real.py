"""A planned baseline that is killed half way goes on where it was, and is not measured again when it is done."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from harness.cli.main import main
from harness.store.reading import read_results

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

PLAN = """
[releases]
meaning = "two of them"
profile = "smoke"
select = "creation_site in (inside_test, app_lifespan, class_attribute)"
pythons = ["newest"]
plugins = ["1.2.0", "1.3.0"]

[elsewhere]
meaning = "a Python that is on no machine"
profile = "smoke"
pythons = ["3.99"]
plugins = ["1.3.0"]
"""

PATIENCE = 120.0


def test_a_baseline_that_is_killed_goes_on_where_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, results, into = tmp_path / "plan.toml", tmp_path / "results", tmp_path / "baseline"
    plan.write_text(PLAN, encoding="utf-8")
    command = ["baseline", "--plan", str(plan), "--results", str(results), "--into", str(into)]

    def states() -> list[str]:
        capsys.readouterr()
        assert main([*command, "--dry-run", "--json"]) == 0
        return [one["state"] for one in json.loads(capsys.readouterr().out)["environments"]]

    assert states() == ["missing", "missing", "not here"]
    assert not into.exists()

    running = subprocess.Popen([sys.executable, "-m", "harness", *command], stdout=subprocess.DEVNULL)
    until = time.monotonic() + PATIENCE
    while not list(into.glob("*.gz")) and running.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    running.kill()
    running.wait()
    assert states()[0] == "current"
    (first,) = (run for run in read_results(results).runs if run.header.environment_id.find("1.2.0") > 0)

    assert main(command) == 0
    assert "2 files" not in capsys.readouterr().out  # what was complete is not written again
    assert states() == ["current", "current", "not here"]
    measured = read_results(results).runs
    assert [run for run in measured if run.header.environment_id == first.header.environment_id] == [first]
    packed = read_results(into).runs
    assert {run.header.profile for run in packed} == {"baseline"}
    assert len({len(run.outcomes) for run in packed}) == 1

    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == []
    assert len(read_results(results).runs) == len(measured)
