"""All of one evidence as incidents, in the order things happened as far as it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.sizes import format_size
from harness.verdicts.ending import NO_TESTS, has_failed, is_late
from harness.verdicts.ledgers import find_leaks, find_wrong_loops
from harness.verdicts.model import Channel
from harness.verdicts.observations import (
    Incident,
    Observation,
    ObservationKind,
    find_channel,
    fold_text,
    make_chain_incidents,
)
from harness.verdicts.output import find_printed_warnings, find_startup_error, observe_shutdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.model import (
        BackgroundError,
        Evidence,
        Exceeded,
        HandlerCall,
        Hang,
        Phase,
        Problem,
        RecordedWarning,
        Test,
        Unraisable,
    )

_HANGS = {
    "cell": "no end after {}",
    "suite": "no end after {} (--longest)",
    "progress": "no test began or ended for {} (--limit)",
}

FLUSHED = "another worker flushed the database"
GROUP_FAILED = "a task in a group of a fixture failed"
"""What happened while a test was at work in that database; `signatures.toml` names what comes of it."""

CONTROLLER = "xdist/dsession.py:"
"""Where pytest-xdist deals with its workers."""

UNRAISABLE_WARNING = "pytest.PytestUnraisableExceptionWarning"


def observe(evidence: Evidence) -> tuple[Incident, ...]:
    """Every incident of the evidence. Pure: equal evidence gives equal incidents."""
    errors = tuple(_observe_errors(evidence))
    return (
        *errors,
        *_observe_ending(evidence, any_error=bool(errors)),
        *_observe_reports(evidence),
        *_observe_singles(evidence),
    )


def _observe_errors(evidence: Evidence) -> Iterator[Incident]:
    """What made a test fail, or kept tests from running."""
    for problem in evidence.problems:
        if not _follows(problem, evidence.problems) and not (is_late(problem) and has_failed(evidence)):
            yield from make_chain_incidents(
                problem.chain, kind=ObservationKind.PROBLEM, channel=Channel.BODY, test=problem.node
            )
    hit = {test for worker in evidence.workers for flush in worker.flushes for test in flush.hit}
    for test in evidence.tests:
        for phase in test.phases:
            if phase.outcome == "failed":
                yield from _observe_failure(phase, test.id, _find_meanwhile(phase, test, flushed=test.id in hit))


def _find_meanwhile(failed: Phase, test: Test, *, flushed: bool) -> str:
    """What others did while the test's body ran: of what can take away what the body waits for."""
    if failed.when != "call":
        return ""
    if flushed:
        return FLUSHED
    in_groups = any(
        phase.when == "teardown" and any(raised.link == "member" for raised in phase.chain) for phase in test.phases
    )
    return GROUP_FAILED if in_groups else ""


def _follows(problem: Problem, problems: tuple[Problem, ...]) -> bool:
    """Whether this is how somebody gives up because of the other problems, which say it themselves.

    pytest raises `Interrupted: 1 error during collection`. pytest-xdist asserts with the text of a worker's internal
    error, and then looks for the worker in vain.
    """
    if not problem.chain:
        return False
    if problem.chain[0].type == "Interrupted":
        return len(problems) > 1
    return _is_of_controller(problem) and any(
        other.where == "internal" and not _is_of_controller(other) for other in problems
    )


def _is_of_controller(problem: Problem) -> bool:
    return problem.where == "internal" and bool(problem.chain) and problem.chain[0].origin.startswith(CONTROLLER)


def _observe_failure(phase: Phase, test: str, meanwhile: str) -> Iterator[Incident]:
    channel = find_channel(phase.when)
    if phase.chain:
        yield from make_chain_incidents(
            phase.chain, kind=ObservationKind.EXCEPTION, channel=channel, test=test, meanwhile=meanwhile
        )
    else:
        text = f"{phase.when} failed without an exception"
        yield (Observation(kind=ObservationKind.EXCEPTION, channel=channel, text=text, test=test),)


