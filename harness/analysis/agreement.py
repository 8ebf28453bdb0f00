"""Sets of outcomes of the same cells in the same environments: where they agree, and where they don't.

Verdicts agree when they are the same outcome. Evidence is compared besides, as a finer measure: what differs there
though the verdicts agree is counted apart from what differs in verdicts.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.evidence.comparing import find_differences
from harness.verdicts.environment_findings import key_of
from harness.verdicts.model import Status
from harness.verdicts.rates import Rate, make_rate
from harness.verdicts.same_outcome import outcome_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.environments.model import Environment
    from harness.evidence.store import EvidenceStore
    from harness.store.model import Header, Outcome, Results
    from harness.verdicts.model import Verdict
    from harness.verdicts.signatures import SignatureCategory

    Categories = Mapping[str, SignatureCategory]
    WhyUnstable = Callable[[str], str]


class AgreementStatus(StrEnum):
    """What a cell comes to; of several that hold, the one that stands last here."""

    SAME = "same"
    EVIDENCE_DIFFERS = "evidence differs"  # but the verdicts agree
    NOT_RUN = "not run"  # every set says that it can't be
    NOT_MEASURED = "not measured"  # a set doesn't have it, or could not measure it
    KNOWN_UNSTABLE = "known unstable"  # it differs, and it is known why
    DIFFERS = "differs"


DIFFERING = (AgreementStatus.DIFFERS, AgreementStatus.KNOWN_UNSTABLE)


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the sets, with one outcome for each cell in each environment."""

    name: str
    results: Results
    evidence: EvidenceStore


@dataclass(frozen=True, kw_only=True)
class CellAgreement:
    """One cell in one environment; `verdicts` has an entry for each side, None where it has no outcome."""

    cell: str
    standing: AgreementStatus
    verdicts: tuple[Verdict | None, ...]
    reason: str = ""  # why it is known to be unstable
    places: tuple[str, ...] = ()  # of the evidence that differ: "tests.0.phases.1.outcome: first's | other's"


@dataclass(frozen=True, kw_only=True)
class EnvironmentAgreement:
    """One environment. `same_warnings`: all sides have the same warnings common to all cells."""

    environment_id: str
    environment: Environment | None  # None: it can't be resolved
    compared: tuple[CellAgreement, ...]  # in order of the cells' ids
    same_warnings: bool

    def of(self, *standings: AgreementStatus) -> tuple[CellAgreement, ...]:
        """The cells that came to one of these."""
        return tuple(one for one in self.compared if one.standing in standings)

    @property
    def measured(self) -> int:
        """How many cells were run and can be compared."""
        return sum(one.standing not in (AgreementStatus.NOT_RUN, AgreementStatus.NOT_MEASURED) for one in self.compared)

    @property
    def noise(self) -> Rate:
        """The share of the measured cells whose verdicts differ."""
        return make_rate(len(self.of(*DIFFERING)), self.measured)


def find_agreements(
    sides: Sequence[Side], why_unstable: WhyUnstable, categories: Categories
) -> tuple[EnvironmentAgreement, ...]:
    """One for each environment of any side, in order of appearance. Raises `EvidenceError`.

    `why_unstable` takes a cell's id and says why it isn't stable; "" where nothing is known.
    """
    headers: dict[str, list[Header]] = {}
    for side in sides:
        for run in side.results.runs:
            headers.setdefault(run.header.environment_key, []).append(run.header)
    outcomes = [_group_by_environment(side.results) for side in sides]
    return tuple(
        _find_agreement(sides, found, [each.get(key, {}) for each in outcomes], why_unstable, categories)
        for key, found in headers.items()
    )


def group_by_part(places: Sequence[str]) -> dict[str, list[str]]:
    """The places under the parts of the evidence that they are in: `connections`, `tests`."""
    parts: dict[str, list[str]] = {}
    for place in places:
        parts.setdefault(re.split("[.:]", place, maxsplit=1)[0], []).append(place)
    return parts


def _group_by_environment(results: Results) -> dict[str, dict[str, Outcome]]:
    found: dict[str, dict[str, Outcome]] = {}
    for run in results.runs:
        cells = found.setdefault(run.header.environment_key, {})
        cells.update((outcome.cell, outcome) for outcome in run.outcomes)
    return found


def _find_agreement(
    sides: Sequence[Side],
    headers: Sequence[Header],
    outcomes: Sequence[Mapping[str, Outcome]],
    why_unstable: WhyUnstable,
    categories: Categories,
) -> EnvironmentAgreement:
    cells = sorted(set().union(*outcomes))
    warnings = {
        frozenset(key_of(one.signature, one.sample) for one in header.environment_findings) for header in headers
    }
    return EnvironmentAgreement(
        environment_id=headers[0].environment_id,
        environment=headers[0].environment,
        compared=tuple(
            _compare_cell(sides, cell, [each.get(cell) for each in outcomes], why_unstable, categories)
            for cell in cells
        ),
        same_warnings=len(warnings) == 1,
    )


def _compare_cell(
    sides: Sequence[Side],
    cell: str,
    outcomes: Sequence[Outcome | None],
    why_unstable: WhyUnstable,
    categories: Categories,
) -> CellAgreement:
    measured = [one for one in outcomes if one is not None and one.verdict.status is not Status.INFRASTRUCTURE]
    places = _find_places(sides, outcomes) if len(measured) == len(outcomes) else ()
    standing, reason = _judge(measured, len(outcomes), categories), ""
    if standing is AgreementStatus.DIFFERS:
        reason = why_unstable(cell)
        standing = AgreementStatus.KNOWN_UNSTABLE if reason else standing
    elif standing is AgreementStatus.SAME and places:
        standing = AgreementStatus.EVIDENCE_DIFFERS
    verdicts = tuple(None if one is None else one.verdict for one in outcomes)
    return CellAgreement(cell=cell, standing=standing, verdicts=verdicts, reason=reason, places=places)


def _judge(measured: Sequence[Outcome], sides: int, categories: Categories) -> AgreementStatus:
    """By the verdicts alone."""
    if len({outcome_key(one.verdict, categories) for one in measured}) > 1:
        return AgreementStatus.DIFFERS
    if len(measured) < sides:
        return AgreementStatus.NOT_MEASURED
    return AgreementStatus.SAME if any(one.evidence for one in measured) else AgreementStatus.NOT_RUN


def _find_places(sides: Sequence[Side], outcomes: Sequence[Outcome | None]) -> tuple[str, ...]:
    """Where the evidence of the others differs from the first's."""
    hashes = [one.evidence if one is not None else "" for one in outcomes]
    if not all(hashes) or len(set(hashes)) == 1:
        return ()
    first, *others = (side.evidence.get(content_hash) for side, content_hash in zip(sides, hashes, strict=True))
    return tuple(dict.fromkeys(itertools.chain.from_iterable(find_differences(first, other) for other in others)))
