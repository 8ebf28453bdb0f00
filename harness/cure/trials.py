"""Running a suite as it is and with changes, many at a time: every variant is a suite of its own in one plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from harness.cure.patches import list_changed_lines, make_patch
from harness.cure.proving import see_run
from harness.environments.identity import PLUGIN
from harness.environments.model import Environment
from harness.pipeline.run import execute_plan
from harness.pipeline.settings import make_run_id
from harness.store.reading import read_run
from harness.suites.roots import CONFIGURATION, INI
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.cure.model import Candidate, Content
    from harness.cure.proving import SeenRun
    from harness.environments.model import EnvironmentRequest
    from harness.environments.provisioning import Provisioner
    from harness.pipeline.settings import Settings
    from harness.store.model import Outcome
    from harness.suites.suite import Suite

MARK = "~"
"""Stands between a suite's id and the names of what was changed."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A suite after some changes; without any, as it is."""

    candidates: tuple[Candidate, ...] = ()
    content: Content
    patch: str = ""

    @property
    def name(self) -> str:
        """Names all of its changes; empty for the suite as it is."""
        return "+".join(one.name for one in self.candidates)

    @property
    def lines(self) -> int:
        """How many lines it changes."""
        return len(list_changed_lines(self.patch))

    @property
    def versions(self) -> tuple[tuple[str, str], ...]:
        """The versions that it asks for."""
        return tuple(pair for one in self.candidates for pair in one.versions)


def make_variant(content: Content, candidates: Sequence[Candidate]) -> Variant | None:
    """The suite after the changes, one after the other; None where one of them has nothing to change then."""
    changed: Content = content
    for one in candidates:
        after = one.change(changed)
        if after is None:
            return None
        changed = after
    return Variant(candidates=tuple(candidates), content=changed, patch=make_patch(content, changed))


def choose_request(request: EnvironmentRequest, versions: Iterable[tuple[str, str]]) -> EnvironmentRequest:
    """The environment with these versions in place of its own."""
    for package, version in versions:
        if request.existing is not None:
            request = msgspec.structs.replace(request, copied=True)
        if package == PLUGIN:
            request = msgspec.structs.replace(request, plugin=version)
        elif package == request.client:
            request = msgspec.structs.replace(request, client_version=version)
    return request


class TrialRunner:
    """Runs variants of one suite and says what was seen. Results are written as every run's are.

    `named` are patterns of errors that count as loop errors too.
    """

    def __init__(
        self, settings: Settings, provisioner: Provisioner, suite: Suite, *, jobs: int, named: Sequence[str] = ()
    ) -> None:
        self._settings = settings
        self._provisioner = provisioner
        self._suite = suite
        self._jobs = jobs
        self._named = named
        self.content = _strip_added(suite)
        self.runs: list[str] = []
        self.trials = 0

    def run(
        self, variants: Sequence[Variant], requests: Sequence[EnvironmentRequest], *, repeat: int = 1
    ) -> dict[str, dict[EnvironmentRequest, list[SeenRun]]]:
        """What was seen of each variant, by its name, in each environment. Raises what `execute_plan` raises."""
        suites = {self._make_suite(one): one for one in variants}
        shares: dict[EnvironmentRequest, frozenset[Suite]] = {}
        seen: dict[str, dict[EnvironmentRequest, list[SeenRun]]] = {one.name: {} for one in variants}
        for suite, variant in suites.items():
            for request in requests:
                chosen = choose_request(request, variant.versions)
                shares[chosen] = shares.get(chosen, frozenset()) | {suite}
        found = self._execute(tuple(suites), shares, repeat)
        for suite, variant in suites.items():
            for request in requests:
                chosen = choose_request(request, variant.versions)
                seen[variant.name][request] = [self._see(one) for one in found[chosen, suite.id]]
        self.trials += len(suites) * len(requests) * repeat
        return seen

    def _execute(
        self, suites: tuple[Suite, ...], shares: Mapping[EnvironmentRequest, frozenset[Suite]], repeat: int
    ) -> dict[tuple[EnvironmentRequest, str], list[Outcome]]:
        plan = msgspec.structs.replace(
            self._settings.plan, cells=suites, requests=tuple(shares), repeat=repeat, cells_by_request=dict(shares)
        )
        settings = replace(self._settings, plan=plan, run=make_run_id())
        self.runs.append(settings.run)
        execute_plan(settings, self._provisioner, jobs=self._jobs)
        outcomes: dict[tuple[str, str], list[Outcome]] = {}
        for run in read_run(settings.folder, settings.run).runs:
            for outcome in run.outcomes:
                outcomes.setdefault((run.header.environment_key, outcome.cell), []).append(outcome)
        return {
            (request, suite.id): outcomes[self._find_key(request), suite.id]
            for request, here in shares.items()
            for suite in here
        }

    def _find_key(self, request: EnvironmentRequest) -> str:
        described = self._provisioner.describe(request)
        return described.digest if isinstance(described, Environment) else described.id

    def _make_suite(self, variant: Variant) -> Suite:
        name = f"{self._suite.id}{MARK}{variant.name}" if variant.name else self._suite.id
        alone = {} if any(file in variant.content for file in CONFIGURATION) else {INI: b""}
        return replace(self._suite, id=name, content={**variant.content, **alone})

    def _see(self, outcome: Outcome) -> SeenRun:
        evidence = self._settings.evidence.get(outcome.evidence) if outcome.evidence else None
        return see_run(outcome, evidence, load_categories(), self._named)


def _strip_added(suite: Suite) -> Content:
    """The suite's files without the empty configuration that a suite without any is run with."""
    added = suite.content.get(INI) == b"" and not (suite.folder / INI).exists()
    return {path: data for path, data in suite.content.items() if not (added and path == INI)}
