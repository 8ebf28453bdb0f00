"""How pytest ended where no test's outcome says it: the line that decided it, whole.

`did not start: …` where no test had begun, `ended with …` otherwise. Errors of collection aren't here: they belong to
the file that couldn't be collected, and are listed with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.verdicts.observations import fold_text, split_members

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from harness.evidence.model import Evidence, Problem, Raised

    class ChainedError(Protocol):
        """An exception of a chain, from the evidence or as an observation."""

        @property
        def type(self) -> str: ...
        @property
        def text(self) -> str: ...


NO_TESTS = 5
"""Exit code of pytest when it collected nothing, or all was deselected."""

LONGEST = 2000
"""Characters of a deciding line; the probe keeps no more of a text."""

# Exceptions in which pytest packs what it met: that nobody could catch, and while it imported something.
_LATE = ("PytestUnraisableExceptionWarning", "PytestUnhandledThreadExceptionWarning")
_WRAPPERS = ("ConftestImportFailure", "PluginImportFailure", "CollectError", *_LATE)
_SOURCE = re.compile(r" \(from (?P<file>[^()]+)\)$")
_OPTIONS = re.compile(r"\Ausage: .*?^\S.*?: error: (?P<text>.+?)$", re.DOTALL | re.MULTILINE)
_TRACEBACK = re.compile(r"^Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*", re.MULTILINE)
_MANUAL = re.compile(r"^\s*For further information visit https?://\S+$", re.MULTILINE)  # as pydantic writes it
_COMPLAINT = re.compile(r"^(?:FAIL|ERROR):? \S.*$", re.MULTILINE)
_TEST_SUMMARY = re.compile(r"^ERROR (?:collecting )?\S+(?:::| - |\.py$)")


def find_ending(evidence: Evidence) -> str:
    """`did not start: unrecognized arguments: --reruns=2`; empty where the tests, or a limit, say how it ended."""
    if evidence.infrastructure or evidence.hang or evidence.exceeded or evidence.exit.signal:
        return ""
    started = bool(evidence.tests)
    failed = has_failed(evidence)
    gave_up = next((one for one in evidence.problems if _ends_pytest(one) and not (failed and is_late(one))), None)
    if gave_up is not None:
        return f"{'ended with' if started else 'did not start:'} {_describe_all(gave_up.chain)}"
    code = evidence.exit.code
    if evidence.problems or code in (0, None) or failed or _is_empty(evidence):
        return ""
    complaint = _find_complaint(evidence.output)
    if not complaint and not evidence.finished:  # which is a crash, with a signature that says so
        return ""
    text = f"exit code {code}" + (f": {complaint}" if complaint else "")
    return f"{'ended with' if started else 'did not start:'} {text}"


def is_late(problem: Problem) -> bool:
    """Whether it is what pytest warns of at its very end, which filters have made an error of.

    Each has been observed where it happened. Where tests have failed, pytest would have ended no otherwise without it.
    """
    held = [raised for raised in problem.chain if raised.link == "member"] or problem.chain[:1]
    return problem.where == "internal" and all(one.type.rpartition(".")[2] in _LATE for one in held) and bool(held)


def find_deciding(chain: Sequence[ChainedError]) -> ChainedError:
    """What pytest ends with: the surface error, or what pytest has only packed into it."""
    packed = len(chain) > 1 and chain[0].type.rpartition(".")[2] in _WRAPPERS
    return chain[1] if packed else chain[0]


def _describe_all(chain: tuple[Raised, ...]) -> str:
    """The same of the first member of an exception group, with the number of the others."""
    first, *others = split_members(chain) or [chain]
    return describe_problem(first) + (f" and {len(others):,} more" if others else "")


def describe_problem(chain: Sequence[ChainedError]) -> str:
    """`conftest.py: ModuleNotFoundError: No module named 'app'`; of an error in how pytest was used, the text alone."""
    if not chain:
        return "an error without a text"
    decided = find_deciding(chain)
    kind = decided.type.rpartition(".")[2]
    source = _SOURCE.search(chain[0].text) if decided is not chain[0] else None
    place = f"{source['file']}: " if source else ""
    text = find_deciding_line(decided.text)
    return place + (text if kind in ("UsageError", "") and text else f"{kind}: {text}".removesuffix(": "))


def find_deciding_line(text: str) -> str:
    """An error's text on one line, without how options are written, frames of a traceback, and addresses of manuals.

    Such an address has a library's version in it, so the same error would be another one in each environment.
    """
    options = _OPTIONS.search(text)
    return fold_text(options["text"] if options else _MANUAL.sub("", _TRACEBACK.sub("", text)), LONGEST)


def _ends_pytest(problem: Problem) -> bool:
    return problem.where in ("usage", "internal") and problem.node != "probe" and not _is_count(problem)


def _is_count(problem: Problem) -> bool:
    """Whether it is pytest giving up because of errors in collection, which are problems of their own."""
    return bool(problem.chain) and problem.chain[0].type == "Interrupted"


def has_failed(evidence: Evidence) -> bool:
    """Whether a test gives pytest its exit code."""
    return any(phase.outcome == "failed" for test in evidence.tests for phase in test.phases)


def _is_empty(evidence: Evidence) -> bool:
    """Whether pytest simply found no test: it has an exit code for that."""
    return evidence.exit.code == NO_TESTS and not evidence.tests and evidence.finished


def _find_complaint(output: str) -> str:
    """The last line with which a plugin or pytest says why the exit code isn't 0."""
    lines = [match.group() for match in _COMPLAINT.finditer(output) if not _TEST_SUMMARY.match(match.group())]
    return fold_text(lines[-1], LONGEST) if lines else ""
