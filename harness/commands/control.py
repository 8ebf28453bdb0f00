"""`control`: run the same versions again and count the cells that differ, the noise floor."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.agreement import find_agreements
from harness.analysis.agreement_tables import (
    COUNTED,
    as_json,
    describe_unlike_warnings,
    format_counts,
    format_share,
    make_differing_table,
    make_evidence_table,
)
from harness.analysis.columns import make_short_names
from harness.catalogue.loading import load_catalogue
from harness.catalogue.unstable import find_why_unstable
from harness.environments.provisioning import Provisioner
from harness.errors import UsageError
from harness.output.printing import print_explain_line, print_json, print_lines, print_tables, short_path
from harness.output.table import Table
from harness.output.text import one_line
from harness.pipeline.repeated_runs import choose_exit_code, run_side
from harness.planning.cells import plan_cells, sample_cells
from harness.planning.plan import Plan, plan_run
from harness.verdicts.rates import make_rate
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.analysis.agreement import EnvironmentAgreement, Side
    from harness.cli.options import ControlOptions

FOLDER = "control"
"""Below the results folder. Among the results of `matrix`, a cell would have several outcomes in an environment."""


def run(options: ControlOptions) -> int:
    """Run everything several times, print the noise floor and each cell that differs; 1 if there is any."""
    if options.repeat < 2:
        raise UsageError("One run can't differ from itself.", remedy="Give --repeat 2 or more, or leave it out.")
    catalogue = load_catalogue()
    cells = sample_cells(plan_cells(options, catalogue), options.sample)
    provisioner = Provisioner(download=options.downloads)
    plan = plan_run(options, cells, provisioner.interpreters, provisioner.releases)
    folder = options.results / FOLDER
    sides = [
        run_side(options, shuffle_cells(plan, number), catalogue, provisioner, folder=folder, name=f"run {number}")
        for number in range(1, options.repeat + 1)
    ]
    found = find_agreements(sides, find_why_unstable(catalogue), load_categories())
    if options.json:
        print_json({"repeat": options.repeat, "environments": as_json(found, [side.name for side in sides])})
    else:
        report(found, sides)
        print_lines(f"\nResults: {short_path(folder)}")
    return choose_exit_code(found)


def shuffle_cells(plan: Plan, seed: int) -> Plan:
    """The plan with its cells in another order, the same for the same seed: what ran before must not matter."""
    cells = list(plan.cells)
    random.Random(seed).shuffle(cells)  # noqa: S311 - no secret
    return msgspec.structs.replace(plan, cells=tuple(cells))


def report(found: Sequence[EnvironmentAgreement], sides: Sequence[Side]) -> None:
    """Print the tables."""
    categories = load_categories()
    names = [side.name for side in sides]
    differing = make_differing_table(found, names, categories, title="Cells whose verdicts differ")
    evidence = make_evidence_table(found, title="Where the evidence of other cells differs")
    print_tables(make_noise_table(found, len(sides)), differing, evidence)
    print_explain_line(differing)


def make_noise_table(found: Sequence[EnvironmentAgreement], runs: int) -> Table:
    """A row an environment; all together in the note."""
    short = make_short_names((one.environment_id, one.environment) for one in found)
    rows = [
        (one_line(short[one.environment_id]), f"{one.measured:,}", *format_counts([one]), format_share(one.noise))
        for one in found
    ]
    together = make_rate(sum(one.noise.met for one in found), sum(one.noise.of for one in found))
    note = f"All together: {together} cells differ, {format_share(together)}. {describe_unlike_warnings(found)}"
    return Table(
        name="noise",
        title="Noise floor",
        headers=("environment", "cells", *COUNTED, "noise floor\n(95 % interval)"),
        rows=tuple(rows),
        lead=f"Every cell was run {runs} times, in another order each time.",
        note=note.strip(),
    )
