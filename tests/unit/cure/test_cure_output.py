"""What is printed while changes are tried, and of the diffs."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.cure.model import Candidate, CandidateKind
from harness.cure.output import MOST_SHOWN, Display, make_stored, print_closing, print_report
from harness.cure.proving import CureJudgement, JudgementState, OriginalRuns, SeenRun, SeenTest
from harness.cure.report import SuiteReport
from harness.cure.search import Attempt, Findings
from harness.cure.stored import StoredCures
from harness.cure.trials import Variant
from harness.environments.model import Environment, EnvironmentRequest
from harness.output.printing import print_diff

if TYPE_CHECKING:
    import pytest


def make_attempt(name: str, state: JudgementState) -> Attempt:
    candidate = Candidate(name=name, title=name, kind=CandidateKind.EDIT, change=lambda content: content)
    return Attempt(variant=Variant(candidates=(candidate,), content={}), judgement=CureJudgement(state=state))


def test_of_many_changes_that_do_nothing_only_some_are_printed_and_all_that_help() -> None:
    stream = io.StringIO()
    display = Display(stream)
    for number in range(MOST_SHOWN * 4):
        display.show_attempt(make_attempt(f"change {number}", JudgementState.NOTHING))
    display.show_attempt(make_attempt("the last one", JudgementState.BETTER))

    lines = stream.getvalue().splitlines()

    assert len(lines) == MOST_SHOWN + 4 + 1
    assert lines[-2].startswith(f"  {MOST_SHOWN * 4} tried so far")
    assert lines[-1] == "  helps some tests: the last one"


def test_a_diff_is_printed_with_its_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_diff("+\tawait client.ping()\n")
    assert not print_diff("+one\r\n")
    assert capsys.readouterr().out == "+\tawait client.ping()\n\n+one\\r\n\n"


def test_what_is_noted_of_every_variant_is_printed_once_of_the_suite() -> None:
    stream = io.StringIO()
    display = Display(stream)
    departed = "has other versions than its files ask for: pytest 9.2.0, not <8.2"
    display.note(f"suite:old: pytest-asyncio-1.5.0 {departed}")
    display.note(f"suite:old~narrow_scope:tests_conftest.py.client: pytest-asyncio-1.5.0 {departed}")
    display.note(f"suite:old~pytest-asyncio-1.6.0: pytest-asyncio-1.6.0 {departed}")
    display.note("suite:old~auto_mode: its project can't be installed")

    assert stream.getvalue().splitlines() == [
        f"suite:old: pytest-asyncio-1.5.0 {departed}",
        "suite:old: its project can't be installed",
    ]


def test_what_is_kept_for_the_report_are_the_proven_cures_with_what_is_printed_of_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    strange = replace(make_cure("two"), variant=replace(make_cure("two").variant, patch="+\udce9\n"))
    report = make_report(make_cure("one"), strange, make_attempt("three", JudgementState.NOTHING))
    stored = make_stored(report)
    print_report(report, every=True)
    printed = " ".join(capsys.readouterr().out.split())
    assert (stored.suite, len(stored.environments)) == (report.suite, len(report.environments))
    assert {one.change: one.patch for one in stored.cures} == {
        "one": make_cure("one").variant.patch,
        "two": "+\\udce9\n",
    }
    assert all(" ".join(one.proof.split()) in printed for one in stored.cures)
    assert msgspec.json.decode(msgspec.json.encode(stored), type=StoredCures) == stored


def test_the_screen_ends_with_the_best_cure_and_how_one_has_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = make_report(make_cure("one"), *[make_attempt(f"change {n}", JudgementState.NOTHING) for n in range(20)])

    print_report(report, every=False)
    print_closing(report, "cure --suite .", patch=None, folder=tmp_path, applied=False)
    printed = capsys.readouterr().out

    assert "Tried, and no cure: 20 changes (doesn't help: 20). --all lists them." in printed
    assert "change 3" not in printed
    assert "but leaked-keys, which could not be seen before" in " ".join(printed.split())
    assert printed.splitlines()[-3:] == [
        "Best: one (1 line in pytest.ini).",
        "To apply it, in a git tree without changes: cure --suite . --apply",
        "To have it as a patch: cure --suite . --write cure.patch",
    ]
    print_report(report, every=True)
    assert "change 3" in capsys.readouterr().out

    (tmp_path / "my suite").mkdir()
    monkeypatch.chdir(tmp_path / "my suite")
    for folder, command in (
        (Path(), f"git apply {tmp_path / 'a.patch'}"),
        (tmp_path, f"git -C {tmp_path} apply {tmp_path / 'a.patch'}"),
    ):
        print_closing(report, "", patch=tmp_path / "a.patch", folder=folder, applied=False)
        assert capsys.readouterr().out.splitlines()[-1] == f"To apply it: {command}"
    print_closing(report, "", patch=tmp_path / "a.patch", folder=tmp_path, applied=True)
    assert capsys.readouterr().out.splitlines() == ["Best: one (1 line in pytest.ini)."]


def make_cure(name: str) -> Attempt:
    once = make_attempt(name, JudgementState.CURES)
    variant = replace(
        once.variant, patch="--- a/pytest.ini\n+++ b/pytest.ini\n@@ -1 +1,2 @@\n [pytest]\n+asyncio = x\n"
    )
    return replace(once, variant=variant, proven=True, judgement=replace(once.judgement, unseen=("leaked-keys",)))


def make_report(*attempts: Attempt) -> SuiteReport:
    failing = SeenRun(
        tests={"a": SeenTest(text="failed", kind="failed", errors=frozenset({"different-loop"}))},
        errors=frozenset({"different-loop"}),
        label="different-loop",
    )
    request = EnvironmentRequest(python="3.12", plugin="1.5.0")
    environment = Environment(
        id="linux-x86_64/cpython-3.12/pytest-asyncio-1.5.0/valkey-6.1.0",
        digest="d",
        platform="linux-x86_64",
        python="3.12.4",
        implementation="cpython",
        plugin="1.5.0",
        pytest="8.3.0",
        client="valkey",
        client_version="6.1.0",
        freeze=(),
        as_of="2026-10-01",
    )
    return SuiteReport(
        suite="suite:shop",
        content={},
        environments={request: environment},
        baselines={request: OriginalRuns(runs=[failing] * 2)},
        findings=Findings(attempts=list(attempts)),
    )
