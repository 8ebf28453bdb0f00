"""What `cure --suite` prints: what is wrong, a line for each change that is tried, the cures, and what didn't help."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.analysis.missing_table import make_missing_table
from harness.cure.model import CandidateKind
from harness.cure.patches import list_changed_lines
from harness.cure.proving import JudgementState
from harness.cure.search import MOST_CURES
from harness.cure.settings import find_trap
from harness.cure.stored import StoredCure, StoredCures
from harness.cure.trials import MARK
from harness.escaping import escape_message
from harness.invocation import command_line
from harness.output.printing import find_terminal_width, print_diff, print_lines, print_tables, short_path
from harness.output.progress import NotesOnly
from harness.output.table import Table, fold
from harness.output.text import count, duration, one_line, shorten_environment
from harness.verdicts.model import Status
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from harness.cure.proving import OriginalRuns
    from harness.cure.report import FurtherProof, SuiteReport
    from harness.cure.search import Attempt
    from harness.environments.model import Environment

MOST_SHOWN = 25
"""Changes that are printed while they are tried, though they don't help."""

_MOST_TESTS = 3
_VARIANT = re.compile(rf"{MARK}\S*: ")
_STOPPED = (
    "pytest runs no test where it can't import a file. To cure what else there is, mend the file, or leave it out:"
    " --pytest-args=--continue-on-collection-errors"
)
_STATES = {
    JudgementState.UNMEASURED: "not run",
    JudgementState.BREAKS: "breaks something",
    JudgementState.NOTHING: "doesn't help",
    JudgementState.BETTER: "helps some tests",
    JudgementState.LEAVES: "cures, but more is left or warned of",
    JudgementState.CURES: "cures",
}


class Display(NotesOnly):
    """Prints each note once, and how far the search is."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._noted: set[str] = set()
        self._attempts = 0

    def note(self, text: str) -> None:
        """What is noted of a variant as it is of its suite. Of environments that differ in one package, once."""
        text = _VARIANT.sub(": ", text)
        what = text.partition(" has ")[2] or text
        if what not in self._noted:
            self._noted.add(what)
            super().note(text)

    def show_start(self, report: SuiteReport, number: int) -> None:
        """What is to be cured."""
        for line in describe_baselines(report):
            self._print(line)
        self._print(f"Trying {count(number, 'change')} of copies:")

    def show_attempt(self, attempt: Attempt) -> None:
        """One change that was tried."""
        self._attempts += 1
        helps = attempt.judgement.state >= JudgementState.BETTER
        if helps or self._attempts <= MOST_SHOWN:
            self._print(f"  {_describe_result(attempt)}: {describe_change(attempt)}")
        if self._attempts % MOST_SHOWN == 0:
            self._print(f"  {self._attempts} tried so far; of the next ones, those that help are shown")

    def _print(self, text: str) -> None:
        print(escape_message(text), file=self._stream, flush=True)


def print_report(report: SuiteReport, *, every: bool) -> None:
    """The answer first, then each cure with its diff, then what didn't help."""
    width = find_terminal_width()
    _print_folded(describe_answer(report), width)
    for line in describe_baselines(report):
        _print_folded(line, width)
    for line in _advise(report):
        _print_folded(line, width)
    if report.missing and not report.has_errors:
        print_lines("")
        print_tables(make_missing_table(report.missing))
    cures = report.findings.cures if every else report.findings.cures[:MOST_CURES]
    for number, cure in enumerate(cures, 1):
        _print_cure(report, cure, f"{number}. ", width)
    if not cures:
        for cure in report.findings.partial[:1]:
            _print_cure(report, cure, "Nearly: ", width)
    _print_failed(list_failed(report), width, every=every)
    _print_folded(_describe_cost(report), width)
    unproven = [describe_change(one) for one in report.findings.attempts if one.is_unproven]
    if unproven:
        _print_folded(f"Not run again, but passed once: {'; '.join(unproven)}.", width)
    met = {name for one in report.baselines.values() for name in one.errors}
    for signature in sorted(met & load_categories().keys())[:2]:
        print_lines(f"What {signature} is: {command_line('explain', signature)}")


