"""Evidence and signatures in, a verdict out. Pure: the same evidence always gives the same verdict.

**Named.** An error is named when its surface exception matches a signature, or one on its explicit `__cause__` chain
does. An AssertionError raised while merely *handling* a loop error (`__context__`) stays unnamed; the loop error below
it is recorded as its root all the same.

**Roles.** Of one incident the surface counts when a signature names it, and the last named exception down the chain is
the root. What lies between is dropped: it is neither what the user sees nor where it began. Where both are the same
signature there is nothing to distinguish, and the role is `only`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

from harness.verdicts.ending import find_deciding, find_deciding_line, find_ending
from harness.verdicts.environment_findings import RemainingFindings, can_belong_to_environment
from harness.verdicts.model import Channel, Finding, Role, Status, Unnamed, Verdict
from harness.verdicts.observations import Observation, ObservationKind, fold_text
from harness.verdicts.observing import observe
from harness.verdicts.others import describe_others, list_unseen
from harness.verdicts.pattern import make_pattern
from harness.verdicts.signatures import Signature, SignatureCategory, find_naming

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.evidence.model import Evidence
    from harness.verdicts.observations import Incident


_IN_NO_TEST = {
    ObservationKind.UNRAISABLE,
    ObservationKind.HANDLER_CALL,
    ObservationKind.THREAD,
    ObservationKind.OUTPUT_AFTER,
}
"""Errors that fail nothing: pytest itself ends well in spite of them."""

_MOST_NAMES = 3
"""Tests or files that one note names."""


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """A signature met once."""

    signature: Signature
    role: Role
    observation: Observation


def classify(
    evidence: Evidence, signatures: Sequence[Signature], *, environment_findings: Sequence[Finding] = ()
) -> Verdict:
    """The verdict. `environment_findings` are left out of it: they are reported once, for the environment."""
    pattern = make_pattern(evidence)
    if evidence.infrastructure:
        return Verdict(status=Status.INFRASTRUCTURE, pattern=pattern, reason=evidence.infrastructure)
    incidents = observe(evidence)
    ordered = _sort_signatures(signatures)
    processes = sum(bool(worker.tests) for worker in evidence.workers) or 1
    known = RemainingFindings(environment_findings, processes=processes)
    met = [one for one in _find_met(incidents, ordered) if not _belongs_to_environment(one, known)]
    nameless = [incident for incident in incidents if not _is_named(incident, ordered)]
    unnamed = tuple(sorted({_make_unnamed(incident) for incident in nameless}))
    status = _choose_status(met, {incident[0].kind for incident in nameless})
    if status is not Status.FAILS and status is not Status.REPRODUCES and _are_all_skipped(pattern, evidence):
        return Verdict(status=Status.NOT_APPLICABLE, pattern=pattern, reason=_find_skip_reason(evidence))
    return Verdict(
        status=status,
        findings=_merge(met),
        unnamed=unnamed,
        pattern=pattern,
        ending=find_ending(evidence),
        unseen=list_unseen(evidence),
        notes=(*evidence.notes, *_note_skipped(evidence), *_note_reruns(evidence), *describe_others(evidence)),
    )


def _note_skipped(evidence: Evidence) -> Iterator[str]:
    """Files that skipped themselves: without a word of them a suite seems to be run that mostly isn't."""
    reasons: dict[str, list[str]] = {}
    for one in evidence.skipped:
        reasons.setdefault(one.text, []).append(one.node)
    for reason, nodes in reasons.items():
        yield fold_text(
            f"skipped whole, so its tests aren't counted: {_name_some(nodes)} ({reason or 'no reason given'})"
        )


def _note_reruns(evidence: Evidence) -> Iterator[str]:
    """Tests that a plugin ran again: their last attempt is what counts."""
    again = [
        test.id for test in evidence.tests if any(phase.outcome == "failed" for one in test.earlier for phase in one)
    ]
    if again:
        yield f"failed at first and ran again, and the last attempt counts: {_name_some(again)}"


def _name_some(nodes: Sequence[str]) -> str:
    more = f" and {len(nodes) - _MOST_NAMES:,} more" if len(nodes) > _MOST_NAMES else ""
    return f"{', '.join(nodes[:_MOST_NAMES])}{more}"


def find_environment_findings(evidence: Evidence, signatures: Sequence[Signature]) -> tuple[Finding, ...]:
    """The warnings and leaks that the simplest possible suite shows in an environment: what every cell there shows.

    A warning counts once. A leak counts as often as it was met, because each takes away one leak of a cell and no
    more: a cell that leaves a second loop behind the plugin leaves one of its own.
    """
    findings = [
        Finding(
            signature=one.signature.name,
            channel=one.observation.channel,
            role=one.role,
            sample=one.observation.sample,
        )
        for one in _find_met(observe(evidence), _sort_signatures(signatures))
        if can_belong_to_environment(one.signature.category) and not _is_error(one.observation)
    ]
    return tuple(sorted(RemainingFindings.distinct(findings, signatures)))


def _belongs_to_environment(met: Met, known: RemainingFindings) -> bool:
    return not _is_error(met.observation) and known.takes(met.signature, met.observation.sample)


def _sort_signatures(signatures: Sequence[Signature]) -> tuple[Signature, ...]:
    return tuple(sorted(signatures, key=lambda signature: signature.name))


def _find_met(incidents: Iterable[Incident], signatures: tuple[Signature, ...]) -> list[Met]:
    return [met for incident in incidents for met in _find_met_in(incident, signatures)]


