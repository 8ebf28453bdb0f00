"""From reports to a plan, and from results to what is printed: on reports, environments and results made up here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.cli.main import main
from harness.environments.identity import environment_id
from harness.environments.model import EnvironmentRequest, Interpreter, Unresolvable
from harness.environments.releases import load_releases
from harness.errors import UnknownNameError, UsageError
from harness.evidence.model import Evidence, Exit, Phase, Raised, Test
from harness.evidence.store import EvidenceStore
from harness.output.formats import render
from harness.reported.judging import Judgement, ReportAgreement
from harness.reported.measuring import MeasuredState, judge_states
from harness.reported.planning import PlannedState, choose_reports, make_plan, plan_states
from harness.reported.report import (
    Client,
    Error,
    Exactness,
    NotRebuilt,
    Rebuilt,
    Report,
    ReportedState,
    Stated,
    Where,
    load_reports,
)
from harness.reported.tables import as_document
from harness.store.model import Results, Run
from harness.verdicts.classify import classify
from harness.verdicts.signatures import load_signatures
from tests.unit.store.made_up_results import environment, header, outcome

if TYPE_CHECKING:
    from pathlib import Path

    from harness.environments.model import Environment

HERE = (Interpreter(version="3.12.1", executable="python3.12"),)
REASON = "Needs Windows' Proactor loop."
LEFT_OUT = (NotRebuilt(name="far-1", address="https://example.org/far-1", title="It hangs", reason=REASON),)
ANOTHER = "is about another measurement, F: loop-closed in call"
SIGNATURES = load_signatures()


def state(
    plugin: str,
    outcome: Stated = Stated.PASSES,
    *,
    suite: str = "suite",
    remark: str = "",
    remarked: str = "F: loop-closed in call",
    inferred: bool = False,
    pattern: str = "",
    python: str = "3.12",
) -> ReportedState:
    return ReportedState(
        versions={"pytest-asyncio": plugin, "python": python},
        outcome=outcome,
        exactness=Exactness.INFERRED if inferred else Exactness.STATED,
        suite=suite,
        remark=remark,
        measured=remarked if remark else "",
        pattern=pattern,
    )


def rebuilt(folder: Path, name: str, *states: ReportedState) -> Rebuilt:
    """A report whose suites are one test each."""
    for each in states:
        (folder / name / each.suite).mkdir(parents=True, exist_ok=True)
        (folder / name / each.suite / "test_it.py").write_text("def test_it(): ...\n", encoding="utf-8")
    report = Report(
        address=f"https://example.org/{name}",
        title=f"The trouble with {name}",
        date="2024-01-01",
        summary="A client outlives its loop.",
        notes="Without its framework.",
        client=Client.NONE,
        versions={},
        errors=(Error(signatures=("loop-closed",), where=(Where.CALL,)),),
        states=states,
    )
    return Rebuilt(name=name, folder=folder / name, report=report)


def described(request: EnvironmentRequest) -> Environment:
    return environment(request.plugin, "3.12.1")


def ran(*, failed: bool = False, text: str = "Event loop is closed", infrastructure: str = "") -> Evidence:
    chain = (Raised(type="RuntimeError", text=text, link="surface"),) if failed else ()
    call = Phase(when="call", outcome="failed" if failed else "passed", chain=chain)
    phases = (Phase(when="setup", outcome="passed"), call, Phase(when="teardown", outcome="passed"))
    test = Test(id="test_it.py::test_it", phases=phases)
    return Evidence(tests=(test,), finished=True, exit=Exit(code=int(failed)), infrastructure=infrastructure)


def results(store: EvidenceStore, found: dict[tuple[EnvironmentRequest, str], Evidence]) -> Results:
    """What a run would have written that observed this."""
    runs = []
    for (request, suite), evidence in found.items():
        where, verdict = described(request), classify(evidence, SIGNATURES)
        found_there = outcome(suite, verdict, where=where, evidence=store.put(evidence))
        runs.append(Run(header=header(where), outcomes=(found_there,)))
    return Results(runs=tuple(runs))


def measured(
    one: Rebuilt, place: int, agreement: ReportAgreement, text_measured: str, pattern: str = ""
) -> MeasuredState:
    """A state of a report, judged."""
    asked = PlannedState(rebuilt=one, state=one.report.states[place], request=None)
    return MeasuredState(asked=asked, judgement=Judgement(agreement=agreement, measured=text_measured, pattern=pattern))


@pytest.fixture
def reports(tmp_path: Path) -> tuple[Rebuilt, ...]:
    """Two reports; the second one's last state needs a Python that isn't here."""
    return (
        rebuilt(
            tmp_path,
            "near-1",
            state("0.23.3", Stated.REPRODUCES, pattern="F"),
            state("0.24.0", inferred=True, remark="The measurement is right."),
            state("0.24.0", suite="suite-loop-scope"),
        ),
        rebuilt(tmp_path, "near-2", state("0.24.0"), state("0.24.0", python="3.12.9")),
    )


@pytest.fixture
def found(reports: tuple[Rebuilt, ...]) -> list[MeasuredState]:
    one, other = reports
    return [
        measured(one, 0, ReportAgreement.AGREES, "F: loop-closed in call", "F"),
        measured(one, 1, ReportAgreement.DISAGREES, "F: loop-closed in call", "F"),
        measured(one, 2, ReportAgreement.AGREES, ".", "."),
        measured(other, 0, ReportAgreement.DISAGREES, "F: loop-closed in call", "F"),
        measured(other, 1, ReportAgreement.NOT_MEASURED, "needs CPython 3.12.9"),
    ]


def test_named_reports_are_run_and_without_names_all(reports: tuple[Rebuilt, ...]) -> None:
    assert choose_reports((), reports, LEFT_OUT) == reports
    assert choose_reports(("near-2",), reports, LEFT_OUT) == reports[1:]


def test_a_report_that_does_not_exist_is_reported_with_the_nearest(reports: tuple[Rebuilt, ...]) -> None:
    with pytest.raises(UnknownNameError, match=r"near-3.*\n.*'near-[12]'"):
        choose_reports(("near-3",), reports, LEFT_OUT)


def test_a_report_that_is_not_rebuilt_is_refused_with_the_reason(reports: tuple[Rebuilt, ...]) -> None:
    with pytest.raises(UsageError, match=REASON):
        choose_reports(("far-1",), reports, LEFT_OUT)


def test_an_unknown_report_ends_the_command_with_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reported", "pa-74"]) == 2
    assert "Did you mean 'pa-744'" in capsys.readouterr().err
    assert main(["reported", "--json", "--format", "markdown"]) == 2


def test_suites_of_several_reports_share_an_environment(reports: tuple[Rebuilt, ...]) -> None:
    plan = make_plan(plan_states(reports, HERE, "linux"))
    shared = EnvironmentRequest(python="3.12", plugin="0.24.0")
    assert plan.requests == (EnvironmentRequest(python="3.12", plugin="0.23.3"), shared)
    assert [one.id for one in plan.cells_in(shared)] == [
        "reported/near-1",
        "reported/near-1/loop-scope",
        "reported/near-2",
    ]
    assert plan.runs == 4


def test_what_cannot_be_measured_here_asks_for_no_environment(reports: tuple[Rebuilt, ...]) -> None:
    last = plan_states(reports, HERE, "linux")[-1]
    assert last.request is None
    assert last.reason == "needs CPython 3.12.9, and 3.12.1 is here"
    assert make_plan([last]).runs == 0


def test_the_very_patch_release_is_taken_where_it_is_here(reports: tuple[Rebuilt, ...]) -> None:
    found = plan_states(reports, (*HERE, Interpreter(version="3.12.9", executable="python")), "linux")
    assert [one.request.python for one in found if one.request] == ["3.12", "3.12", "3.12", "3.12", "3.12.9"]


def test_no_two_environments_of_the_reports_have_one_id() -> None:
    """Their results would have one file."""
    releases = load_releases()
    requests = {rebuilt.report.request(state) for rebuilt in load_reports() for state in rebuilt.report.states}
    ids = []
    for request in requests:
        newest = releases.newest(request.client, python=request.python)
        ids.append(environment_id(request, newest.version if newest else ""))
    assert len(set(ids)) == len(requests)


def test_each_state_is_judged_by_its_suite_in_its_environment(tmp_path: Path, reports: tuple[Rebuilt, ...]) -> None:
    asked = plan_states(reports, HERE, "linux")
    store = EvidenceStore(tmp_path)
    observed = [ran(failed=True), ran(failed=True), ran(), ran(infrastructure="the server was gone")]
    run = results(
        store, {(one.request, one.suite): each for one, each in zip(asked, observed, strict=False) if one.request}
    )
    found = judge_states(asked, run, store, SIGNATURES, described)
    assert [one.judgement.agreement for one in found] == [
        ReportAgreement.AGREES,
        ReportAgreement.DISAGREES,
        ReportAgreement.AGREES,
        ReportAgreement.FAILED,
        ReportAgreement.NOT_MEASURED,
    ]
    assert found[0].judgement.measured == "F: loop-closed in call"
    assert not found[1].unexplained, "there is a remark"
    assert [one.environment and one.environment.plugin for one in found] == [
        "0.23.3",
        "0.24.0",
        "0.24.0",
        "0.24.0",
        None,
    ]


def test_what_cannot_be_installed_is_not_measured(tmp_path: Path, reports: tuple[Rebuilt, ...]) -> None:
    asked = plan_states(reports[1:], HERE, "linux")[:1]

    def describe(request: EnvironmentRequest) -> Unresolvable:
        return Unresolvable(request=request, id="x", reason="no wheel")

    (found,) = judge_states(asked, Results(), EvidenceStore(tmp_path), SIGNATURES, describe)
    assert found.judgement.measured == "can't be installed: no wheel"


def test_text_tells_report_by_report_what_is_stated_and_measured(found: list[MeasuredState]) -> None:
    text = render(as_document(found, LEFT_OUT), "text", 80)
    assert max(map(len, text.splitlines())) <= 80
    assert (
        "near-1\n══════\nThe trouble with near-1\nhttps://example.org/near-1\nAll with Python 3.12.\n\n"
        "           versions               stated      measured\n"
        "─────────  ─────────────────────  ──────────  ──────────────────────\n"
        "agrees     pytest-asyncio 0.23.3  reproduces  F: loop-closed in call\n"
        "                                  F\n"
        "disagrees  pytest-asyncio 0.24.0  passes*     F: loop-closed in call\n"
        "agrees     pytest-asyncio 0.24.0  passes      .\n"
        "           suite loop-scope\n\n"
        "pytest-asyncio 0.24.0: The measurement is right.\n"
    ) in text
    assert f"far-1: It hangs\n  address  https://example.org/far-1\n  reason   {REASON}" in text


def test_a_disagreement_that_nobody_has_explained_is_reported_loudly(found: list[MeasuredState]) -> None:
    text = render(as_document(found, ()), "text")
    assert "DISAGREES,    Python 3.12    passes  F: loop-closed in call\nunexplained\n" in text
    assert "Python 3.12: Which is right is not known: near-2/report.toml has no remark" in text


@pytest.mark.parametrize(
    ("agreement", "text_measured", "message"),
    [
        (
            ReportAgreement.DISAGREES,
            "E: loop-closed in setup",
            f"Which is right is not known: the remark in near-1/report.toml {ANOTHER}",
        ),
        (
            ReportAgreement.AGREES,
            ".",
            f"It agrees now; the remark in near-1/report.toml is out of date. It {ANOTHER}",
        ),
        (ReportAgreement.NOT_MEASURED, "needs CPython 3.12", "The measurement is right."),
    ],
    ids=["disagrees in another way", "agrees now", "not measured"],
)
def test_a_remark_on_something_else_is_not_reported_as_if_it_held(
    reports: tuple[Rebuilt, ...], agreement: ReportAgreement, text_measured: str, message: str
) -> None:
    found = [measured(reports[0], 1, agreement, text_measured)]
    out_of_date = agreement is not ReportAgreement.NOT_MEASURED
    text, page = render(as_document(found, ()), "text"), render(as_document(found, ()), "markdown")
    assert f"pytest-asyncio 0.24.0: {message}" in " ".join(text.split())
    assert ("The measurement is right." in text) is not out_of_date
    assert f"<br>{message}" in page
    assert f"remarks out of date {'1: near-1' if out_of_date else '0'}" in " ".join(text.split())
    data = json.loads(render(as_document(found, ()), "json"))
    assert data["totals"]["remarks_out_of_date"] == out_of_date
    (shown,) = data["reports"][0]["states"]
    assert shown["remarked_on"] == "F: loop-closed in call"
    assert shown["remark_out_of_date"] is out_of_date


def test_what_a_report_is_about_is_reported_when_it_is_asked_for(found: list[MeasuredState]) -> None:
    assert "A client outlives its loop.\nAs rebuilt: Without its framework." in render(
        as_document(found, (), detailed=True), "text"
    )
    assert "outlives" not in render(as_document(found, ()), "text")


def test_totals_tell_the_reports_own_words_from_what_is_inferred(found: list[MeasuredState]) -> None:
    text = render(as_document(found, LEFT_OUT), "text")
    for row in (
        "reports                     2 of 3 are rebuilt",
        "show their error            1 of 2, not near-2",
        "states                      5",
        "agree                       2: 2 of 3 that are stated, 0 of 1 that are inferred",
        "disagree, reason known      1: near-1",
        "disagree, reason not known  1: near-2",
        "not measured here           1: near-2",
        "could not be measured       0",
    ):
        assert f"\n{row}\n" in text


def test_markdown_is_one_table_with_remarks_beside_the_measurements(found: list[MeasuredState]) -> None:
    page = render(as_document(found, LEFT_OUT), "markdown")
    assert "| **near-1: The trouble with near-1<br>https://example.org/near-1<br>all with Python 3.12** " in page
    assert "F: loop-closed in call<br>The measurement is right." in page
    assert page.count("| versions | stated | measured | |\n|:---|:---|:---|:---|\n") == 1
    assert "## Not rebuilt" in page


def test_json_has_every_state_with_its_versions_and_the_totals(found: list[MeasuredState]) -> None:
    data = json.loads(render(as_document(found, LEFT_OUT), "json"))
    first = data["reports"][0]["states"][0]
    assert first["suite"] == "reported/near-1"
    assert first["versions"] == {"python": "3.12", "pytest-asyncio": "0.23.3"}
    assert first["stated"] == {"outcome": "reproduces", "exactness": "stated", "pattern": "F"}
    assert (first["measured"], first["agreement"]) == ("F: loop-closed in call", "agrees")
    assert data["totals"] == {
        "states": 5,
        "agrees": 2,
        "disagrees": 2,
        "not measured here": 1,
        "could not be measured": 0,
        "unexplained": 1,
        "remarks_out_of_date": 0,
    }
    assert [one["name"] for one in data["not_rebuilt"]] == ["far-1"]


class Here:
    """Gives every request its environment, without any."""

    interpreters = HERE
    describe = staticmethod(described)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ((ran(), ""), 0),
        ((ran(failed=True), ""), 1),
        ((ran(failed=True), "The measurement is right."), 0),
        ((ran(failed=True, text="No such loop"), "The measurement is right."), 1),
        ((ran(), "The measurement is right."), 0),
        ((ran(infrastructure="the server was gone"), ""), 3),
    ],
    ids=["agrees", "unexplained", "explained", "explained otherwise", "agrees now", "infrastructure"],
)
def test_the_exit_code_tells_what_needs_somebody_to_look(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    found: tuple[Evidence, str],
    code: int,
) -> None:
    observed, remark = found
    report = rebuilt(tmp_path, "near-1", state("0.24.0", remark=remark))
    request = EnvironmentRequest(python="3.12", plugin="0.24.0")
    run = results(EvidenceStore(tmp_path), {(request, "reported/near-1"): observed})
    monkeypatch.setattr("harness.commands.reported.load_reports", lambda: (report,))
    monkeypatch.setattr("harness.commands.reported.Provisioner", Here)
    monkeypatch.setattr("harness.commands.reported.measure", lambda *_: run)
    assert main(["reported", "--results", str(tmp_path)]) == code
    assert "The trouble with near-1" in capsys.readouterr().out
