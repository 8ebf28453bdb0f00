"""The reference cell of an environment: the simplest suite there is, against which all others are judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.digests import digest_texts
from harness.errors import InfrastructureError
from harness.pipeline.cells import execute, keep, make_target
from harness.verdicts.classify import classify, find_environment_findings
from harness.verdicts.model import Status, Verdict

if TYPE_CHECKING:
    from harness.environments.model import Built, Environment
    from harness.evidence.model import Evidence
    from harness.pipeline.settings import Recording, Settings
    from harness.store.earlier import EarlierRuns
    from harness.verdicts.model import Finding


WITHOUT_CLIENT = {
    "pytest.ini": "[pytest]\nasyncio_mode = strict\n",
    "test_nothing.py": """\
import pytest


@pytest.mark.asyncio
async def test_first():
    pass


@pytest.mark.asyncio
async def test_second():
    pass
""",
}
"""The simplest suite where there is no client: what it shows is the plugin's own."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What the simplest suite is warned of in an environment and what it leaves behind, and the verdict besides."""

    suite: str  # digest of its text
    evidence: str  # hash of the evidence
    findings: tuple[Finding, ...]
    verdict: Verdict


NO_REFERENCE = Reference(suite="", evidence="", findings=(), verdict=Verdict(status=Status.UNRESOLVABLE))
"""Of an environment that there isn't, or whose reference isn't known yet."""


def find_reference(settings: Recording, environment: Environment, earlier: EarlierRuns) -> Reference | None:
    """The reference that an earlier run measured, judged by the signatures of today."""
    suite = digest_texts(make_reference_files(settings, environment))
    found = earlier.reference(suite)
    return None if found is None else judge(settings, suite, *found)


def run_reference(settings: Settings, built: Built) -> Reference:
    """The reference, measured now.

    Raises `InfrastructureError` when it can't be: without it, every verdict would be wrong.
    """
    files = make_reference_files(settings, built.environment)
    evidence, _ = execute(settings, built, files, name=f"the simplest suite on {built.environment.id}")
    if evidence.infrastructure:
        raise InfrastructureError(
            f"The simplest suite can't be run in {built.environment.id}: {evidence.infrastructure}.",
            remedy="What was recorded before is kept. Mend that, then run again.",
        )
    return judge(settings, digest_texts(files), keep(settings, evidence), evidence)


def make_reference_files(settings: Recording, environment: Environment) -> dict[str, str]:
    """The simplest suite as it is written for the environment."""
    target = make_target(environment)
    if not target.has(target.client):
        return WITHOUT_CLIENT
    return settings.catalogue.suite(settings.catalogue.reference, target)


def judge(settings: Recording, suite: str, content_hash: str, evidence: Evidence) -> Reference:
    """What the evidence shows about the environment."""
    findings = find_environment_findings(evidence, settings.signatures)
    verdict = classify(evidence, settings.signatures, environment_findings=findings)
    return Reference(suite=suite, evidence=content_hash, findings=findings, verdict=verdict)
