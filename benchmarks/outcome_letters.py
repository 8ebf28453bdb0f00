"""What a suite did, read from its evidence and from what plain pytest printed, so that the two can be compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchmarks.model import OutcomeLetters
from harness.verdicts.pattern import choose_phase_letter

if TYPE_CHECKING:
    from harness.evidence.model import Evidence, Phase

_PROGRESS = re.compile(r"^([.FEsxX]+) +\[ *\d+%\]$", re.MULTILINE)


def read_observed(evidence: Evidence) -> OutcomeLetters:
    """By the probe."""
    letters = (_choose_letter(phase) for test in evidence.tests for phase in test.phases)
    return OutcomeLetters(letters="".join(letters), exit_code=_read_exit_code(evidence))


def read_printed(evidence: Evidence) -> OutcomeLetters:
    """By pytest, in a run with `-q` and without the probe."""
    return OutcomeLetters(letters="".join(_PROGRESS.findall(evidence.output)), exit_code=_read_exit_code(evidence))


def _read_exit_code(evidence: Evidence) -> int:
    """The exit code; -1 for a process that didn't end by itself."""
    return -1 if evidence.exit.code is None else evidence.exit.code


def _choose_letter(phase: Phase) -> str:
    """What pytest prints for a phase; nothing for a setup or teardown that went well."""
    return "" if phase.outcome == "passed" and phase.when != "call" else choose_phase_letter(phase)
