"""Two large sets of results, made of what was really measured, to measure a comparison with."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from harness.environments.identity import PLUGIN, environment_digest, environment_id
from harness.environments.model import EnvironmentRequest
from harness.errors import NothingSelectedError
from harness.store.files import make_results_file_name
from harness.store.model import Footer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from harness.environments.model import Environment
    from harness.store.model import Header, Outcome, Results, Run

FEWEST = 2
"""Environments that must have been measured: what changes is what differs between them."""


def read_recorded_runs(results: Results) -> list[Run]:
    """Of each environment the run that measured most of it, in order of their ids.

    Raises `NothingSelectedError` where there are too few to make sets of that differ.
    """
    largest: dict[str, Run] = {}
    for run in results.runs:
        if run.header.environment is not None and run.outcomes:
            known = largest.setdefault(run.header.environment_key, run)
            if len(run.outcomes) > len(known.outcomes):
                largest[run.header.environment_key] = run
    if len(largest) < FEWEST:
        raise NothingSelectedError(
            "There are no results of two environments that sets to compare could be made of.",
            remedy="Run some cells on two releases first, such as with `matrix --pytest-asyncio 0.26.0,newest`.",
        )
    return sorted(largest.values(), key=lambda run: (run.header.environment_id, run.header.environment_key))


def write_set(folder: Path, runs: Sequence[Run], cells: Sequence[str], size: int, *, after: bool) -> int:
    """Write `size` outcomes to the new `folder`, a file an environment; returns how many environments that are.

    Environments are made up: as many copies of the recorded ones as it takes, each with a release of pytest-asyncio of
    its own. In a set that is `after`, each has another release than its counterpart, and shows what was measured in
    the next recorded environment. A cell that wasn't run there shows what one like it did.
    """
    folder.mkdir()
    verdicts = [_Recorded(run.outcomes) for run in runs]
    left = size
    number = 0
    while left:
        chosen = tuple(islice(cells, left))
        header = _make_up(runs[number % len(runs)].header, number, after=after)
        shown = verdicts[(number + after) % len(runs)]
        with (folder / make_results_file_name(header)).open("wb") as file:
            file.writelines(_make_lines(header, chosen, shown))
        left -= len(chosen)
        number += 1
    return number


class _Recorded:
    """What was measured in one environment, also for cells that were not run there."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self._outcomes = outcomes
        self._of = {outcome.cell: outcome for outcome in outcomes}
        self._like: dict[str, list[Outcome]] = {}
        for outcome in outcomes:
            for alike in _list_alike(outcome.cell):
                self._like.setdefault(alike, []).append(outcome)

    def outcome(self, cell: str, place: int) -> Outcome:
        """The cell's own, or that of a cell with the same values of the core axes, of the last three, or any."""
        if cell in self._of:
            return self._of[cell]
        candidates = next(filter(None, map(self._like.get, _list_alike(cell))), self._outcomes)
        return candidates[place % len(candidates)]


def _list_alike(cell: str) -> Iterator[str]:
    core = cell.partition("@")[0]
    yield core
    yield core.partition("/")[2]


def _make_up(header: Header, number: int, *, after: bool) -> Header:
    known = header.environment
    assert known is not None
    environment = _replace_plugin(known, f"0.{number}.{int(after)}")
    run = f"{'after' if after else 'before'}-{number:03}"
    return msgspec.structs.replace(header, run=run, environment=environment, environment_id=environment.id)


def _replace_plugin(known: Environment, version: str) -> Environment:
    others = (package for package in known.freeze if not package.startswith(f"{PLUGIN}=="))
    freeze = tuple(sorted([*others, f"{PLUGIN}=={version}"]))
    request = EnvironmentRequest(python=known.python_minor, plugin=version, client=known.client)
    return msgspec.structs.replace(
        known,
        id=environment_id(request, known.client_version, known.platform),
        digest=environment_digest(known.platform, known.implementation, known.python, freeze),
        plugin=version,
        freeze=freeze,
    )


def _make_lines(header: Header, cells: Iterable[str], shown: _Recorded) -> Iterator[bytes]:
    encoder = msgspec.json.Encoder()
    yield encoder.encode(header) + b"\n"
    written = 0
    for place, cell in enumerate(cells):
        outcome = msgspec.structs.replace(
            shown.outcome(cell, place),
            cell=cell,
            environment=header.environment_id,
            run=header.run,
            sample=0,
            reused_from="",
        )
        yield encoder.encode(outcome) + b"\n"
        written += 1
    yield encoder.encode(Footer(outcomes=written, finished="2026-01-01T00:00:00+00:00", wall=0.0)) + b"\n"
