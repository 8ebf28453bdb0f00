"""How much of a baseline's plan is done: what its files hold, compared with what would be measured today."""

from __future__ import annotations

from enum import StrEnum
from statistics import fmean
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.cell import Cell
from harness.digests import digest_catalogue, digest_probe, digest_verdicts
from harness.environments.identity import environment_id
from harness.environments.model import Environment, EnvironmentRequest, Unresolvable
from harness.errors import NoInterpreterError
from harness.output.text import count
from harness.pipeline.cells import make_target
from harness.planning.environments import find_newest_release
from harness.store.files import find_results_files, make_packed_file_name
from harness.store.reading import read_file
from harness.suites.subject import CatalogueCell, digest_subject
from harness.verdicts.model import Status
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.catalogue.catalogue import Catalogue
    from harness.environments.provisioning import Provisioner
    from harness.regress.baseline_plan import Wanted
    from harness.store.model import Outcome, Run


class State(StrEnum):
    """How far an environment of the plan is. The first two are to be measured."""

    MISSING = "missing"
    STALE = "stale"
    CURRENT = "current"
    NOT_HERE = "not here"  # its Python isn't on this machine
    UNRESOLVABLE = "unresolvable"


class BaselineProgress(msgspec.Struct, frozen=True, kw_only=True):
    """One environment of the plan, and how far it is."""

    parts: tuple[str, ...]
    request: EnvironmentRequest
    environment: str  # id
    cells: frozenset[Cell]
    state: State
    reason: str = ""  # why it is stale or can't be measured
    measured: int = 0  # of its cells, those that the results folder already has as they are today
    cell_seconds: float | None = None  # that a cell took here when it was measured last; None: not on record

    @property
    def is_due(self) -> bool:
        """Whether it is to be measured."""
        return self.state in (State.MISSING, State.STALE)

    @property
    def left(self) -> int:
        """How many cells are still to be run."""
        return len(self.cells) - self.measured if self.is_due else 0


def assess(
    wanted: Iterable[Wanted], catalogue: Catalogue, provisioner: Provisioner, *, into: Path, results: Path
) -> list[BaselineProgress]:
    """How far each environment of the plan is, each once. Raises what `Provisioner.describe` raises.

    What counts as current has the packages, the Python, the probe, the signatures and the rendered cells of today. The
    server doesn't count: a patch of it isn't a reason to measure everything again.
    """
    merged: dict[str, list[Wanted]] = {}
    for one in wanted:
        merged.setdefault(_name(one.request, provisioner), []).append(one)
    today = _Today(catalogue)
    return [
        _assess_one(environment, same, provisioner, today, into=into, results=results)
        for environment, same in merged.items()
    ]


def estimate_seconds(progress: Iterable[BaselineProgress], jobs: int) -> dict[str, float]:
    """environment → how long what is left will take, from what cells took before; without such an entry, unknown.

    Where a cell took how long in an environment isn't on record, the mean of the others stands for it.
    """
    progress = list(progress)
    known = [one.cell_seconds for one in progress if one.cell_seconds is not None]
    if not known:
        return {}
    usual = fmean(known)
    return {one.environment: one.left * (one.cell_seconds or usual) / jobs for one in progress if one.is_due}


