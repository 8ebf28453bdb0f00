"""The jobs of a workflow that runs the matrix: what `fromJSON` reads for `strategy.matrix`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.regress.baseline_plan import list_plugins, load_plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.environments.releases import Releases

RUNNERS = {"ubuntu-latest": "", "macos-latest": "", "windows-latest": "smoke"}
"""GitHub's runners; the profile that takes the place of a part's, as each cell is a new process without fork."""


class WorkflowJob(msgspec.Struct, frozen=True, kw_only=True):
    """One runner with one Python and some releases of pytest-asyncio."""

    name: str  # "ubuntu-latest, Python 3.13"
    os: str
    python: str
    profile: str
    releases: str  # as `--pytest-asyncio` takes them


def list_jobs(plan: Path, releases: Releases) -> Iterator[WorkflowJob]:
    """The jobs of the plan. Raises `UsageError` for a file that is none."""
    for part in load_plan(plan).values():
        for python in part.pythons:
            plugins = list_plugins(part, python.rstrip("t"), releases)
            able = [plugin for plugin in plugins if releases.get("pytest-asyncio", plugin).fits(python.rstrip("t"))]
            for runner, profile in RUNNERS.items():
                yield WorkflowJob(
                    name=f"{runner}, Python {python}",
                    os=runner,
                    python=python,
                    profile=profile or part.profile,
                    releases=",".join(able),
                )
