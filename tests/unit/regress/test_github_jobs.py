"""The jobs that a workflow asks for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.catalogue.profiles import load_profile
from harness.cli.main import main
from harness.environments.releases import load_releases
from harness.paths import SCENARIOS
from harness.regress.github_jobs import RUNNERS, list_jobs

if TYPE_CHECKING:
    import pytest

JOBS = tuple(list_jobs(SCENARIOS / "ci.toml", load_releases()))


def test_each_system_has_the_same_pythons_and_no_job_is_there_twice() -> None:
    assert len({job.name for job in JOBS}) == len(JOBS)
    pythons = {runner: {job.python for job in JOBS if job.os == runner} for runner in RUNNERS}
    assert {"3.9", "3.14", "3.14t", "3.15"} <= pythons["ubuntu-latest"]
    assert len(set(map(frozenset, pythons.values()))) == 1


def test_a_job_names_only_releases_that_its_python_can_have() -> None:
    releases = load_releases()
    for job in JOBS:
        for version in job.releases.split(","):
            assert releases.get("pytest-asyncio", version).fits(job.python.rstrip("t")), job


def test_the_profiles_are_there() -> None:
    for job in JOBS:
        assert load_profile(job.profile).cells


def test_it_is_one_line_that_a_step_can_hand_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["environments", "--format", "github"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert [job["name"] for job in json.loads(line)["include"]] == [job.name for job in JOBS]
