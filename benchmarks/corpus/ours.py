"""The other side: `matrix --suite`, in a process of its own; what it observed is read from the files it wrote."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.corpus.comparing import fold_reports
from benchmarks.corpus.model import Observed, Printed
from harness.analysis.headline import make_headline
from harness.errors import InfrastructureError
from harness.evidence.store import EvidenceStore
from harness.store.reading import read_results
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.corpus.model import CorpusProject
    from benchmarks.corpus.preparing import Prepared
    from harness.evidence.model import Evidence
    from harness.processes.guardian import Guardian

ROOT = Path(__file__).parents[2]
PLUGIN = "1.5.0"
LINES = 12
"""Of what it prints, those that are kept."""


def make_arguments(project: CorpusProject, suite: str, environment: str) -> list[str]:
    """`matrix --suite DIR` with what the project is known to need."""
    arguments = ["matrix", "--suite", suite]
    if project.prepared:
        arguments += ["--environment", environment]
    else:
        arguments += ["--python", project.python, "--pytest-asyncio", PLUGIN]
    if project.arguments:
        arguments += ["--pytest-args", shlex.join(project.arguments)]
    for name, value in project.variables.items():
        arguments += ["--env", f"{name}={value}"]
    for port in project.ports:
        arguments += ["--port", str(port)]
    return arguments


def run_ours(project: CorpusProject, prepared: Prepared, suite: Path, guardian: Guardian) -> tuple[Observed, Printed]:
    """Run the command. Raises `InfrastructureError` where it measured nothing."""
    with guardian.folder("ours") as results:
        command = [sys.executable, "-m", "harness", *make_arguments(project, str(suite), str(prepared.folder))]
        done = subprocess.run(
            [*command, "--results", str(results)],
            cwd=ROOT,
            env={**os.environ, **guardian.environment("ours"), "COLUMNS": "120", "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        outcomes = [one for run in read_results(results).runs for one in run.outcomes]
        if len(outcomes) != 1 or outcomes[0].timings is None:
            raise InfrastructureError(
                f"matrix --suite measured nothing of {project.name}, exit code {done.returncode}: "
                f"{done.stderr[-1000:] or done.stdout[-1000:]}",
                remedy="Mend that first.",
            )
        evidence = EvidenceStore(results).get(outcomes[0].evidence)
        shown = tuple(line for line in done.stdout.splitlines() if line.strip())[:LINES]
        return (
            Observed(
                tests=fold_reports(_list_phases(evidence)),
                not_collected=tuple(sorted({one.node for one in evidence.problems if one.where == "collect"})),
                code=evidence.exit.code,
                wall=outcomes[0].timings.wall,
            ),
            Printed(label=make_headline(outcomes[0].verdict, load_categories()), lines=shown),
        )


def _list_phases(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    for test in evidence.tests:
        for phase in test.phases:
            yield test.id, phase.when, phase.outcome