def _find_met_in(incident: Incident, signatures: tuple[Signature, ...]) -> Iterator[Met]:
    """The signatures at the surface and at the root of an incident."""
    names = (_find_naming(signatures, observation) for observation in incident)
    named = [(at, found) for at, found in enumerate(names) if found]
    if not named:
        return
    root_at, root = named[-1]
    surface = named[0][1] if named[0][0] == 0 else ()
    for signature in surface:
        role = Role.ONLY if signature in root else Role.SURFACE
        yield Met(signature=signature, role=role, observation=incident[0])
    for signature in root:
        if signature not in surface:
            yield Met(signature=signature, role=Role.ROOT, observation=incident[root_at])


def _is_named(incident: Incident, signatures: tuple[Signature, ...]) -> bool:
    """Whether a signature answers for the incident. Incidents that aren't errors need no name."""
    if not _is_error(incident[0]):
        return True
    for observation in incident:
        if observation.link == "context":
            return False
        if _find_naming(signatures, observation):
            return True
    return False


def _find_naming(signatures: tuple[Signature, ...], observation: Observation) -> tuple[Signature, ...]:
    """The signatures that the observation is. A warning's name doesn't answer for the end of pytest itself.

    An error of no file and no test is what pytest ended with: a warning there has kept every test from running. And in
    the background only errors are met: a program may log a warning as often as it likes.
    """
    found = find_naming(signatures, observation)
    ends_pytest = observation.kind is ObservationKind.PROBLEM and not observation.test
    if ends_pytest or observation.channel is Channel.BACKGROUND:
        return tuple(one for one in found if one.category in (SignatureCategory.ERROR, SignatureCategory.OUTCOME))
    return found


def _is_error(observation: Observation) -> bool:
    """Whether leaving this unnamed would hide an error."""
    match observation.kind:
        case (
            ObservationKind.EXCEPTION
            | ObservationKind.PROBLEM
            | ObservationKind.UNRAISABLE
            | ObservationKind.THREAD
            | ObservationKind.HANDLER_CALL
            | ObservationKind.HANG
            | ObservationKind.LIMIT
            | ObservationKind.EXIT
        ):
            return True
        case ObservationKind.OUTPUT_AFTER:
            return not observation.type.endswith("Warning")
        case (
            # A program may well log an error that it is prepared for: only one with a name is worth a word.
            ObservationKind.LOG
            | ObservationKind.WARNING
            | ObservationKind.CONNECTION
            | ObservationKind.LOOP
            | ObservationKind.TASK
            | ObservationKind.KEYS
        ):
            return False
        case _:
            assert_never(observation.kind)


def _make_unnamed(incident: Incident) -> Unnamed:
    surface = incident[0]
    if surface.kind is ObservationKind.HANDLER_CALL and len(incident) > 1:
        surface = msgspec.structs.replace(surface, type=incident[1].type)
    if surface.kind is ObservationKind.PROBLEM:
        decided = find_deciding(incident)
        text = find_deciding_line(decided.text)
        return Unnamed(channel=surface.channel, type=decided.type, text=text, test=surface.test)
    untyped = surface.kind in (ObservationKind.EXIT, ObservationKind.HANG, ObservationKind.LIMIT)
    kind = surface.kind.value if untyped else surface.type
    return Unnamed(channel=surface.channel, type=kind, text=fold_text(surface.text), test=surface.test)


def _choose_status(met: Iterable[Met], unnamed: set[ObservationKind]) -> Status:
    """By the precedence that `Status` documents; `unnamed` is where errors without a name were met."""
    if unnamed - _IN_NO_TEST:
        return Status.FAILS
    statuses = {_find_status(one) for one in met} | ({Status.WARNS} if unnamed else set())
    for status in (Status.REPRODUCES, Status.LEAKS, Status.WARNS):
        if status in statuses:
            return status
    return Status.CLEAN


def _find_status(met: Met) -> Status:
    """What one finding makes of a verdict. A failed test is an error, even if its signature is only a warning's."""
    if met.observation.kind in (ObservationKind.EXCEPTION, ObservationKind.PROBLEM):
        return Status.REPRODUCES
    match met.signature.category:
        case SignatureCategory.ERROR | SignatureCategory.OUTCOME:
            return Status.REPRODUCES
        case SignatureCategory.LEAK:
            return Status.LEAKS
        case SignatureCategory.WARNING:
            return Status.WARNS
        case _:
            assert_never(met.signature.category)


def _merge(met: Iterable[Met]) -> tuple[Finding, ...]:
    """One finding for each signature, channel and role, with every test it was met in and the first sample."""
    groups: dict[tuple[str, str, str], list[Observation]] = {}
    for one in met:
        key = (one.signature.name, one.observation.channel, one.role)
        groups.setdefault(key, []).append(one.observation)
    return tuple(sorted(_make_finding(key, observations) for key, observations in groups.items()))


def _make_finding(key: tuple[str, str, str], observations: Sequence[Observation]) -> Finding:
    signature, _, role = key
    first = observations[0]
    tests = tuple(dict.fromkeys(observation.test for observation in observations if observation.test))
    return Finding(signature=signature, channel=first.channel, role=Role(role), tests=tests, sample=first.sample)


def _are_all_skipped(pattern: str, evidence: Evidence) -> bool:
    return set(pattern) <= {"s"} and bool(pattern or evidence.skipped)


def _find_skip_reason(evidence: Evidence) -> str:
    of_tests = (raised.text for test in evidence.tests for phase in test.phases for raised in phase.chain)
    texts = (*of_tests, *(f"{one.node}: {one.text}" for one in evidence.skipped if one.text))
    return fold_text("every test was skipped: " + next((text for text in texts if text), "no reason given"))