def print_closing(report: SuiteReport, command: str, *, patch: Path | None, folder: Path, applied: bool) -> None:
    """The best cure, and how one has it: what to do with `patch`, or `command`, which finds it again."""
    best = report.best or next(iter(report.findings.cures), None)
    if best is None:
        return
    title = describe_change(best)
    _print_folded(f"Best: {title}{_describe_size(best)}.", find_terminal_width())
    if applied or not best.variant.patch:
        return
    if patch is not None:
        print_lines(f"To apply it: {write_git_apply(patch, folder)}")
        return
    print_lines(f"To apply it, in a git tree without changes: {command} --apply")
    print_lines(f"To have it as a patch: {command} --write cure.patch")


def write_git_apply(patch: Path, folder: Path) -> str:
    """The command that applies a patch in the folder of its suite, from where the user is."""
    if folder.absolute() == Path.cwd():
        return shlex.join(["git", "apply", short_path(patch)])
    return shlex.join(["git", "-C", short_path(folder), "apply", str(patch.absolute())])


def as_data(report: SuiteReport) -> dict[str, Any]:
    """The same for programs."""
    return {
        "suite": report.suite,
        "status": find_status(report),
        "baseline": [_describe_baseline_data(report.environments[one], base) for one, base in report.baselines.items()],
        "cures": [_describe_cure_data(report, one) for one in report.findings.cures],
        "nearly": [_describe_cure_data(report, one) for one in report.findings.partial],
        "tried": [
            {
                "name": one.variant.name,
                "change": describe_change(one),
                "result": one.judgement.state.name.lower(),
                "fixed": one.judgement.fixed,
                "broken": one.judgement.broken,
                "reason": one.judgement.reason,
            }
            for one in report.findings.attempts
            if not one.proven
        ],
        "out_of_time": report.findings.out_of_time,
        "interrupted": report.findings.interrupted,
        "runs": report.trials,
        "seconds": round(report.seconds, 2),
    }


def make_stored(report: SuiteReport) -> StoredCures:
    """What is kept of it: the cures that are proven."""
    return StoredCures(
        suite=report.suite,
        environments=tuple(one.id for one in report.environments.values()),
        cures=tuple(_make_stored_cure(report, cure) for cure in report.findings.cures if cure.proven),
    )


def _make_stored_cure(report: SuiteReport, cure: Attempt) -> StoredCure:
    elsewhere = (
        f"On pytest-asyncio {one.version}: {describe_elsewhere(one)}."
        for one in report.elsewhere.get(cure.variant.name, ())
    )
    return StoredCure(
        change=_encode_safely(describe_change(cure)),
        patch=_encode_safely(cure.variant.patch),
        proof=_encode_safely(" ".join(filter(None, (describe_proof(report, cure), describe_trap(report, cure))))),
        elsewhere=tuple(map(_encode_safely, elsewhere)),
    )


def _encode_safely(text: str) -> str:
    """Names and files in any encoding have characters that no JSON can have."""
    return text.encode(errors="backslashreplace").decode()


def find_status(report: SuiteReport) -> str:
    """`cured`, `not cured`, `clean` or `other errors`."""
    if report.has_errors:
        return "cured" if report.findings.cures else "not cured"
    return "other errors" if report.others or report.endings else "clean"


def describe_change(attempt: Attempt) -> str:
    """What a variant changes, in words."""
    return ", and ".join(one.title for one in attempt.variant.candidates)


def _describe_result(attempt: Attempt) -> str:
    judgement = attempt.judgement
    if attempt.proven:
        return f"cures, proven, but leaves {', '.join(judgement.unseen)}" if judgement.unseen else "cures, proven"
    if judgement.state is JudgementState.LEAVES:
        return f"cures, but {judgement.reason}"
    return _STATES[judgement.state]


def _print_folded(text: str, width: int) -> None:
    print_lines("\n".join(fold(text, width)))


