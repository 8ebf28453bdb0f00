"""What is run: the cells that the baseline holds, in the environments that are compared with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.catalogue.cell import Cell
from harness.environments.model import Environment
from harness.invocation import command_line
from harness.output.text import count
from harness.planning.plan import Plan
from harness.regress.cells import Chooser
from harness.regress.environments import Environments
from harness.suites.environments import add_needs, collect_notes
from harness.suites.suite import Suite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.catalogue.catalogue import Catalogue
    from harness.cli.options import RegressOptions
    from harness.environments.model import EnvironmentRequest, Unresolvable
    from harness.environments.provisioning import Provisioner
    from harness.regress.baseline import Baseline
    from harness.regress.versions import RequestedVersions
    from harness.suites.subject import Subject

PROFILE = "regress"
"""What stands for a profile in the results."""


@dataclass(frozen=True, kw_only=True)
class RerunEnvironment:
    """One environment of the baseline, and what is run to be compared with it."""

    before: Environment
    request: EnvironmentRequest
    after: Environment | Unresolvable


@dataclass(frozen=True, kw_only=True)
class Regress:
    """What will be run, and what of the baseline will not."""

    plan: Plan
    again: tuple[RerunEnvironment, ...]
    gone: tuple[str, ...]  # cells of the baseline that the catalogue no longer has
    notes: tuple[str, ...]  # what else is left out, and why


def plan_regress(
    options: RegressOptions,
    baseline: Baseline,
    asked: RequestedVersions,
    catalogue: Catalogue,
    provisioner: Provisioner,
) -> Regress:
    """Describe every environment that is to be run, and say which cells run there.

    Raises `NothingSelectedError`, `NoInterpreterError`, and what `Provisioner.describe` raises.
    """
    environments = Environments(options, baseline, asked, provisioner)
    chooser = Chooser(options, catalogue, baseline)
    chosen = chooser.choose(baseline.measured.cells(before) for before, _ in environments.requests)
    again: list[RerunEnvironment] = []
    shares: dict[EnvironmentRequest, frozenset[Cell | Subject]] = {}
    made: dict[str, EnvironmentRequest] = {}
    for before, request in environments.requests:
        cells = [chosen[name] for name in baseline.measured.cells(before) if name in chosen]
        for own, its_cells in group_by_needs(request, cells).items():
            packages = {catalogue.additions(one) for one in its_cells if isinstance(one, Cell)}
            exact, after = environments.describe(own, before, packages)
            # Equal sets of packages are one environment and run once, whatever was asked for to get them.
            first = made.setdefault(key_of(after), exact)
            again.append(RerunEnvironment(before=before, request=first, after=after))
            shares[first] = shares.get(first, frozenset()) | its_cells
    notes = list(environments.notes)
    if chooser.unknown_suites and not options.suites:
        notes.append(f"{count(chooser.unknown_suites, 'suite')} of one's own not run; --suite names their folders.")
    if chooser.reported:
        notes.append(
            f"{count(chooser.reported, 'suite')} of public reports not run; `{command_line('reported')}` runs them."
        )
    plan = Plan(
        cells=tuple(chosen.values()),
        requests=tuple(shares),
        repeat=1,
        profile=PROFILE,
        cells_by_request=shares,
        notes=collect_notes((cell for cell in chosen.values() if isinstance(cell, Suite)), shares),
    )
    return Regress(plan=plan, again=tuple(again), gone=chooser.gone, notes=tuple(dict.fromkeys(notes)))


def key_of(after: Environment | Unresolvable) -> str:
    """The environment's identity; its id where it can't be resolved."""
    return after.digest if isinstance(after, Environment) else after.id


def group_by_needs(
    request: EnvironmentRequest, cells: Iterable[Cell | Suite]
) -> dict[EnvironmentRequest, frozenset[Cell | Subject]]:
    """The cells by the environment they run in: a suite's also has what the suite needs."""
    found: dict[EnvironmentRequest, frozenset[Cell | Subject]] = {}
    for cell in cells:
        own = add_needs(request, cell) if isinstance(cell, Suite) else request
        found[own] = found.get(own, frozenset()) | {cell}
    return found
