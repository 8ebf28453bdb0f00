"""The next step where a suite of one's own newly fails by a loop error: the command that looks for its cure there."""

from __future__ import annotations

import dataclasses
import shlex
from typing import TYPE_CHECKING

from harness.analysis.remedies import write_run
from harness.cli.fields import RunOptions
from harness.compare.model import ChangeKind
from harness.compare.pairing import PYTHON
from harness.environments.identity import PLUGIN
from harness.invocation import command_line
from harness.output.explained import find_names
from harness.packages import CLIENTS
from harness.suites.suite import Suite
from harness.verdicts.signatures import is_loop_error, load_categories

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.catalogue.cell import Cell
    from harness.compare.model import CellChange, Comparison, Drift
    from harness.environments.model import Environment
    from harness.suites.subject import Subject

_NAMED = (PYTHON, "pytest", *CLIENTS)
_VERSIONS = (
    *("python_versions", "pytest_asyncio_versions", "pytest_versions"),
    *(client.pinned_by for client in CLIENTS.values()),
)


def list_cures(options: RunOptions, cells: Iterable[Cell | Subject], comparison: Comparison) -> str:
    """A line for each suite of the user's that shows a loop error since the comparison's first environments."""
    suites = {cell.id: cell for cell in cells if isinstance(cell, Suite)}
    lines = [
        make_cure_line(options, suites[change.cell], one.pair.after, one.pair.asked)
        for one in comparison.pairs
        if one.pair.before is not None and one.pair.after is not None
        for change in one.changes
        if change.cell in suites and _is_for_the_worse(change)
    ]
    return "\n".join(dict.fromkeys(lines))


def _is_for_the_worse(change: CellChange) -> bool:
    return change.category is not ChangeKind.DISAPPEARED and names_loop_error(change.labels[1])


def names_loop_error(label: str) -> bool:
    """Whether a label or a headline has one that a cure gets rid of."""
    return any(is_loop_error(name, load_categories()) for name in find_names([label]))


def make_cure_line(options: RunOptions, suite: Suite, environment: Environment, asked: Iterable[Drift]) -> str:
    """`Looks for a cure: valkey-loop-matrix cure --suite . --pytest-asyncio 1.5.0`.

    Of the environment's versions, it names that of pytest-asyncio, and those that were asked for.
    """
    shared = RunOptions(**{one.name: getattr(options, one.name) for one in dataclasses.fields(RunOptions)})
    words = write_run(shared, suite, without=("profile", "select", "cells", *_VERSIONS))
    there = environment.installed | {PYTHON: environment.python_minor}
    named = dict.fromkeys([PLUGIN, *(one.package for one in asked if one.package in _NAMED)])
    flags = [word for package in named if package in there for word in (f"--{package}", there[package])]
    command = command_line("cure", shlex.join(["--suite", *words, *flags]))
    return f"Looks for a cure: {command}"