class _Today:
    """What an outcome depends on besides its environment."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.catalogue_digest = digest_catalogue()
        self.probe = digest_probe()
        self.verdicts = digest_verdicts(load_signatures())


def _name(request: EnvironmentRequest, provisioner: Provisioner) -> str:
    """The environment's id, on a Python that isn't here as well."""
    try:
        return provisioner.describe(request).id
    except NoInterpreterError:
        return environment_id(request, find_newest_release(provisioner.releases, request.client, request.python))


def _assess_one(
    environment: str, same: list[Wanted], provisioner: Provisioner, today: _Today, *, into: Path, results: Path
) -> BaselineProgress:
    found = BaselineProgress(
        parts=tuple(dict.fromkeys(one.part for one in same)),
        request=same[0].request,
        environment=environment,
        cells=frozenset().union(*(one.cells for one in same)),
        state=State.MISSING,
    )
    described: Environment | Unresolvable | None
    try:
        described = provisioner.describe(found.request, {today.catalogue.additions(cell) for cell in found.cells})
    except NoInterpreterError:
        described = None
    if isinstance(described, Unresolvable):
        return msgspec.structs.replace(found, state=State.UNRESOLVABLE, reason=described.reason)
    path = into / make_packed_file_name(environment)
    outdated = _find_outdated(path, described, found.cells, today) if path.exists() else None
    if described is None:
        there = {None: "no file", "": "its file is current"}.get(outdated, f"its file is stale: {outdated}")
        return msgspec.structs.replace(found, state=State.NOT_HERE, reason=there)
    if outdated == "":
        return msgspec.structs.replace(found, state=State.CURRENT)
    state = State.MISSING if outdated is None else State.STALE
    measured, seconds = _read_measured(results, described, found.cells, today)
    return msgspec.structs.replace(found, state=state, reason=outdated or "", measured=measured, cell_seconds=seconds)


def _find_outdated(path: Path, described: Environment | None, cells: Iterable[Cell], today: _Today) -> str:
    """Why what a file of the baseline holds isn't what would be measured today; empty if it is.

    Where it isn't known what the environment would be, that of the file counts.
    """
    runs = read_file(path)
    if len(runs) != 1 or runs[0].footer is None or runs[0].footer.outcomes != len(runs[0].outcomes):
        return "its file is damaged"
    (run,) = runs
    environment = run.header.environment
    if environment is None or (described is not None and _identify(environment) != _identify(described)):
        return "other packages or another Python"
    if run.header.probe != today.probe:
        return "another probe or launcher"
    if run.header.verdicts != today.verdicts:
        return "other signatures"
    return _find_other_cells(run, environment, cells, today)


def _identify(environment: Environment) -> tuple[object, ...]:
    return environment.digest, environment.additions


def _find_other_cells(run: Run, described: Environment, cells: Iterable[Cell], today: _Today) -> str:
    there = {outcome.cell: outcome for outcome in run.outcomes}
    wanted = {cell.id: cell for cell in cells}
    absent = len(wanted.keys() - there.keys())
    if absent:
        return f"{count(absent, 'cell')} missing"
    if len(there) > len(wanted):
        return f"{count(len(there) - len(wanted), 'cell')} that the plan no longer has"
    if run.header.catalogue == today.catalogue_digest:
        return ""
    changed = sum(not _is_as_rendered(cell, there[name], described, today) for name, cell in wanted.items())
    return f"{count(changed, 'cell')} written in another way" if changed else ""


def _is_as_rendered(cell: Cell, outcome: Outcome, described: Environment, today: _Today) -> bool:
    subject, target = CatalogueCell(cell, today.catalogue), make_target(described)
    addition = described.find_addition(subject.additions)
    if subject.not_applicable(target) is not None or (addition is not None and addition.reason):
        return outcome.verdict.status is Status.NOT_APPLICABLE
    return outcome.suite == digest_subject(subject, subject.files(target))


def _read_measured(
    results: Path, described: Environment, cells: Iterable[Cell], today: _Today
) -> tuple[int, float | None]:
    """How many of the cells the folder already has, and how many seconds a cell took there."""
    wanted = {cell.id for cell in cells}
    measured: set[str] = set()
    seconds: list[float] = []
    for run in (run for path in find_results_files(results, described.id) for run in read_file(path)):
        outcomes = [one for one in run.outcomes if one.evidence and one.verdict.status is not Status.INFRASTRUCTURE]
        seconds += [one.timings.wall for one in outcomes if one.timings is not None]
        if _is_of_today(run, described, today):
            measured |= wanted.intersection(one.cell for one in outcomes)
    return len(measured), fmean(seconds) if seconds else None


def _is_of_today(run: Run, described: Environment, today: _Today) -> bool:
    environment = run.header.environment
    return (
        environment is not None
        and _identify(environment) == _identify(described)
        and (run.header.probe, run.header.catalogue) == (today.probe, today.catalogue_digest)
    )
