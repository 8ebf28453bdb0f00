"""Outcomes as CSV."""

from __future__ import annotations

import csv
import unicodedata

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from harness.report.spreadsheet import FORMULAS, LONGEST, make_lines, make_safe
from harness.store.model import Run
from harness.verdicts.model import Status, Verdict
from tests.unit.report.made_up_report import GLOBAL, HOSTILE, OLD, make_verdict
from tests.unit.store.made_up_results import MASKED, REMOVED, header, outcome, run_of


def read(*runs: Run) -> list[dict[str, str]]:
    return list(csv.DictReader(make_lines(runs), strict=True))


def test_an_outcome_is_a_row_with_its_versions_habits_and_verdict() -> None:
    (row, other) = read(run_of({GLOBAL: MASKED, "suite:mine": REMOVED}, OLD))
    assert row["environment"] == OLD.id
    assert (row["python"], row["pytest_asyncio"], row["client_version"]) == ("3.13.0", "0.26.0", "6.2.0")
    assert (row["cell"], row["creation_site"], row["loop_scope"]) == (GLOBAL, "module_global", "unset")
    assert (row["status"], row["label"], row["pattern"]) == ("reproduces", "loop-closed←different-loop", ".F.F.")
    assert row["signatures"] == "loop-closed different-loop"
    assert (other["cell"], other["creation_site"], other["reason"]) == ("suite:mine", "", REMOVED.reason)


def test_what_can_not_be_resolved_has_a_row_without_versions() -> None:
    verdict = Verdict(status=Status.UNRESOLVABLE, reason="no version fits")
    run = Run(
        header=msgspec.structs.replace(header(OLD), environment=None), outcomes=(outcome(GLOBAL, verdict, where=OLD),)
    )
    (row,) = read(run)
    assert (row["environment"], row["python"], row["status"]) == (OLD.id, "", "unresolvable")


@given(st.text() | st.sampled_from(HOSTILE))
@example("\ud800=1")
@example(" =1")
@example("\u200b=1")
def test_no_text_begins_a_formula_or_controls_a_terminal(text: str) -> None:
    safe = make_safe(text)
    assert not safe.startswith((*FORMULAS, "\t", "\r", "\n"))
    assert not {unicodedata.category(letter) for letter in safe} & {"Cc", "Cs"}
    assert len(safe) <= LONGEST + 1


def test_hostile_texts_stay_in_their_fields() -> None:
    verdicts = {f"suite:{text}": make_verdict(text) for text in HOSTILE}
    rows = read(run_of(verdicts, OLD))
    assert len(rows) == len(HOSTILE)
    for row in rows:
        assert None not in row
        assert row["run"] == run_of({}).header.run
        assert not any(value.startswith(FORMULAS) or "\n" in value for value in row.values())
