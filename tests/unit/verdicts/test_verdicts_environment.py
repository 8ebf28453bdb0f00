"""What every cell of an environment shows is reported once; so is what a cell adds to it."""

from __future__ import annotations

from harness.evidence.model import Evidence, Exit, Loop, Moment, Phase, RecordedWarning, Test
from harness.verdicts.classify import classify, find_environment_findings
from harness.verdicts.model import Status, Verdict
from harness.verdicts.signatures import load_signatures

PLUGIN = "pytest_asyncio/plugin.py:463 in _provide_clean_event_loop"
UNSET = 'The configuration option "asyncio_default_fixture_loop_scope" is unset.'


def suite(*, warnings: tuple[RecordedWarning, ...] = (), loops: tuple[str, ...] = (), output: str = "") -> Evidence:
    passed = tuple(Phase(when=when, outcome="passed") for when in ("setup", "call", "teardown"))
    return Evidence(
        tests=(Test(id="t.py::a", phases=passed),),
        warnings=warnings,
        loops=tuple(
            Loop(name=f"loop-{number}", kind="L", created=Moment(test=f"t.py::{number}", when="teardown", at=at))
            for number, at in enumerate(loops, 1)
        ),
        output=output,
        finished=True,
        exit=Exit(code=0),
    )


def warned(text: str, at: str, category: str = "DeprecationWarning") -> RecordedWarning:
    return RecordedWarning(category=category, text=text, when="runtest", test="t.py::a", location=at)


def judged(reference: Evidence, cell: Evidence) -> Verdict:
    findings = find_environment_findings(reference, load_signatures())
    return classify(cell, load_signatures(), environment_findings=findings)


def test_the_reference_cell_itself_is_clean() -> None:
    reference = suite(
        warnings=(warned("There is no current event loop", "pytest_asyncio/plugin.py:404"),),
        loops=(PLUGIN, PLUGIN),
        output=f"/x/site-packages/pytest_asyncio/plugin.py:217: PytestDeprecationWarning: {UNSET}\n",
    )
    assert classify(reference, load_signatures()).status is Status.LEAKS
    assert judged(reference, reference) == Verdict(status=Status.CLEAN, pattern=".")


def test_a_loop_of_the_cells_own_is_reported_beside_the_plugins() -> None:
    verdict = judged(suite(loops=(PLUGIN,)), suite(loops=(PLUGIN, "conftest.py:7 in event_loop")))
    assert [finding.sample for finding in verdict.findings] == ["created at conftest.py:7 in event_loop, never closed"]


def test_each_of_the_plugins_leaks_takes_away_one_and_no_more() -> None:
    verdict = judged(suite(loops=(PLUGIN,)), suite(loops=(PLUGIN, PLUGIN)))
    assert verdict.status is Status.LEAKS
    assert verdict.findings[0].tests == ("t.py::2",)


def test_the_plugins_loop_is_the_same_whichever_of_its_functions_or_factories_made_it() -> None:
    elsewhere = "pytest_asyncio/plugin.py:694 in _get_event_loop_no_warn"
    assert judged(suite(loops=(PLUGIN,)), suite(loops=(elsewhere,))).status is Status.CLEAN
    through_uvloop = "uvloop/__init__.py:120 in _loop_factory"
    assert judged(suite(loops=(PLUGIN,)), suite(loops=(through_uvloop,))).status is Status.CLEAN


def test_the_loop_made_because_the_client_asked_first_is_the_one_that_the_plugin_asks_for_otherwise() -> None:
    reference = suite(loops=("pytest_asyncio/plugin.py:654 in _get_event_loop_no_warn",))
    by_client = "valkey/asyncio/client.py:359 in __init__"
    assert judged(reference, suite(loops=(by_client,))).status is Status.CLEAN
    assert judged(reference, suite(loops=(by_client, PLUGIN))).status is Status.LEAKS
    assert judged(suite(), suite(loops=(by_client,))).status is Status.LEAKS


def test_a_folder_of_the_suite_is_not_the_client_because_of_its_name() -> None:
    reference = suite(loops=(PLUGIN,))
    assert judged(reference, suite(loops=("valkey/conftest.py:9 in event_loop",))).status is Status.LEAKS
    assert judged(reference, suite(loops=("tests/valkey/asyncio/x.py:9 in event_loop",))).status is Status.LEAKS


def test_a_loop_made_in_another_function_of_the_suite_is_another_leak() -> None:
    reference = suite(loops=("conftest.py:7 in first",))
    assert judged(reference, suite(loops=("conftest.py:19 in first",))).status is Status.CLEAN
    assert judged(reference, suite(loops=("conftest.py:7 in second",))).status is Status.LEAKS


def test_the_same_warning_is_taken_out_however_often_it_is_given() -> None:
    once = warned("is deprecated", "pytest_asyncio/plugin.py:404")
    assert judged(suite(warnings=(once,)), suite(warnings=(once,) * 5)).status is Status.CLEAN


def test_the_same_text_from_another_file_is_reported() -> None:
    text = "There is no current event loop"
    verdict = judged(
        suite(warnings=(warned(text, "pytest_asyncio/plugin.py:404"),)),
        suite(warnings=(warned(text, "pytest_asyncio/plugin.py:404"), warned(text, "conftest.py:3"))),
    )
    assert verdict.status is Status.WARNS
    assert [finding.sample for finding in verdict.findings] == [f"conftest.py:3: DeprecationWarning: {text}"]


def test_numbers_and_addresses_make_no_difference() -> None:
    reference = suite(warnings=(warned("<Loop at 0x7f01> of Task-3", "plugin.py:1"),))
    assert (
        judged(reference, suite(warnings=(warned("<Loop at 0x7e22> of Task-11", "plugin.py:2"),))).status
        is Status.CLEAN
    )


def test_another_text_from_the_same_place_is_reported() -> None:
    reference = suite(warnings=(warned("scope is deprecated", "plugin.py:1"),))
    assert (
        judged(reference, suite(warnings=(warned("event_loop is deprecated", "plugin.py:1"),))).status is Status.WARNS
    )


def test_an_environment_with_two_warnings_has_two_findings() -> None:
    reference = suite(warnings=(warned("one", "a.py:1"), warned("two", "a.py:1"), warned("one", "a.py:1")))
    findings = find_environment_findings(reference, load_signatures())
    assert [finding.sample for finding in findings] == [
        "a.py:1: DeprecationWarning: one",
        "a.py:1: DeprecationWarning: two",
    ]
    assert {finding.tests for finding in findings} == {()}


def test_an_error_is_never_the_environments() -> None:
    shown = warned("async def functions are not natively supported", "x.py:1", "pytest.PytestUnhandledCoroutineWarning")
    reference = suite(warnings=(shown,))
    assert find_environment_findings(reference, load_signatures()) == ()
    assert judged(reference, reference).status is Status.REPRODUCES
