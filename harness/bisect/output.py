"""What a bisection prints: a line a step while it goes on, a block in the end, or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from harness.analysis.headline import describe, describe_samples
from harness.analysis.label import join_labels, tell_apart
from harness.bisect.bisection import OutcomeState, find_outcome
from harness.bisect.candidates import DATE
from harness.bisect.changelogs import find_changelog
from harness.compare.pairing import find_drifts
from harness.environments.identity import PLUGIN
from harness.escaping import escape_message
from harness.output.text import one_line
from harness.packages import CLIENTS
from harness.suites.suite import is_suite

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.bisect.bisection import Bisection
    from harness.bisect.candidates import BisectCandidate
    from harness.bisect.measuring import MeasuredEnvironment
    from harness.bisect.search import ChangePoint
    from harness.compare.model import Drift
    from harness.verdicts.model import Verdict
    from harness.verdicts.signatures import SignatureCategory

UNRESOLVED = "can't be resolved"
_OPTIONS = {PLUGIN: "--pytest-asyncio", "pytest": "--pytest", **{client: f"--{client}" for client in CLIENTS}}
_MOST = 6  # names in one list
_LONGEST = 300  # of an outcome


class OutcomeText:
    """What was measured of a cell or suite, in words. `categories` are those of the signatures."""

    def __init__(self, categories: Mapping[str, SignatureCategory], cell: str) -> None:
        self._categories = categories
        self._cell = cell

    def describe(self, measured: MeasuredEnvironment) -> str:
        """The outcome in a few words: `loop-closed`, `unstable: clean 3/5 · loop-closed 2/5`."""
        if measured.environment is None:
            return UNRESOLVED
        text = join_labels([self._label(verdict) for verdict in measured.verdicts])
        match find_outcome(measured, self._categories):
            case OutcomeState.UNSTABLE:
                return f"unstable: {text}"
            case OutcomeState.INEXPRESSIBLE:
                return f"not applicable: {measured.verdicts[0].reason}"
            case _:
                return self._label(measured.verdicts[0])

    def both(self, before: MeasuredEnvironment, since: MeasuredEnvironment) -> tuple[str, str]:
        """Both sides of a change; in full where they differ in more than the label says."""
        texts = (self.describe(before), self.describe(since))
        if texts[0] != texts[1]:
            return texts
        if is_suite(self._cell):  # its tests are listed below
            verdicts = before.verdicts[:1], since.verdicts[:1]
            one, other = (describe_samples(verdict, self._categories) for verdict in verdicts)
            return one, other if one != other else f"{other}, in other tests"
        one, other = tell_apart((before.verdicts[0], since.verdicts[0]), self._categories).values()
        return one, other

    def _label(self, verdict: Verdict) -> str:
        return one_line(describe(self._cell, verdict, self._categories), _LONGEST)


class Steps:
    """Prints each step as it is done."""

    def __init__(self, stream: TextIO, texts: OutcomeText, candidates: Sequence[BisectCandidate]) -> None:
        self._stream = stream
        self._texts = texts
        self._width = max(len(one.name) for one in candidates)
        self._number = 0

    def measured(self, candidate: BisectCandidate, measured: MeasuredEnvironment, *, left: int) -> None:
        self._number += 1
        rest = f"{left} left" if left else "none left"
        outcome = self._texts.describe(measured)
        self._print(f"{self._number:3}  {candidate.name:{self._width}}  {outcome}  ({rest})")

    def again(self, candidate: BisectCandidate, repeat: int) -> None:
        self._print(f"     Runs on {candidate.name} disagree: from the start, with {repeat} runs in each environment.")

    def _print(self, text: str) -> None:
        print(escape_message(text), file=self._stream, flush=True)


def make_block(bisection: Bisection, texts: OutcomeText, *, cell: str, over: str) -> str:
    """The final block."""
    noun = "days" if over == DATE else "releases"
    names = [one.name for one in bisection.candidates]
    lines = [f"{cell} over {over}, {names[0]} to {names[-1]}, {len(names)} {noun}"]
    if not bisection.changes:
        lines.append(f"no change: {_find_first(bisection, texts)}")
    for change in bisection.changes:
        lines += ["", *_describe_change(bisection, change, texts, over)]
    lines += ["", *_list_notes(bisection, noun)]
    return "\n".join(lines)


def _find_first(bisection: Bisection, texts: OutcomeText) -> str:
    found = map(texts.describe, bisection.measured.values())
    return next((text for text in found if text != UNRESOLVED), UNRESOLVED)


def _describe_change(bisection: Bisection, change: ChangePoint, texts: OutcomeText, over: str) -> Iterator[str]:
    before, since = (bisection.candidates[place] for place in (change.before, change.since))
    sides = (bisection.measured[change.before], bisection.measured[change.since])
    outcomes = texts.both(*sides)
    skipped = [bisection.candidates[place].name for place in bisection.skipped(change)]
    day = f", released {since.day}" if since.day and over != DATE else ""
    yield f"changed {'by' if skipped else 'in'} {_name(over, since)}{day}"
    if skipped:
        yield f"  or earlier, after {before.name}: {_join(skipped)} can't be resolved"
    width = max(len(before.name), len(since.name))
    yield f"  before  {before.name:{width}}  {outcomes[0]}"
    yield f"  since   {since.name:{width}}  {outcomes[1]}"
    asked, besides = split_drifts(sides, over)
    for drift in asked if over == DATE else ():
        yield f"  came with it: {drift}{_make_link(drift)}"
    if over != DATE and (address := find_changelog(over, since.name)):
        yield f"  changelog: {address}"
    if besides:
        yield f"  also changed, and may be the cause: {_join([str(one) for one in besides])}"
        yield from (
            f"  to hold it fixed, if both sides can have it: {text}" for text in [_format_pins(besides)] if text
        )


def split_drifts(
    sides: tuple[MeasuredEnvironment, MeasuredEnvironment], over: str
) -> tuple[tuple[Drift, ...], tuple[Drift, ...]]:
    """What differs between two environments: in what is searched over, and in all else. By date that is everything."""
    before, since = (side.environment for side in sides)
    assert before is not None, "a change has an environment on both sides"
    assert since is not None, "a change has an environment on both sides"
    found = find_drifts(before, since)
    return (
        tuple(one for one in found if over in (DATE, one.package)),
        tuple(one for one in found if over not in (DATE, one.package)),
    )


def _name(over: str, candidate: BisectCandidate) -> str:
    match over:
        case "date":
            out = ", ".join(f"{package} {version}" for package, version in candidate.released)
            return f"what could be installed on {candidate.name}" + (f" (released: {out})" if out else "")
        case "python":
            return f"Python {candidate.name}"
        case _:
            return f"{over} {candidate.name}"


def _make_link(drift: Drift) -> str:
    address = find_changelog(drift.package, drift.after) if drift.after else ""
    return f"  {address}" if address else ""


def _format_pins(besides: Sequence[Drift]) -> str:
    """The options that keep apart what can be: `--pytest 8.3.5`."""
    return " ".join(
        f"{_OPTIONS[drift.package]} {drift.before}"
        for drift in besides
        if drift.package in _OPTIONS and drift.before and drift.after
    )


def _list_notes(bisection: Bisection, noun: str) -> Iterator[str]:
    names = bisection.candidates
    unresolved = [names[place].name for place, one in bisection.measured.items() if one.environment is None]
    if unresolved:
        yield f"Can't be resolved, so nothing is known of them: {_join(unresolved)}."
    if len(bisection.changes) > 1:
        yield f"The behaviour changes more than once: {len(bisection.changes)} changes were met."
    if bisection.every:
        yield f"All {len(names)} {noun} were run."
    else:
        yield (
            f"{len(bisection.measured)} of {len(names)} {noun} were looked at. Between two of the same outcome it "
            "could change and change back: --all runs every one."
        )


def _join(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def as_data(bisection: Bisection, texts: OutcomeText, *, cell: str, over: str) -> dict[str, Any]:
    """For `--json`."""
    return {
        "cell": cell,
        "over": over,
        "candidates": [one.name for one in bisection.candidates],
        "every": bisection.every,
        "points": [_make_point(bisection.candidates[place], one, texts) for place, one in bisection.measured.items()],
        "changes": [_make_change_data(bisection, change, texts, over) for change in bisection.changes],
    }


def _make_point(candidate: BisectCandidate, measured: MeasuredEnvironment, texts: OutcomeText) -> dict[str, Any]:
    return {
        "name": candidate.name,
        "day": candidate.day,
        "released": dict(candidate.released),
        "environment": measured.environment and measured.environment.id,
        "outcome": texts.describe(measured),
        "reason": measured.reason,
        "verdicts": msgspec.to_builtins(measured.verdicts),
    }


def _make_change_data(bisection: Bisection, change: ChangePoint, texts: OutcomeText, over: str) -> dict[str, Any]:
    sides = (bisection.measured[change.before], bisection.measured[change.since])
    before, since = (bisection.candidates[place] for place in (change.before, change.since))
    asked, besides = split_drifts(sides, over)
    outcomes = texts.both(*sides)
    return {
        "before": before.name,
        "since": since.name,
        "day": since.day,
        "unresolvable_between": [bisection.candidates[place].name for place in bisection.skipped(change)],
        "outcomes": outcomes,
        "asked": asked,
        "besides": besides,
        "changelogs": {one.package: find_changelog(one.package, one.after) for one in asked if one.after},
    }
