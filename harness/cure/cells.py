"""`cure CELL`: run what is near a cell and show the smallest changes that cure it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.catalogue.loading import load_catalogue
from harness.compare.sources import read_recorded
from harness.cure.cell_output import Elsewhere, as_data, make_patch, print_cures
from harness.cure.cell_search import CellCures, CellSearch, CurePlace
from harness.cure.neighbours import list_pairs
from harness.environments.model import Unresolvable
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode, UsageError
from harness.files import find_why_unwritable
from harness.invocation import command_line
from harness.knowledge.changes import list_neighbours
from harness.knowledge.measuring import CellMeasurer
from harness.output.printing import print_aside, print_json, short_path
from harness.output.text import duration, shorten_environment
from harness.packages import NEWEST
from harness.pipeline.cells import make_target
from harness.pipeline.setup import run_context
from harness.pipeline.storage import report_storage_errors
from harness.planning.environments import plan_requests
from harness.planning.plan import Plan
from harness.store.model import Results

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.cli.options import CureOptions
    from harness.environments.model import EnvironmentRequest

PROFILE = "cure"
"""What stands for a profile in the results."""


def cure_cell(options: CureOptions) -> int:
    """Search, print, and write the patch. 0 if there is a cure or nothing to cure, 1 if nothing helps."""
    started = time.monotonic()
    catalogue = load_catalogue()
    cell = _read_cell(options, catalogue)
    provisioner = Provisioner(download=options.downloads)
    places = _find_places(cell, catalogue, provisioner, _plan(options, provisioner, options.pytest_asyncio_versions))
    further = _plan(options, provisioner, options.on) if options.on else ()
    around = (cell, *list_neighbours(catalogue, cell))
    plan = Plan(cells=around, requests=tuple(place.request for place in places), repeat=1, profile=PROFILE)
    with run_context(options, plan, catalogue, provisioner, folder=options.results, launcher=None) as (settings, jobs):
        measurer = CellMeasurer(
            settings=replace(settings, fresh=options.fresh), provisioner=provisioner, jobs=jobs, profile=PROFILE
        )
        found = CellSearch(
            measurer=measurer,
            catalogue=catalogue,
            cell=cell,
            places=places,
            recorded=_read_recorded(options),
            deadline=started + options.time,
        ).run()
        elsewhere = _try_elsewhere(measurer, catalogue, found, further) if found.cures and further else ()
    if options.json:
        print_json(as_data(found, elsewhere, catalogue))
    else:
        print_cures(found, elsewhere, catalogue, every=options.every)
    if options.write is not None:
        _write_patch(options.write, found, catalogue)
    print_aside(f"{duration(time.monotonic() - started)}. Results: {short_path(options.results)}")
    return ExitCode.DONE if found.cures or not found.needs_cure else ExitCode.DIFFERENCES


def _read_cell(options: CureOptions, catalogue: Catalogue) -> Cell:
    """The cell that is named. Raises `UsageError` for what can't be cured, and for options that it can't heed."""
    if options.apply:
        raise UsageError(
            "--apply changes a suite of your own, and a cell has no folder.",
            remedy="Write the change of the rendered suite with --write FILE, or name your suite with --suite DIR.",
        )
    cell = catalogue.parse(options.cell)
    reason = catalogue.excluded(cell)
    if reason is not None:
        raise UsageError(
            f"{cell.id} can't be written down: {reason}",
            remedy=f"Choose other values; `{command_line('catalogue')}` lists them.",
        )
    if options.write is not None and (problem := _find_why_no_file(options.write)):
        raise UsageError(
            f"--write {options.write}: {problem}.", remedy="Name a file in a folder that can be written to."
        )
    return cell


def _find_why_no_file(path: Path) -> str:
    if path.is_dir():
        return "it is a folder"
    return find_why_unwritable(path.parent) if path.parent.is_dir() else f"there is no folder {path.parent}"


def _plan(options: CureOptions, provisioner: Provisioner, versions: Sequence[str]) -> tuple[EnvironmentRequest, ...]:
    """The environments for these releases of pytest-asyncio; without any, for the newest."""
    default = () if options.environment is not None else (NEWEST,)
    chosen = replace(options, pytest_asyncio_versions=tuple(versions) or default)
    return plan_requests(chosen, provisioner.interpreters, provisioner.releases)


def _find_places(
    cell: Cell, catalogue: Catalogue, provisioner: Provisioner, requests: Iterable[EnvironmentRequest]
) -> tuple[CurePlace, ...]:
    """Those of the environments in which the cell can be run; the others are printed with the reason.

    Raises `UsageError` where it can be run in none.
    """
    places: dict[str, CurePlace] = {}
    reasons = []
    near = (cell, *list_neighbours(catalogue, cell), *list_pairs(catalogue, cell))
    asked = {catalogue.additions(one) for one in near}
    for request in requests:
        described = provisioner.describe(request, asked)
        where = shorten_environment(described.id)
        if isinstance(described, Unresolvable):
            reasons.append(f"{where} can't be resolved: {described.reason}")
        elif reason := catalogue.not_applicable(cell, make_target(described)):
            reasons.append(f"{cell.id} can't be expressed on {where}: {reason}")
        else:
            places.setdefault(described.digest, CurePlace(request=request, environment=described))
    if not places:
        raise UsageError("\n".join(reasons), remedy="Choose other versions, or another cell.")
    for reason in reasons:
        print_aside(reason)
    return tuple(places.values())


def _read_recorded(options: CureOptions) -> Results:
    """What was measured before, if anything was."""
    if options.results.exists() or options.baseline.exists():
        return read_recorded(options.results, options.baseline).results
    return Results()


def _try_elsewhere(
    measurer: CellMeasurer, catalogue: Catalogue, found: CellCures, requests: Sequence[EnvironmentRequest]
) -> tuple[Elsewhere, ...]:
    """What the cell and its cures show in further environments."""
    cells = [found.cell, *(catalogue.parse(one.cure.cell) for one in found.cures)]
    results = measurer.measure(cells, requests)
    return tuple(
        Elsewhere(environment=run.header.environment_id, outcomes={one.cell: one for one in run.outcomes})
        for run in results.runs
    )


def _write_patch(path: Path, found: CellCures, catalogue: Catalogue) -> None:
    """The best cure's change. Nothing is written where there is none."""
    if not found.cures:
        print_aside(f"Nothing was written to {short_path(path)}, as there is no cure.")
        return
    with report_storage_errors("The patch", path, "Name another file with --write."):
        path.write_text(make_patch(found, found.cures[0], catalogue), encoding="utf-8", newline="\n")
    print_aside(f"Written: {short_path(path)}")
