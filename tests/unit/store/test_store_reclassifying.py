from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.evidence.model import Evidence, Exit
from harness.evidence.store import EvidenceStore, make_evidence_path
from harness.store.reading import read_results
from harness.store.reclassifying import reclassify, rewrite
from harness.store.writing import RunWriter
from harness.verdicts.model import Finding, Status, Verdict
from tests.unit.store.made_up_results import CLEAN, LEAKS, MASKED, REMOVED, header, only, outcome

if TYPE_CHECKING:
    from pathlib import Path

DEPRECATION = only("deprecation")


def by_exit_code(evidence: Evidence, environment_findings: tuple[Finding, ...]) -> Verdict:
    assert environment_findings == (DEPRECATION,)
    return CLEAN if evidence.exit.code == 0 else MASKED


def none_of_its_own(evidence: Evidence) -> tuple[Finding, ...]:
    return ()


def stored(folder: Path) -> Path:
    store = EvidenceStore(folder)
    passed, failed = store.put(Evidence(exit=Exit(code=0))), store.put(Evidence(exit=Exit(code=1)))
    with RunWriter(folder, header(findings=(DEPRECATION,))) as writer:
        writer.write(outcome("stays", CLEAN, evidence=passed))
        writer.write(outcome("changes", LEAKS, evidence=failed))
        writer.write(outcome("changes too", LEAKS, evidence=failed))
        writer.write(outcome("not run", REMOVED, cpu=None))
    return writer.path


def test_verdicts_are_derived_again_from_stored_evidence(tmp_path: Path) -> None:
    path = stored(tmp_path)
    done = reclassify(read_results(tmp_path), EvidenceStore(tmp_path), by_exit_code, none_of_its_own)
    assert done.changes == {(Status.LEAKS, Status.REPRODUCES): 2}
    assert (done.altered, done.unchanged, done.without_evidence, done.unreadable) == (2, 1, 1, ())
    assert rewrite(done.results) == [path]
    again = read_results(tmp_path)
    assert not again.broken
    assert [one.verdict for one in again.runs[0].outcomes] == [CLEAN, MASKED, MASKED, REMOVED]
    assert again == done.results
    assert rewrite(done.results) == []


def test_lines_that_cannot_be_read_stay_as_they_are(tmp_path: Path) -> None:
    path = stored(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"what is this\n", *lines[1:-1], b'{"kind":"outc']))
    rewrite(reclassify(read_results(tmp_path), EvidenceStore(tmp_path), by_exit_code, none_of_its_own).results)
    new = path.read_bytes().splitlines(keepends=True)
    assert (new[0], new[1], new[-1]) == (lines[0], b"what is this\n", b'{"kind":"outc')
    assert new[3] != lines[2]


def test_missing_evidence_is_reported_and_the_verdict_kept(tmp_path: Path) -> None:
    stored(tmp_path)
    results = read_results(tmp_path)
    (tmp_path / make_evidence_path(results.runs[0].outcomes[1].evidence)).unlink()
    done = reclassify(results, EvidenceStore(tmp_path), by_exit_code, none_of_its_own)
    assert done.results == results
    assert len(done.unreadable) == 1
    assert "is missing" in done.unreadable[0]


def test_what_an_environment_is_warned_of_is_derived_again_first_and_used_for_its_cells(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path)
    reference = store.put(Evidence(output="a warning", exit=Exit(code=0)))
    with RunWriter(tmp_path, msgspec.structs.replace(header(), reference=reference)) as writer:
        writer.write(outcome("cell", LEAKS, evidence=store.put(Evidence(exit=Exit(code=0)))))

    def derive(evidence: Evidence) -> tuple[Finding, ...]:
        assert evidence.output == "a warning"
        return (DEPRECATION,)

    done = reclassify(read_results(tmp_path), store, by_exit_code, derive)
    assert rewrite(done.results) == [writer.path]
    again = read_results(tmp_path).runs[0]
    assert again.header.environment_findings == (DEPRECATION,)
    assert [one.verdict for one in again.outcomes] == [CLEAN]


@pytest.mark.parametrize(("verdict", "expected"), [(CLEAN, "a digest"), (LEAKS, "")])
def test_a_file_whose_verdicts_changed_no_longer_says_what_derived_them(
    tmp_path: Path, verdict: Verdict, expected: str
) -> None:
    store = EvidenceStore(tmp_path)
    with RunWriter(tmp_path, msgspec.structs.replace(header(findings=(DEPRECATION,)), verdicts="a digest")) as writer:
        writer.write(outcome("cell", verdict, evidence=store.put(Evidence(exit=Exit(code=0)))))
    rewrite(reclassify(read_results(tmp_path), store, by_exit_code, none_of_its_own).results)
    assert read_results(tmp_path).runs[0].header.verdicts == expected
