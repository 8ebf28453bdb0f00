"""Which reports are measured, what of them can be measured on this machine, and the plan of that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from harness.environments.model import EnvironmentRequest
from harness.errors import UnknownNameError, UsageError
from harness.invocation import command_line
from harness.planning.plan import Plan
from harness.reported.report import Rebuilt, ReportedState, explain_absence
from harness.suites.suite import make_suite

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from harness.catalogue.cell import Cell
    from harness.environments.model import Interpreter
    from harness.reported.report import NotRebuilt
    from harness.suites.subject import Subject
    from harness.suites.suite import Suite

PROFILE = "reported"
"""What stands for a profile in the results."""


class PlannedState(msgspec.Struct, frozen=True, kw_only=True):
    """One state of one report, and the environment to measure it in; without one, why it can't be measured here."""

    rebuilt: Rebuilt
    state: ReportedState
    request: EnvironmentRequest | None
    reason: str = ""

    @property
    def suite(self) -> str:
        """The suite's id in results."""
        return self.rebuilt.id_of(self.state)


def choose_reports(
    names: Collection[str], reports: Sequence[Rebuilt], left_out: Sequence[NotRebuilt]
) -> tuple[Rebuilt, ...]:
    """The reports of these names, or all. Raises `UsageError` for a report that there isn't, or isn't rebuilt."""
    known = {one.name for one in reports}
    reasons = {one.name: one.reason for one in left_out}
    for name in names:
        if name in reasons:
            raise UsageError(
                f"The report {name} is not rebuilt: {reasons[name]}",
                remedy=f"Name others, or none for all: `{command_line('reported')}` lists them.",
            )
        if name not in known:
            raise UnknownNameError("report", name, sorted(known | reasons.keys()))
    return tuple(one for one in reports if not names or one.name in names)


def plan_states(
    reports: Iterable[Rebuilt], interpreters: Iterable[Interpreter], platform: str
) -> tuple[PlannedState, ...]:
    """Every state of the reports, in order. `platform` is like `sys.platform`."""
    pythons = [one.version for one in interpreters if one.implementation == "cpython"]
    return tuple(
        _plan_state(rebuilt, state, pythons, platform) for rebuilt in reports for state in rebuilt.report.states
    )


def _plan_state(rebuilt: Rebuilt, state: ReportedState, pythons: Collection[str], platform: str) -> PlannedState:
    reason = explain_absence(rebuilt.report, state, platform=platform, pythons=pythons)
    request = None if reason else rebuilt.report.request(state)
    return PlannedState(rebuilt=rebuilt, state=state, request=request, reason=reason)


def make_plan(asked: Iterable[PlannedState]) -> Plan:
    """Each suite in the environments that states ask for; states that can't be measured here ask for nothing."""
    suites: dict[str, Suite] = {}
    shares: dict[EnvironmentRequest, frozenset[Cell | Subject]] = {}
    for one in asked:
        if one.request is not None:
            made = replace(make_suite(one.suite, one.rebuilt.files(one.state)), additions=one.rebuilt.report.installs)
            suite = suites.setdefault(one.suite, made)
            shares[one.request] = shares.get(one.request, frozenset()) | {suite}
    return Plan(
        cells=tuple(suites.values()), requests=tuple(shares), repeat=1, profile=PROFILE, cells_by_request=shares
    )
