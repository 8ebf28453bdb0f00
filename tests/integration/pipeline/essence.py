"""What two runs of the same must agree on, whatever happened to one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from harness.store.model import Outcome


class Identity(NamedTuple):
    """What an outcome is of."""

    environment: str
    cell: str
    sample: int


class Essence(NamedTuple):
    """What it comes to. Samples of messages are left out: they hold port numbers."""

    status: str
    pattern: str
    findings: frozenset[tuple[str, str, str]]


def essence(outcome: Outcome) -> Essence:
    findings = ((one.signature, one.channel, one.role) for one in outcome.verdict.findings)
    return Essence(outcome.verdict.status, outcome.verdict.pattern, frozenset(findings))


def identity(outcome: Outcome) -> Identity:
    return Identity(outcome.environment, outcome.cell, outcome.sample)
