"""Runs a project by either side, in turn, and compares."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from benchmarks.corpus.comparing import count_states, find_differences, find_unstable
from benchmarks.corpus.model import Compared, Printed
from benchmarks.corpus.ours import make_arguments, run_ours
from benchmarks.corpus.plain import run_plain
from benchmarks.corpus.preparing import prepare

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.corpus.model import CorpusProject, Observed
    from harness.processes.guardian import Guardian

FURTHER = 2
"""Rounds that are added while the sides differ: a test may be unstable, which plain pytest then shows, too."""


def compare_project(project: CorpusProject, rounds: int, guardian: Guardian) -> Compared:
    """Run it `rounds` times by each side, and a few times more where they differ.

    Each run has a copy of the project of its own. Raises `InfrastructureError` where one could not be run.
    """
    prepared = prepare(project)
    plain: list[Observed] = []
    ours: list[Observed] = []
    printed = Printed()
    while len(ours) < rounds or (len(ours) < rounds + FURTHER and find_differences(plain[-1:], ours[-1:])):
        with guardian.folder("corpus") as folder:
            plain.append(run_plain(project, prepared, prepared.copy(_make(folder / "plain")), guardian))
            seen, printed = run_ours(project, prepared, prepared.copy(_make(folder / "ours")), guardian)
            ours.append(seen)
    return Compared(
        name=project.name,
        version=project.version,
        left_out=project.left_out,
        command=shlex.join(make_arguments(project, "." if project.version else project.name, ".venv")),
        tests=len(plain[0].tests),
        plain=count_states(plain[0]),
        ours=count_states(ours[0]),
        differences=find_differences(plain, ours),
        unstable=find_unstable(plain, ours),
        plain_wall=tuple(one.wall for one in plain),
        ours_wall=tuple(one.wall for one in ours),
        printed=printed,
    )


def _make(folder: Path) -> Path:
    folder.mkdir()
    return folder
