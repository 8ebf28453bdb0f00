"""Whole runs that are to be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.agreement import AgreementStatus, Side
from harness.errors import ExitCode
from harness.evidence.store import EvidenceStore
from harness.pipeline.setup import run_plan
from harness.pipeline.soundness import require_equal_launchers
from harness.store.reading import read_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.analysis.agreement import EnvironmentAgreement
    from harness.catalogue.catalogue import Catalogue
    from harness.cli.fields import RecordedOptions
    from harness.environments.provisioning import Provisioner
    from harness.planning.plan import Plan


def run_side(
    options: RecordedOptions,
    plan: Plan,
    catalogue: Catalogue,
    provisioner: Provisioner,
    *,
    folder: Path,
    name: str,
) -> Side:
    """Run the plan, taking nothing over from earlier runs: a measurement must not be compared with itself."""
    run = run_plan(options, plan, catalogue, provisioner, folder=folder, fresh=True)
    results = read_run(folder, run)
    require_equal_launchers(results)
    return Side(name=name, results=results, evidence=EvidenceStore(folder))


def choose_exit_code(found: Sequence[EnvironmentAgreement]) -> ExitCode:
    """What a comparison ends with: a difference first, then what could not be measured."""
    if any(one.of(AgreementStatus.DIFFERS) or not one.same_warnings for one in found):
        return ExitCode.DIFFERENCES
    if any(one.of(AgreementStatus.NOT_MEASURED) for one in found):
        return ExitCode.INFRASTRUCTURE
    return ExitCode.DONE
