"""Stated against measured. Pure: evidence in, a judgement out."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

import msgspec

from harness.reported.report import Stated, Where
from harness.verdicts.model import Channel
from harness.verdicts.observations import Observation, ObservationKind, make_chain_incidents
from harness.verdicts.observing import observe
from harness.verdicts.pattern import make_pattern
from harness.verdicts.signatures import find_naming

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.environments.model import Unresolvable
    from harness.evidence.model import Evidence
    from harness.reported.report import Error, Report, ReportedState
    from harness.verdicts.signatures import Signature


class ReportAgreement(StrEnum):
    """Whether what was measured is what the report states."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    NOT_MEASURED = "not measured here"
    FAILED = "could not be measured"  # the server or the machine failed; run again


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """One state compared with one run of its suite.

    `measured` is what happened, `.E: no-current-loop in setup`; it is the reason when nothing was measured.
    `pattern` is the course of the tests alone.
    """

    agreement: ReportAgreement
    measured: str
    pattern: str = ""


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One exception or message, and where it was met."""

    where: Where
    observation: Observation

    @property
    def text(self) -> str:
        """`RuntimeError: Event loop is closed`, the type without its module."""
        kind = self.observation.type.rpartition(".")[2]
        return f"{kind}: {self.observation.text}" if kind else self.observation.text


def judge(report: Report, state: ReportedState, evidence: Evidence, signatures: tuple[Signature, ...]) -> Judgement:
    """Whether the evidence shows what the report states for `state`."""
    if evidence.infrastructure:
        return Judgement(agreement=ReportAgreement.FAILED, measured=evidence.infrastructure)
    sightings = tuple(find_sightings(evidence))
    pattern = make_pattern(evidence)
    agrees = _is_agreeing(report, state, pattern, sightings, signatures)
    return Judgement(
        agreement=ReportAgreement.AGREES if agrees else ReportAgreement.DISAGREES,
        measured=_describe_measured(report, pattern, sightings, signatures),
        pattern=pattern,
    )


def make_not_measured(reason: str) -> Judgement:
    """The judgement of a state that nothing was run for."""
    return Judgement(agreement=ReportAgreement.NOT_MEASURED, measured=reason)


def make_unresolvable(found: Unresolvable) -> Judgement:
    """The judgement of a state whose environment can't be had."""
    return make_not_measured(f"can't be installed: {found.reason}")


def is_unexplained(state: ReportedState, judgement: Judgement) -> bool:
    """Whether stated and measured disagree, and nobody has found out why: a remark is about one measurement only."""
    return judgement.agreement is ReportAgreement.DISAGREES and judgement.measured != state.measured


def is_out_of_date(state: ReportedState, judgement: Judgement) -> bool:
    """Whether something else was measured than what the state's remark is about."""
    measured = judgement.agreement in (ReportAgreement.AGREES, ReportAgreement.DISAGREES)
    return bool(state.remark) and measured and judgement.measured != state.measured


def find_sightings(evidence: Evidence) -> Iterator[Sighting]:
    """Every exception and message of the evidence, whole chains included, with the place it was met at."""
    for test in evidence.tests:
        for phase in test.phases:
            if phase.outcome == "failed":
                for incident in make_chain_incidents(
                    phase.chain, kind=ObservationKind.EXCEPTION, channel=Channel.BODY, test=test.id
                ):
                    yield from (Sighting(where=Where(phase.when), observation=each) for each in incident)
    for incident in observe(evidence):
        where = _find_place(incident[0])
        if where is not None:
            yield from (Sighting(where=where, observation=each) for each in incident)


def is_shown(error: Error, sighting: Sighting, signatures: tuple[Signature, ...]) -> bool:
    """Whether the sighting is one of that error."""
    named = {signature.name for signature in find_naming(signatures, sighting.observation)}
    return (
        sighting.where in error.where
        and (not error.signatures or not named.isdisjoint(error.signatures))
        and re.search(error.text, sighting.text) is not None
    )


def _find_place(observation: Observation) -> Where | None:
    """The place of what is observed outside a test's phases; None for what is neither an exception nor a message."""
    match observation.kind:
        case ObservationKind.PROBLEM:
            return Where.COLLECTION
        case ObservationKind.UNRAISABLE | ObservationKind.HANDLER_CALL | ObservationKind.OUTPUT_AFTER:
            return Where.AFTERWARDS
        case ObservationKind.THREAD | ObservationKind.LOG:
            return Where.AFTERWARDS
        case ObservationKind.WARNING:
            return Where.WARNING
        case ObservationKind.HANG | ObservationKind.LIMIT | ObservationKind.EXIT:
            return Where.END
        case (
            ObservationKind.EXCEPTION
            | ObservationKind.CONNECTION
            | ObservationKind.LOOP
            | ObservationKind.TASK
            | ObservationKind.KEYS
        ):
            return None
        case _:
            assert_never(observation.kind)


def _is_stated(report: Report, sighting: Sighting, signatures: tuple[Signature, ...]) -> bool:
    return any(is_shown(error, sighting, signatures) for error in report.errors)


def _is_agreeing(
    report: Report,
    state: ReportedState,
    pattern: str,
    sightings: tuple[Sighting, ...],
    signatures: tuple[Signature, ...],
) -> bool:
    seen = [any(is_shown(error, each, signatures) for each in sightings) for error in report.errors]
    # A suite that is killed or dies says nothing of the tests it didn't come to, whatever the others did.
    if not all(_is_stated(report, each, signatures) for each in sightings if each.where is Where.END):
        return False
    match state.outcome:
        case Stated.REPRODUCES:
            as_stated = all(seen)
        case Stated.PASSES:
            as_stated = not any(seen) and bool(pattern) and set(pattern) == {"."}
        case _:
            assert_never(state.outcome)
    return as_stated and state.pattern in ("", pattern)


def _describe_measured(
    report: Report, pattern: str, sightings: tuple[Sighting, ...], signatures: tuple[Signature, ...]
) -> str:
    """The course of the tests, the report's error where it was met, or else what failed first; how it ended."""
    seen = [each for each in sightings if _is_stated(report, each, signatures)]
    failed = [each for each in sightings if each.where not in (Where.WARNING, Where.AFTERWARDS)]
    ends = [each for each in sightings if each.where is Where.END]
    parts = dict.fromkeys(_format_sighting(each, signatures) for each in (*(seen or failed[:1]), *ends))
    return ": ".join(part for part in (pattern or "no tests", ", ".join(parts)) if part)


def _format_sighting(sighting: Sighting, signatures: tuple[Signature, ...]) -> str:
    """`no-current-loop in setup`."""
    names = [signature.name for signature in find_naming(signatures, sighting.observation)]
    what = " and ".join(names) or _shorten(sighting.text)
    match sighting.where:
        case Where.END:
            return what
        case Where.AFTERWARDS:
            return f"{what} afterwards"
        case Where.WARNING:
            return f"{what} in a warning"
        case _:
            return f"{what} in {sighting.where.value}"


def _shorten(text: str) -> str:
    line = " ".join(text.partition("\n")[0].split())
    return line if len(line) <= 80 else line[:79] + "…"