def _observe_ending(evidence: Evidence, *, any_error: bool) -> Iterator[Incident]:
    """How the process ended, if that needs an observation."""
    end = evidence.exit
    if evidence.exceeded is not None:
        yield (_observe_limit(evidence.exceeded),)
    if evidence.hang is not None:
        yield (_observe_hang(evidence.hang, evidence),)
    elif end.signal is not None:
        channel = Channel.CLEANUP if evidence.finished else Channel.BODY
        text = end.signal + _count_missing(evidence)
        yield (Observation(kind=ObservationKind.EXIT, channel=channel, type="signal", text=text),)
    elif evidence.exceeded is not None:
        if end.code is not None and not evidence.finished:
            yield (_observe_early_end(evidence),)
    elif not any_error:
        yield from _observe_unexplained_end(evidence)
    elif not evidence.finished and not evidence.problems:
        yield (_observe_early_end(evidence),)


def _observe_hang(hang: Hang, evidence: Evidence) -> Observation:
    lead = _HANGS[hang.kind].format(f"{hang.limit:g} s")
    text = f"{lead} in {_name_phase(hang)}{_count_missing(evidence)}"
    return Observation(kind=ObservationKind.HANG, channel=find_channel(hang.when), text=text, test=hang.test)


def _count_missing(evidence: Evidence) -> str:
    """How many tests didn't run, where that is known."""
    begun = {test.id for test in evidence.tests} | {evidence.hang.test if evidence.hang else ""} - {""}
    missing = (evidence.collected or 0) - len(begun)
    return f"; {missing} of {evidence.collected} tests did not run" if missing > 0 else ""


def _observe_limit(over: Exceeded) -> Observation:
    whole = "in a file of output" if over.what == "output" else "of memory"
    text = f"more than {format_size(over.limit)} {whole} in {_name_phase(over)}"
    return Observation(
        kind=ObservationKind.LIMIT, channel=find_channel(over.when), type=over.what, text=text, test=over.test
    )


def _name_phase(stopped: Hang | Exceeded) -> str:
    """`call of test_a.py::test_b`; where no test was running, `collect` or `session`."""
    return f"{stopped.when} of {stopped.test}" if stopped.test else stopped.when or "no test"


def _observe_unexplained_end(evidence: Evidence) -> Iterator[Incident]:
    """An end that no observed error explains."""
    gave_up = None if evidence.tests else find_startup_error(evidence.output)
    if gave_up is not None:
        yield (gave_up,)
    elif not evidence.finished:
        yield (_observe_early_end(evidence),)
    elif evidence.exit.code == NO_TESTS and not evidence.tests:
        if not evidence.skipped:
            yield (_observe_exit("no tests", f"pytest found no test to run, exit code {NO_TESTS}"),)
    elif evidence.exit.code != 0 or not evidence.tests:
        what = "but no test failed" if evidence.tests else "and no test ran"
        yield (_observe_exit("unexplained", f"exit code {evidence.exit.code}, {what}"),)


def _observe_early_end(evidence: Evidence) -> Observation:
    return _observe_exit(
        "ended early", f"exit code {evidence.exit.code} before the session had ended{_count_missing(evidence)}"
    )


def _observe_exit(kind: str, text: str) -> Observation:
    return Observation(kind=ObservationKind.EXIT, channel=Channel.BODY, type=kind, text=text)


def _observe_reports(evidence: Evidence) -> Iterator[Incident]:
    """What was reported because nobody could catch it."""
    for unraisable in evidence.unraisables:
        yield from _observe_unraisable(unraisable)
    for call in evidence.handler_calls:
        yield _observe_handler_call(call)
    yield from _observe_background(evidence)


