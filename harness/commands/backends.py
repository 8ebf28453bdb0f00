"""`backends`: run the same cells on each server backend and show where their verdicts differ."""

from __future__ import annotations

import filecmp
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.analysis.agreement import find_agreements
from harness.analysis.agreement_tables import (
    COUNTED,
    as_json,
    describe_unlike_warnings,
    format_counts,
    make_differing_table,
    make_evidence_table,
)
from harness.analysis.columns import make_short_names
from harness.catalogue.loading import load_catalogue
from harness.catalogue.unstable import find_why_unstable
from harness.environments.provisioning import Provisioner
from harness.errors import (
    DatabaseNotEmptyError,
    ExitCode,
    InfrastructureError,
    ServerUnavailableError,
)
from harness.output.printing import print_explain_line, print_json, print_lines, print_tables, short_path
from harness.output.table import Table
from harness.output.text import one_line
from harness.packages import NEWEST
from harness.pipeline.repeated_runs import choose_exit_code, run_side
from harness.planning.cells import plan_cells, sample_cells
from harness.planning.plan import plan_run
from harness.servers.opening import BACKENDS, name_folders, read_servers, show_server
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.analysis.agreement import EnvironmentAgreement, Side
    from harness.catalogue.catalogue import Catalogue
    from harness.cli.options import BackendsOptions

    Missing = dict[str, InfrastructureError]

FOLDER = "backends"
"""Below the results folder, with a folder for each backend: an environment's outcomes there are another server's."""

ALL = ",".join(BACKENDS)


@dataclass(frozen=True, kw_only=True)
class BackendComparison:
    """A backend compared with the first."""

    first: str
    other: str
    found: tuple[EnvironmentAgreement, ...]


def run(options: BackendsOptions) -> int:
    """Run on each backend, print who agrees with the first; 1 on differences, 3 where fewer than two could run."""
    servers = read_servers(options.server or ALL)
    folder = options.results / FOLDER
    catalogue = load_catalogue()
    sides, missing = run_all(options, servers, catalogue, folder)
    why, categories = find_why_unstable(catalogue), load_categories()
    comparisons = [
        BackendComparison(
            first=sides[0].name, other=side.name, found=find_agreements((sides[0], side), why, categories)
        )
        for side in sides[1:]
    ]
    if options.json:
        print_json(as_data(sides, comparisons, missing))
    else:
        report(sides, comparisons, missing)
        print_lines(f"\nResults: {short_path(folder)}")
    if not comparisons:
        return ExitCode.INFRASTRUCTURE
    return choose_exit_code([each for one in comparisons for each in one.found])


def run_all(
    options: BackendsOptions, servers: Sequence[str], catalogue: Catalogue, folder: Path
) -> tuple[list[Side], Missing]:
    """What was measured on each server, and why it wasn't on the others.

    The newest release runs on the newest Python unless versions are named: it is servers that are compared.
    """
    options = replace(options, pytest_asyncio_versions=options.pytest_asyncio_versions or (NEWEST,))
    provisioner = Provisioner(download=options.downloads)
    cells = sample_cells(plan_cells(options, catalogue), options.sample)
    plan = plan_run(options, cells, provisioner.interpreters, provisioner.releases)
    sides: list[Side] = []
    missing: Missing = {}
    for server, place in name_folders(servers).items():
        name, chosen = show_server(server), replace(options, server=server)
        try:
            sides.append(run_side(chosen, plan, catalogue, provisioner, folder=folder / place, name=name))
        except (ServerUnavailableError, DatabaseNotEmptyError) as error:
            missing[name] = error
    return sides, missing


def report(sides: Sequence[Side], comparisons: Sequence[BackendComparison], missing: Missing) -> None:
    """Print the tables."""
    categories = load_categories()
    details: list[Table | None] = []
    for one in comparisons:
        two = f"between {one.first} and {one.other}"
        title = f"Cells whose verdicts differ {two}"
        details.append(make_differing_table(one.found, (one.first, one.other), categories, title=title))
        details.append(make_evidence_table(one.found, title=f"Where the evidence of other cells differs {two}"))
    print_tables(make_overview(sides, comparisons, missing), *details)
    print_explain_line(*details)


def make_overview(sides: Sequence[Side], comparisons: Sequence[BackendComparison], missing: Missing) -> Table:
    """A row for each server that could be used, compared with the first; the others with the reason below."""
    rows = [(*describe_side(side), *["–"] * len(COUNTED)) for side in sides[:1]]
    rows += [
        (*describe_side(side), *format_counts(one.found)) for one, side in zip(comparisons, sides[1:], strict=True)
    ]
    notes = [f"Not run: {one_line(name)}: {one_line(error.problem)}" for name, error in missing.items()]
    notes += [
        f"{one} and {other} are the same program." for one, other in find_same_programs([side.name for side in sides])
    ]
    notes += filter(None, (describe_unlike_warnings(one.found) for one in comparisons))
    return Table(
        name="backends",
        title="Server backends",
        headers=("backend", "server", "cells run", *COUNTED),
        rows=tuple(rows),
        lead=describe_comparison(comparisons[0]) if comparisons else "",
        note="\n".join(notes),
        keys=2,
    )


def describe_side(side: Side) -> tuple[str, str, str]:
    """The backend's name, `valkey 9.1.2` as the server names itself, and how many cells ran."""
    servers = (run.header.server for run in side.results.runs)
    version = next((f"{one.product} {one.version}" for one in servers if one is not None), "")
    ran = sum(bool(outcome.evidence) for run in side.results.runs for outcome in run.outcomes)
    return one_line(side.name), one_line(version), f"{ran:,}"


def describe_comparison(comparison: BackendComparison) -> str:
    """What the counts are about, and where it ran."""
    places = ", ".join(
        one_line(name)
        for name in make_short_names((one.environment_id, one.environment) for one in comparison.found).values()
    )
    return f"Verdicts compared with those on {one_line(comparison.first)}, in {places}."


def find_same_programs(names: Sequence[str]) -> list[tuple[str, str]]:
    """Backends that agree because they are one: a package's program may be what is found on PATH."""
    found = [(name, BACKENDS[name].find()) for name in names if name in BACKENDS]
    return [
        (one, other)
        for (one, path), (other, place) in itertools.combinations(found, 2)
        if filecmp.cmp(path, place, shallow=False)
    ]


def as_data(sides: Sequence[Side], comparisons: Sequence[BackendComparison], missing: Missing) -> dict[str, Any]:
    """For `--json`."""
    return {
        "servers": {side.name: side.results.runs[0].header.server for side in sides},
        "not_run": {name: error.problem for name, error in missing.items()},
        "same_programs": find_same_programs([side.name for side in sides]),
        "comparisons": [
            {"first": one.first, "other": one.other, "environments": as_json(one.found, (one.first, one.other))}
            for one in comparisons
        ],
    }
