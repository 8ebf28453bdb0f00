"""Sets of outcomes compared: what counts as a difference, and what doesn't."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.analysis.agreement import AgreementStatus, EnvironmentAgreement, Side, group_by_part
from harness.analysis.agreement import find_agreements as all_agreements
from harness.analysis.agreement_tables import (
    as_json,
    describe_unlike_warnings,
    format_counts,
    format_share,
    make_differing_table,
    make_evidence_table,
)
from harness.errors import ExitCode
from harness.evidence.model import Evidence, Exit
from harness.evidence.store import EvidenceStore
from harness.output.table import as_text
from harness.pipeline.repeated_runs import choose_exit_code
from harness.store.model import Results, Run
from harness.verdicts.model import Channel, Status, Verdict
from harness.verdicts.rates import make_rate
from harness.verdicts.signatures import SignatureCategory
from tests.unit.store.made_up_results import (
    CLEAN,
    LEAKS,
    MASKED,
    REMOVED,
    environment,
    header,
    only,
    outcome,
    run_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GONE = Verdict(status=Status.INFRASTRUCTURE, reason="the server has gone")
PASSED = Evidence(finished=True, exit=Exit(code=0), output="1 passed in 0.12s")
SLOWER = msgspec.structs.replace(PASSED, output="1 passed in 0.95s")
PRINTED = msgspec.structs.replace(PASSED, output="hello\n1 passed in 0.12s")
CATEGORIES = {"leaked-connection": SignatureCategory.LEAK}


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path)


def side(store: EvidenceStore, verdict: Verdict | None, evidence: Evidence | None = PASSED, name: str = "a") -> Side:
    """One cell in one environment."""
    outcomes = [outcome("a", verdict, evidence=store.put(evidence) if evidence else "")] if verdict else []
    return Side(name=name, results=Results(runs=(Run(header=header(), outcomes=tuple(outcomes)),)), evidence=store)


def agreements(sides: Sequence[Side], unstable: str = "") -> tuple[EnvironmentAgreement, ...]:
    return all_agreements(sides, lambda cell: "a race" if cell == unstable else "", {})


def standing(*sides: Side) -> AgreementStatus:
    [found] = agreements(sides)
    [one] = found.compared
    return one.standing


def test_equal_verdicts_of_equal_evidence_are_the_same(store: EvidenceStore) -> None:
    assert standing(side(store, CLEAN), side(store, CLEAN), side(store, CLEAN)) is AgreementStatus.SAME


def test_a_time_that_differs_is_no_difference(store: EvidenceStore) -> None:
    assert standing(side(store, CLEAN), side(store, CLEAN, SLOWER)) is AgreementStatus.SAME


def test_evidence_that_differs_under_equal_verdicts_is_distinguished_from_verdicts_that_differ(
    store: EvidenceStore,
) -> None:
    assert standing(side(store, CLEAN), side(store, CLEAN, PRINTED)) is AgreementStatus.EVIDENCE_DIFFERS
    assert standing(side(store, CLEAN), side(store, LEAKS, PRINTED)) is AgreementStatus.DIFFERS


def test_one_run_of_many_that_differs_is_enough(store: EvidenceStore) -> None:
    assert standing(side(store, CLEAN), side(store, CLEAN), side(store, LEAKS)) is AgreementStatus.DIFFERS


@pytest.mark.parametrize(
    "other",
    [
        msgspec.structs.replace(LEAKS, pattern="....F"),
        msgspec.structs.replace(LEAKS, findings=(only("leaked-connection", Channel.BODY),)),
        msgspec.structs.replace(LEAKS, findings=(only("leaked-keys", Channel.CLEANUP),)),
        msgspec.structs.replace(LEAKS, findings=(msgspec.structs.replace(LEAKS.findings[0], tests=("b",)),)),
    ],
)
def test_pattern_channel_signature_and_tests_all_count(store: EvidenceStore, other: Verdict) -> None:
    assert standing(side(store, LEAKS), side(store, other)) is AgreementStatus.DIFFERS


def test_the_text_of_an_error_does_not_count(store: EvidenceStore) -> None:
    finding = msgspec.structs.replace(LEAKS.findings[0], sample="0x7f12")
    assert standing(side(store, LEAKS), side(store, msgspec.structs.replace(LEAKS, findings=(finding,)))) is (
        AgreementStatus.SAME
    )


@pytest.mark.parametrize("other", [None, GONE])
def test_what_is_missing_or_can_not_be_relied_on_is_never_equal(store: EvidenceStore, other: Verdict | None) -> None:
    assert standing(side(store, CLEAN), side(store, other)) is AgreementStatus.NOT_MEASURED
    assert standing(side(store, CLEAN), side(store, LEAKS), side(store, other)) is AgreementStatus.DIFFERS


def test_cells_that_were_not_run_are_not_counted(store: EvidenceStore) -> None:
    [found] = agreements([side(store, REMOVED, None), side(store, REMOVED, None)])
    assert [one.standing for one in found.compared] == [AgreementStatus.NOT_RUN]
    assert found.noise == make_rate(0, 0)
    assert format_share(found.noise) == "–"
    assert standing(side(store, REMOVED, None), side(store, CLEAN)) is AgreementStatus.DIFFERS


def two_environments(store: EvidenceStore) -> list[Side]:
    old, new = environment("0.21.2"), environment("1.5.0")
    same = {"x": CLEAN, "y": MASKED}
    sides = [
        Results(runs=(run_of({"x": CLEAN, "y": MASKED}, old), run_of(same, new))),
        Results(runs=(run_of(same, new), run_of({"x": LEAKS, "y": MASKED}, old))),
    ]
    return [Side(name=f"run {n}", results=each, evidence=store) for n, each in enumerate(sides, start=1)]


def test_each_environment_stands_for_itself_whatever_the_order_of_files(store: EvidenceStore) -> None:
    found = agreements(two_environments(store))
    assert [one.environment_id.split("/")[2] for one in found] == ["pytest-asyncio-0.21.2", "pytest-asyncio-1.5.0"]
    assert [[one.cell for one in each.of(AgreementStatus.DIFFERS)] for each in found] == [["x"], []]
    assert choose_exit_code(found) == ExitCode.DIFFERENCES


def test_a_cell_that_is_known_to_be_unstable_counts_as_noise_but_is_no_difference(store: EvidenceStore) -> None:
    found = agreements([side(store, CLEAN), side(store, LEAKS)], unstable="a")
    [one] = found[0].compared
    assert one.standing is AgreementStatus.KNOWN_UNSTABLE
    assert found[0].noise == make_rate(1, 1)
    assert choose_exit_code(found) == ExitCode.DONE
    table = make_differing_table(found, ["run 1", "run 2"], CATEGORIES, title="Cells whose verdicts differ")
    assert table is not None
    assert ("known unstable", "a race") in table.rows
    [same] = agreements([side(store, CLEAN), side(store, CLEAN)], unstable="a")[0].compared
    assert same.standing is AgreementStatus.SAME


def test_a_cell_that_differs_is_shown_with_who_says_what(store: EvidenceStore) -> None:
    found = agreements(two_environments(store))
    table = make_differing_table(found, ["run 1", "run 2"], CATEGORIES, title="Cells whose verdicts differ")
    assert table is not None
    text = as_text(table)
    assert "x on 0.21.2 py3.13" in text
    assert "1/2  run 1" in text
    assert "clean" in text
    assert "only run 2: leaked-connection (cleanup, only) in test_a.py::test_one" in text


def test_the_exit_code_tells_agreement_from_difference_and_from_not_knowing(store: EvidenceStore) -> None:
    clean, leaks, gone = side(store, CLEAN), side(store, LEAKS), side(store, GONE)
    assert choose_exit_code(agreements([clean, clean])) == ExitCode.DONE
    assert choose_exit_code(agreements([clean, leaks])) == ExitCode.DIFFERENCES
    assert choose_exit_code(agreements([clean, gone])) == ExitCode.INFRASTRUCTURE
    assert choose_exit_code(agreements([clean, side(store, CLEAN, PRINTED)])) == ExitCode.DONE


def test_different_warnings_common_to_all_cells_are_named(store: EvidenceStore) -> None:
    warned = run_of({"a": CLEAN}, findings=(only("deprecation", Channel.CLEANUP),))
    found = agreements(
        [
            Side(name="a", results=Results(runs=(run_of({"a": CLEAN}),)), evidence=store),
            Side(name="b", results=Results(runs=(warned,)), evidence=store),
        ]
    )
    assert found[0].of(AgreementStatus.DIFFERS) == ()
    assert "not the same in all runs" in describe_unlike_warnings(found)
    assert choose_exit_code(found) == ExitCode.DIFFERENCES


def test_places_in_evidence_are_counted_by_the_part_that_they_are_in(store: EvidenceStore) -> None:
    places = ('tests.0.phases.12.outcome: "passed" | "failed 3.4"', "at_end: null | {}", "tests.1: null | {}")
    assert list(group_by_part(places)) == ["tests", "at_end"]
    found = agreements([side(store, CLEAN), side(store, CLEAN, PRINTED)])
    table = make_evidence_table(found, title="Where evidence differs")
    assert table is not None
    assert table.rows[0] == ("output: 1 cell",)
    assert format_counts(found) == ("1", "·", "·", "1", "·", "·")
    assert make_evidence_table(agreements([side(store, CLEAN)] * 2), title="") is None


def test_the_data_name_cells_and_sides(store: EvidenceStore) -> None:
    data = msgspec.json.decode(msgspec.json.encode(as_json(agreements(two_environments(store)), ["run 1", "run 2"])))
    assert data[0]["differs"] == 1
    assert data[0]["noise"]["met"] == 1
    assert data[0]["differing"][0]["cell"] == "x"
    assert data[0]["differing"][0]["verdicts"]["run 2"]["status"] == "leaks"
