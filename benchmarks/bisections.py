"""Part `bisect`: what it takes to find a release when no environment is there yet, only packages are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from benchmarks.model import BisectMeasured
from benchmarks.process import Commands, Took
from harness.cache import VARIABLE
from harness.cli.passwords import SERVER_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.output.progress import Progress
    from harness.processes.guardian import Guardian

CELL = "default/function/event_loop_fixture/aclose"
"""Changes twice from the oldest release to the newest, so both halves of the range are searched."""


class _Printed(msgspec.Struct):
    """What `bisect --json` says, as far as it is needed."""

    candidates: list[str]
    points: list[msgspec.Raw]
    changes: list[msgspec.Raw]


def measure_bisection(
    cell: str | None, arguments: Sequence[str], *, server: str | None, guardian: Guardian, progress: Progress
) -> BisectMeasured:
    """Bisect twice, each time without any environment, and measure the second: the first one fetches packages.

    Raises `InfrastructureError` when that doesn't end well.
    """
    given = ("--cell", cell or CELL, *arguments)
    progress.note("bisecting once, to have all packages that it takes")
    with guardian.folder("packages") as folder:
        _bisect(folder, given, server, guardian)
    progress.note("bisecting with nothing cached but packages")
    with guardian.folder("bisect") as folder:
        took = _bisect(folder, given, server, guardian)
    printed = msgspec.json.decode(took.printed, type=_Printed)
    return BisectMeasured(
        arguments=given if cell or arguments else (),
        cell=cell or CELL,
        releases=len(printed.candidates),
        run=len(printed.points),
        changes=len(printed.changes),
        wall=took.wall,
        harness=took.spent.own,
        others=took.spent.others,
    )


def _bisect(folder: Path, arguments: Sequence[str], server: str | None, guardian: Guardian) -> Took:
    variables = {VARIABLE: str(folder / "cache")} | ({} if server is None else {SERVER_VARIABLE: server})
    commands = Commands(folder, guardian, variables)
    return commands.run("bisect", *arguments, "--json", "--results", str(folder / "results"))
