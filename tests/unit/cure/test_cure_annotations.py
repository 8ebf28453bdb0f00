"""What a search for cures shows on a job's page, and beside the lines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.cure.annotations import annotate_cures
from harness.cure.output import describe_proof
from harness.cure.page import make_cure_page
from harness.cure.patches import make_patch
from harness.cure.proving import JudgementState, SeenTest
from harness.output.annotations import AnnotationLevel
from harness.output.fitting import SUMMARY
from tests.unit.cure.test_cure_output import make_attempt, make_cure, make_report

if TYPE_CHECKING:
    from pathlib import Path

    from harness.cure.report import SuiteReport
    from harness.cure.search import Attempt

TEST = "test_shop.py::test_buys"
CONTENT = {"test_shop.py": b"import shop\n\n\ndef test_buys(basket): ...\n", "pytest.ini": b"[pytest]\n"}


def cure(name: str, **changed: bytes) -> Attempt:
    """A proven one that leaves these files, `_` standing for the dot in their names."""
    after = {**CONTENT, **{name.replace("__", "."): text for name, text in changed.items()}}
    once = make_cure(name)
    return replace(once, variant=replace(once.variant, content=after, patch=make_patch(CONTENT, after)))


def report(*attempts: Attempt) -> SuiteReport:
    made = make_report(*attempts)
    (request, base), *_ = made.baselines.items()
    (run, *_) = base.runs
    failing = SeenTest(text="failed: different-loop", kind="failed", errors=frozenset({"different-loop"}))
    runs = [replace(run, tests={TEST: failing})]
    return replace(made, content=CONTENT, baselines={request: replace(base, runs=runs)})


def test_what_fails_is_a_warning_where_it_is_cured_and_an_error_where_not(tmp_path: Path) -> None:
    cured = list(annotate_cures(report(cure("one", pytest__ini=b"[pytest]\nasyncio_mode = auto\n")), tmp_path))
    left = list(annotate_cures(report(make_attempt("two", JudgementState.NOTHING)), tmp_path))
    for found, levels in ((cured, ["notice", "warning", "notice"]), (left, ["error", "error"])):
        assert [one.level for one in found] == levels
        assert (found[1].file, found[1].line, found[1].message) == (
            tmp_path / "test_shop.py",
            4,
            "failed: different-loop",
        )


def test_each_file_that_a_cure_changes_is_annotated_where_it_begins_to(tmp_path: Path) -> None:
    for name, text in CONTENT.items():
        (tmp_path / name).write_bytes(text)
    changed = cure(
        "one",
        pytest__ini=b"[pytest]\nasyncio_mode = auto\n",
        test_shop__py=b"import shop\n",
        conftest__py=b"import shop\n",
    )
    found = [one for one in annotate_cures(report(changed), tmp_path) if one.title == "cure 1: one"]
    assert [(one.file, one.line) for one in found] == [
        (None, 0),  # it isn't there yet
        (tmp_path / "pytest.ini", 1),  # after its last line
        (tmp_path / "test_shop.py", 2),
    ]
    assert {one.level for one in found} == {AnnotationLevel.NOTICE}


def test_the_page_has_the_diff_the_proof_and_what_did_not_help() -> None:
    proven = cure("one", pytest__ini=b"[pytest]\nasyncio_mode = auto\n")
    made = report(proven, make_attempt("two", JudgementState.NOTHING))
    page = make_cure_page(made, SUMMARY)
    assert page.startswith("### ✅ 1 change is proven to cure shop.")
    assert "```diff\n--- a/pytest.ini\n+++ b/pytest.ini\n" in page
    assert "+asyncio_mode = auto\n```\n" in page
    assert describe_proof(made, proven).partition(":")[0] in page
    assert "<summary>1 change that did not cure it</summary>" in page
    assert make_cure_page(report(), SUMMARY).startswith("### ❌ No cure was found for shop")


def test_no_line_of_a_diff_ends_its_block_and_a_long_one_is_shortened() -> None:
    hostile = cure("one", pytest__ini=b"[pytest]\n```\n\x1b[2J# <script>\n")
    page = make_cure_page(report(hostile), SUMMARY)
    assert "\n````diff\n" in page
    assert page.count("\n````\n") == 1
    assert "\x1b" not in page
    long = make_cure_page(report(cure("one", pytest__ini=b"x\n" * 9000)), 4000)
    assert len(long.encode()) <= 4000
    assert "lines left out here" in long
