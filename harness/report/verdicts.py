"""Verdicts for the page: equal ones once, their texts without what changes from run to run."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from harness.analysis.label import label
from harness.evidence.comparing import CHANGING
from harness.output.text import one_line
from harness.report.model import PageFinding, PageUnnamed, PageVerdict
from harness.verdicts.model import Channel, Status
from harness.verdicts.same_outcome import IdentityCache, outcome_key
from harness.verdicts.signatures import SignatureCategory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.report.model import PageSignature
    from harness.verdicts.model import Finding, Verdict
    from harness.verdicts.same_outcome import OutcomeKey

LONGEST = 400
"""Characters of a text."""

_OF = {
    SignatureCategory.ERROR: Status.REPRODUCES,
    SignatureCategory.OUTCOME: Status.REPRODUCES,
    SignatureCategory.LEAK: Status.LEAKS,
    SignatureCategory.WARNING: Status.WARNS,
}
_WORST = (Status.FAILS, Status.REPRODUCES, Status.LEAKS, Status.WARNS)


class VerdictTable:
    """Collects verdicts; equal ones get the same number, and so do tests and texts that they name."""

    def __init__(self, signatures: Sequence[PageSignature], categories: Mapping[str, SignatureCategory]) -> None:
        self._signatures = {one.name: number for number, one in enumerate(signatures)}
        self._categories = categories
        self._verdicts: dict[PageVerdict, int] = {}
        self._outcomes: dict[OutcomeKey, int] = {}
        self._tests: dict[str, int] = {}
        self._texts: dict[str, int] = {}
        self.number = IdentityCache(self._find_number)

    @property
    def verdicts(self) -> tuple[PageVerdict, ...]:
        """In the order of their numbers."""
        return tuple(self._verdicts)

    @property
    def tests(self) -> tuple[str, ...]:
        """The tests that they name."""
        return tuple(self._tests)

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that they name."""
        return tuple(self._texts)

    def find_text(self, text: str) -> int:
        """The number of a text."""
        return self._texts.setdefault(mask(text), len(self._texts))

    def _find_number(self, verdict: Verdict) -> int:
        return self._verdicts.setdefault(self._make(verdict), len(self._verdicts))

    def _make(self, verdict: Verdict) -> PageVerdict:
        key = outcome_key(verdict, self._categories)
        return PageVerdict(
            status=verdict.status.value,
            label=label(verdict, self._categories),
            outcome=self._outcomes.setdefault(key, len(self._outcomes)),
            body=self._judge(verdict, Channel.BODY),
            cleanup=self._judge(verdict, Channel.CLEANUP, Channel.BACKGROUND),
            findings=tuple(self._make_finding(one) for one in verdict.findings),
            unnamed=tuple(
                PageUnnamed(
                    channel=one.channel.value,
                    type=one.type,
                    text=mask(one.text),
                    test=self._find_test(one.test) if one.test else -1,
                )
                for one in verdict.unnamed
            ),
            pattern=verdict.pattern,
            reason=verdict.reason,
            ending=mask(verdict.ending),
            notes=tuple(map(mask, verdict.notes)),
        )

    def _make_finding(self, finding: Finding) -> PageFinding:
        return PageFinding(
            signature=self._signatures.get(finding.signature, -1),
            channel=finding.channel.value,
            role=finding.role.value,
            tests=tuple(map(self._find_test, finding.tests)),
            text=self.find_text(finding.sample) if finding.sample else -1,
        )

    def _find_test(self, test: str) -> int:
        return self._tests.setdefault(test, len(self._tests))

    def _judge(self, verdict: Verdict, *channels: Channel) -> str:
        """What the status would be if nothing but these channels had been seen."""
        if verdict.status in (Status.NOT_APPLICABLE, Status.UNRESOLVABLE, Status.INFRASTRUCTURE):
            return verdict.status.value
        shown = {
            _OF[self._categories.get(one.signature, SignatureCategory.ERROR)]
            for one in verdict.findings
            if one.channel in channels
        }
        shown |= {Status.FAILS for one in verdict.unnamed if one.channel in channels}
        worst = next((status for status in _WORST if status in shown), Status.CLEAN)
        if worst is Status.FAILS and verdict.status is Status.WARNS:
            worst = Status.WARNS
        return worst.value


@cache
def mask(text: str) -> str:
    """One line without addresses, ports and the like, which would make each run's text another one."""
    for pattern, constant in CHANGING:
        text = pattern.sub(constant, text)
    return one_line(text, LONGEST)
