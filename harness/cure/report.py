"""All that is known in the end of curing one suite."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cure.search import Attempt, Findings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.analysis.missing_table import ExplainedSuite
    from harness.cure.model import Content
    from harness.cure.proving import CureJudgement, OriginalRuns
    from harness.environments.model import Environment, EnvironmentRequest


@dataclass(frozen=True, kw_only=True)
class FurtherProof:
    """What a cure does on a further version. Without a judgement, nothing could be run there."""

    version: str  # of pytest-asyncio
    was_clean: bool = False
    judgement: CureJudgement | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SuiteReport:
    """The suite as it is, what was tried, and what it came to."""

    suite: str
    content: Content
    environments: Mapping[EnvironmentRequest, Environment]
    baselines: Mapping[EnvironmentRequest, OriginalRuns]
    findings: Findings = field(default_factory=Findings)
    elsewhere: Mapping[str, Sequence[FurtherProof]] = field(default_factory=dict)  # by the variant's name
    missing: Sequence[ExplainedSuite] = ()
    trials: int = 0
    seconds: float = 0.0
    folder: Path = Path()  # of the results

    @property
    def has_errors(self) -> bool:
        """Whether there is something to cure."""
        return any(one.errors for one in self.baselines.values())

    @property
    def others(self) -> dict[str, str]:
        """Tests that fail for another reason, with what becomes of them."""
        return {test: text for one in self.baselines.values() for test, text in one.others.items()}

    @property
    def has_only_files(self) -> bool:
        """Whether no test was run, as files can't be imported."""
        seen = [one for base in self.baselines.values() for run in base.runs for one in run.tests.values()]
        return bool(seen) and all(one.is_file for one in seen)

    @property
    def endings(self) -> list[str]:
        """How pytest ended where no test says it."""
        return sorted({run.ending for one in self.baselines.values() for run in one.runs if run.ending})

    @property
    def best(self) -> Attempt | None:
        """The cure that is written or applied."""
        return next((one for one in self.findings.cures if one.variant.patch), None)
