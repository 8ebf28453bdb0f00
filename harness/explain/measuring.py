"""Measures the reader's versions: the cells of a profile, or a named cell and those next to it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from harness.cli.options import MatrixOptions
from harness.environments.provisioning import Provisioner
from harness.errors import UsageError
from harness.knowledge.changes import list_neighbours
from harness.packages import CLIENTS
from harness.pipeline.setup import run_plan
from harness.pipeline.soundness import require_sound
from harness.planning.cells import plan_cells
from harness.planning.plan import plan_run
from harness.store.reading import read_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.knowledge.readers import ReadersVersions

PROFILE = "quick"


def measure_versions(versions: ReadersVersions, catalogue: Catalogue, results: Path, cell: Cell | None) -> None:
    """Run them and write the results to the folder. What was measured there before isn't run again.

    Raises `UsageError` for versions of another system.
    """
    measure_cells(versions, catalogue, results, (cell,) if cell else ())


def measure_cells(versions: ReadersVersions, catalogue: Catalogue, results: Path, cells: Sequence[Cell]) -> None:
    """The same for several cells; without any, the profile's. Raises as `measure_versions`."""
    if versions.system.text != sys.platform:
        raise UsageError(
            f"What happens on {versions.system.text} can't be measured on {sys.platform}.",
            remedy="Leave --measure out, or run this where your tests run.",
        )
    named = {one.name: (one.text,) for one in versions.all if one.text and not (one.name == "pytest" and one.assumed)}
    near = dict.fromkeys(one for cell in cells for one in (cell, *list_neighbours(catalogue, cell)))
    pinned: dict[str, Any] = {one.pinned_by: named[name] for name, one in CLIENTS.items() if name in named}
    options = MatrixOptions(
        results=results,
        profile=PROFILE,
        cells=tuple(one.id for one in near),
        python_versions=(".".join(versions.python.text.split(".")[:2]),),
        pytest_asyncio_versions=named.get("pytest-asyncio", ()),
        pytest_versions=named.get("pytest", ()),
        client=versions.client.name,
        **pinned,
    )
    planned = plan_cells(options, catalogue)
    provisioner = Provisioner()
    plan = plan_run(options, planned, provisioner.interpreters, provisioner.releases)
    run = run_plan(options, plan, catalogue, provisioner, folder=results, fresh=False)
    require_sound(read_run(results, run))