def describe_answer(report: SuiteReport) -> str:
    name = report.suite.removeprefix("suite:")
    cures = report.findings.cures
    match find_status(report):
        case "clean":
            return f"{name} needs no cure: it shows no loop error."
        case "other errors":
            return f"{name} fails, but of no loop error, so there is nothing to cure here."
        case "cured":
            how = f"{count(len(cures), 'change')} {'is' if len(cures) == 1 else 'are each'} proven to cure {name}"
            return f"{how}." if len(cures) == 1 else f"{how}; the smallest comes first."
        case _:
            tried = count(len(report.findings.attempts), "change")
            ended = " before the time was up" if report.findings.out_of_time else ""
            ended = " before it was interrupted" if report.findings.interrupted else ended
            return f"No cure was found for {name}; tried{ended}: {tried}."


def _advise(report: SuiteReport) -> Iterator[str]:
    """What can be done where there is no loop error."""
    if report.others and not report.has_errors:
        yield "If one of these errors is to be cured all the same, name it: --error TEXT."
        if report.has_only_files:
            yield _STOPPED


def describe_baselines(report: SuiteReport) -> Iterator[str]:
    """What the suite shows as it is, a line an environment."""
    for request, base in report.baselines.items():
        where = shorten_environment(report.environments[request].id)
        yield f"As it is on {where}: {_describe_baseline(base)}."
    if report.has_errors and report.others:
        yield f"Not looked at, as it is no loop error: {_list_tests(report.others)}."
    elif report.others:
        yield f"What fails: {_list_tests(report.others)}."
    yield from (f"How pytest ended: {one_line(text, 400)}" for text in report.endings)


def _describe_baseline(base: OriginalRuns) -> str:
    total = len(base.runs[0].tests)
    if not base.errors:
        found = "" if base.runs[0].label == Status.CLEAN else f" ({base.runs[0].label})"
        return f"no loop error in {count(len(base.runs), 'run')} of {count(total, 'test')}{found}"
    worst = max(base.runs, key=lambda run: len(run.errors))
    where = f"in {len(base.failing)} of {count(total, 'test')}" if base.failing else "outside of tests"
    often = (
        f"only in {base.hits} of {len(base.runs)} runs, so it is flaky and every proof takes more runs"
        if base.is_flaky
        else f"in each of {count(len(base.runs), 'run')}"
    )
    return f"{worst.label} {where}, {often}"


def _list_tests(tests: dict[str, str]) -> str:
    shown = [f"{one_line(test, 80)} ({one_line(text, 100)})" for test, text in tests.items()]
    more = f", and {count(len(shown) - _MOST_TESTS, 'other test')}" if len(shown) > _MOST_TESTS else ""
    return ", ".join(shown[:_MOST_TESTS]) + more


def _print_cure(report: SuiteReport, cure: Attempt, lead: str, width: int) -> None:
    print_lines("")
    title = describe_change(cure)
    _print_folded(f"{lead}{title[0].upper()}{title[1:]}{_describe_size(cure)}", width)
    if cure.variant.patch:
        print_lines("")
        if not print_diff(cure.variant.patch):
            _print_folded("It has characters that are written as escapes here. --write FILE has it as it is.", width)
    _print_folded(describe_proof(report, cure), width)
    if note := describe_trap(report, cure):
        _print_folded(note, width)
    for one in report.elsewhere.get(cure.variant.name, ()):
        _print_folded(f"On pytest-asyncio {one.version}: {describe_elsewhere(one)}.", width)


def _describe_size(cure: Attempt) -> str:
    """` (2 lines in pyproject.toml)`."""
    files = sorted({file for file, _ in list_changed_lines(cure.variant.patch)})
    where = files[0] if len(files) == 1 else count(len(files), "file")
    return f" ({count(cure.variant.lines, 'line')} in {where})" if files else ""


def describe_proof(report: SuiteReport, cure: Attempt) -> str:
    """How it is proven, in a sentence."""
    fixed = (
        f"{count(cure.judgement.fixed, 'test')} that failed of it now passed" if cure.judgement.fixed else "it was gone"
    )
    repaired = cure.judgement.repaired
    total = max((len(one.runs[0].tests) for one in report.baselines.values()), default=0)
    rest = total - cure.judgement.fixed - repaired
    where = " and ".join(shorten_environment(one.id) for one in report.environments.values())
    if not cure.proven:
        return f"All its tests pass, but {cure.judgement.reason}."
    also = f", as did {count(repaired, 'test')} that failed of something else" if repaired else ""
    merged = cure.judgement.merged
    also += f", {count(merged, 'test')} {'is' if merged == 1 else 'are'} no longer run for each loop" if merged else ""
    others = f", {count(rest, 'other test')} did what {'it' if rest == 1 else 'they'} did before" if rest else ""
    return (
        f"Proven by {count(cure.runs, 'run')} on {where}: {fixed} each time"
        f"{also}{others}, and nothing new was left or warned of{_describe_unseen(cure)}."
    )