def _observe_background(evidence: Evidence) -> Iterator[Incident]:
    """What ended a thread, and what was logged, unless a test failed of the same: then it has reached somebody."""
    failed = {
        (test.id, raised.type, raised.text)
        for test in evidence.tests
        for phase in test.phases
        if phase.outcome == "failed"
        for raised in phase.chain
    }
    anywhere = {(kind, text) for _, kind, text in failed}
    for error in filter(_has_chain, evidence.background):
        kind, text = error.chain[0].type, error.chain[0].text
        if error.source == "thread" and (kind, text) not in anywhere:
            yield from make_chain_incidents(error.chain, kind=ObservationKind.THREAD, channel=Channel.BACKGROUND)
        elif error.source == "log" and (error.test, kind, text) not in failed:
            yield from make_chain_incidents(
                error.chain, kind=ObservationKind.LOG, channel=Channel.BACKGROUND, test=error.test
            )


def _has_chain(error: BackgroundError) -> bool:
    return bool(error.chain)


def _observe_unraisable(unraisable: Unraisable) -> Iterator[Incident]:
    if unraisable.chain:
        yield from make_chain_incidents(unraisable.chain, kind=ObservationKind.UNRAISABLE, channel=Channel.CLEANUP)
    else:
        text = fold_text(f"{unraisable.message} {unraisable.object}")
        yield (Observation(kind=ObservationKind.UNRAISABLE, channel=Channel.CLEANUP, text=text),)


def _observe_handler_call(call: HandlerCall) -> Incident:
    chain = tuple(
        observation
        for incident in make_chain_incidents(call.chain, kind=ObservationKind.EXCEPTION, channel=Channel.CLEANUP)
        for observation in incident
    )
    if not chain:
        return (Observation(kind=ObservationKind.HANDLER_CALL, channel=Channel.CLEANUP, text=call.message),)
    first, rest = chain[0], chain[1:]
    text = f"{call.message} ({first.type}: {first.text})"
    head = Observation(kind=ObservationKind.HANDLER_CALL, channel=Channel.CLEANUP, text=text)
    return (head, msgspec.structs.replace(first, link="cause"), *rest)


def _observe_singles(evidence: Evidence) -> Iterator[Incident]:
    recorded = {_get_first_line(warned.text) for warned in evidence.warnings}
    for warned in evidence.warnings:
        if warned.category != UNRAISABLE_WARNING:
            yield (_observe_warning(warned),)
        elif not evidence.unraisables:  # otherwise reported already, by the unraisable that pytest warned of
            for complaint in observe_shutdown(warned.text):
                yield (msgspec.structs.replace(complaint, kind=ObservationKind.UNRAISABLE),)
    for printed in find_printed_warnings(evidence.output):
        if printed.text not in recorded:
            yield (printed,)
    for observation in (*find_wrong_loops(evidence), *find_leaks(evidence), *_observe_shutdown(evidence)):
        yield (observation,)


def _observe_shutdown(evidence: Evidence) -> Iterator[Observation]:
    """What was printed after the session, but for what ended a thread, or pytest, and was seen as it did."""
    threads = {error.chain[0].type for error in filter(_has_chain, evidence.background) if error.source == "thread"}
    ended = {
        (raised.type.rpartition(".")[2], fold_text(raised.text))
        for problem in evidence.problems
        for raised in problem.chain
    }
    for complaint in observe_shutdown(evidence.output_after):
        if complaint.kind is ObservationKind.THREAD and complaint.type in threads:
            continue
        if (complaint.type.rpartition(".")[2], complaint.text) not in ended:
            yield complaint


def _observe_warning(warned: RecordedWarning) -> Observation:
    """A resource or a coroutine that was dropped is met when it is collected: cleanup, and in no test."""
    collected = warned.category == "ResourceWarning" or "was never awaited" in warned.text
    return Observation(
        kind=ObservationKind.WARNING,
        channel=Channel.CLEANUP if collected else Channel.BODY,
        type=warned.category,
        text=warned.text,
        origin=warned.location,
        test="" if collected else warned.test,
    )


def _get_first_line(text: str) -> str:
    return fold_text(text.partition("\n")[0])
