"""Repeated runs of one cell, counted: `4/5` for each status and signature, with how sure one can be of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from harness.verdicts.model import Status
from harness.verdicts.same_outcome import outcome_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.verdicts.model import Verdict
    from harness.verdicts.signatures import SignatureCategory

_Z95 = 1.959963984540054  # two-sided 95 % of the normal distribution


class Rate(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Met in `met` of `of` samples; the true share is between `low` and `high` with 95 % confidence."""

    met: int
    of: int
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.met}/{self.of}"


class Repeats(msgspec.Struct, frozen=True, kw_only=True):
    """What several verdicts of one cell in one environment say together.

    Every sample counts once, whatever came after it: a retry is a sample, never a second chance. Samples whose
    server or machine failed count for nothing but `infrastructure`.
    """

    samples: int
    infrastructure: int
    statuses: dict[Status, Rate]  # those that were met, most frequent first
    signatures: dict[str, Rate]  # by name
    stable: bool  # the samples are the same outcome


def find_wilson_interval(met: int, of: int) -> tuple[float, float]:
    """The Wilson score interval at 95 % (Wilson 1927): between 0 and 1, and of use from the first sample on.

    Raises `ValueError` unless `0 <= met <= of`. Without samples nothing is known: (0, 1).
    """
    if not 0 <= met <= of:
        raise ValueError(f"{met} of {of} is no count")
    if of == 0:
        return 0.0, 1.0
    share, squared = met / of, _Z95 * _Z95
    centre = share + squared / (2 * of)
    margin = _Z95 * math.sqrt(share * (1 - share) / of + squared / (4 * of * of))
    scale = 1 + squared / of
    low = 0.0 if met == 0 else max(0.0, (centre - margin) / scale)
    high = 1.0 if met == of else min(1.0, (centre + margin) / scale)
    return low, high


def make_rate(met: int, of: int) -> Rate:
    """The count with its interval."""
    low, high = find_wilson_interval(met, of)
    return Rate(met=met, of=of, low=low, high=high)


def count_repeats(verdicts: Sequence[Verdict], categories: Mapping[str, SignatureCategory]) -> Repeats:
    """The verdicts of one cell in one environment, counted."""
    samples = [verdict for verdict in verdicts if verdict.status is not Status.INFRASTRUCTURE]
    statuses = [verdict.status for verdict in samples]
    signatures = [{finding.signature for finding in verdict.findings} for verdict in samples]
    by_status = {status: make_rate(statuses.count(status), len(samples)) for status in Status if status in statuses}
    return Repeats(
        samples=len(samples),
        infrastructure=len(verdicts) - len(samples),
        statuses=dict(sorted(by_status.items(), key=lambda item: -item[1].met)),
        signatures={
            name: make_rate(sum(name in found for found in signatures), len(samples))
            for name in sorted(set().union(*signatures))
        },
        stable=len({outcome_key(verdict, categories) for verdict in samples}) <= 1,
    )