def describe_trap(report: SuiteReport, cure: Attempt) -> str:
    """What it leaves to trip over later; empty if nothing."""
    return find_trap(report.content, cure.variant.content, report.suite.partition("::")[2])


def _describe_unseen(cure: Attempt) -> str:
    """What it leaves that the suite as it is could not show."""
    if not cure.judgement.unseen:
        return ""
    names = " and ".join(cure.judgement.unseen)
    return f" but {names}, which could not be seen before, as tests failed before they came so far"


def describe_elsewhere(one: FurtherProof) -> str:
    """`cures there too`."""
    if one.judgement is None:
        return f"not run: {one.reason}"
    if one.judgement.state is JudgementState.CURES:
        return "clean before and after" if one.was_clean else "cures there too"
    return f"{_STATES[one.judgement.state]}: {one.judgement.reason}"


def list_failed(report: SuiteReport) -> list[Attempt]:
    """What is no cure, the nearest first."""
    return sorted(
        (one for one in report.findings.attempts if not one.proven and not one.is_unproven),
        key=lambda one: (-one.judgement.state, len(one.variant.candidates), one.variant.name),
    )


def _print_failed(failed: Sequence[Attempt], width: int, *, every: bool) -> None:
    if not failed:
        return
    print_lines("")
    if every:
        print_tables(_make_tried_table(failed))
    else:
        _print_folded(_count_failed(failed), width)


def _count_failed(failed: Sequence[Attempt]) -> str:
    """One line: how many, and why not."""
    reasons = Counter(_STATES[one.judgement.state] for one in failed)
    counted = ", ".join(f"{reason}: {number}" for reason, number in reasons.items())
    return f"Tried, and no cure: {count(len(failed), 'change')} ({counted}). --all lists them."


def _make_tried_table(failed: Sequence[Attempt]) -> Table:
    return Table(
        name="tried",
        title=f"Tried, and no cure: {count(len(failed), 'change')}",
        headers=("what", "why not"),
        rows=tuple((describe_change(one), one.judgement.reason or _STATES[one.judgement.state]) for one in failed),
        prose=True,
    )


def _describe_cost(report: SuiteReport) -> str:
    parts = [f"{count(report.trials, 'run')} in {duration(report.seconds)}"]
    if report.findings.out_of_time:
        parts.append("the time was up (--time)")
    if report.findings.interrupted:
        parts.append("interrupted")
    return f"{', '.join(parts)}. Results: {short_path(report.folder)}"


def _describe_baseline_data(environment: Environment, base: OriginalRuns) -> dict[str, Any]:
    return {
        "environment": environment.id,
        "runs": len(base.runs),
        "runs_with_errors": base.hits,
        "errors": sorted(base.errors),
        "failing": sorted(base.failing),
        "other_failures": dict(sorted(base.others.items())),
    }


def _describe_cure_data(report: SuiteReport, cure: Attempt) -> dict[str, Any]:
    return {
        "name": cure.variant.name,
        "change": describe_change(cure),
        "kinds": [str(CandidateKind(one.kind)) for one in cure.variant.candidates],
        "versions": dict(cure.variant.versions),
        "patch": cure.variant.patch,
        "lines": cure.variant.lines,
        "proven": cure.proven,
        "runs": cure.runs,
        "environments": [one.id for one in report.environments.values()],
        "reason": cure.judgement.reason,
        "note": describe_trap(report, cure),
        "leaves": cure.judgement.unseen,
        "elsewhere": [
            {
                "pytest_asyncio": one.version,
                "was_clean": one.was_clean,
                "result": one.judgement.state.name.lower() if one.judgement else "not run",
                "reason": one.judgement.reason if one.judgement else one.reason,
            }
            for one in report.elsewhere.get(cure.variant.name, ())
        ],
    }
