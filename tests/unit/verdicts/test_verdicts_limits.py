"""Verdicts on suites that were over a limit."""

from __future__ import annotations

from typing import Any

from harness.evidence.model import Evidence, Exceeded, Exit, Hang, Phase, Raised, Test
from harness.verdicts.classify import classify
from harness.verdicts.model import Status, Verdict
from harness.verdicts.signatures import load_signatures

PASSED = Test(id="t.py::a", phases=tuple(Phase(when=when, outcome="passed") for when in ("setup", "call", "teardown")))
MEMORY = Exceeded(what="memory", limit=2**30, test="t.py::b", when="call")
OUTPUT = Exceeded(what="output", limit=2**26, test="t.py::b", when="call")


def judged(*tests: Test, **observed: Any) -> Verdict:
    return classify(Evidence(tests=tests, **observed), load_signatures())


def list_findings(verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(finding.signature, finding.channel, finding.sample) for finding in verdict.findings]


def failed(kind: str, text: str) -> Test:
    chain = (Raised(type=kind, text=text, link="surface"),)
    return Test(id="t.py::b", phases=(Phase(when="call", outcome="failed", chain=chain),))


def test_a_suite_that_was_killed_for_its_memory_is_reported_by_the_limit_and_where_it_was() -> None:
    verdict = judged(PASSED, exceeded=MEMORY)
    assert verdict.status is Status.REPRODUCES
    assert list_findings(verdict) == [("memory-limit", "body", "more than 1GiB of memory in call of t.py::b")]


def test_an_error_for_want_of_memory_is_reported_alike() -> None:
    for error in (("MemoryError", ""), ("OSError", "[Errno 12] Cannot allocate memory")):
        verdict = judged(PASSED, failed(*error), finished=True, exit=Exit(code=1))
        assert verdict.status is Status.REPRODUCES
        assert [signature for signature, _, _ in list_findings(verdict)] == ["memory-limit"]


def test_an_odd_exit_code_comes_of_the_output_that_was_cut_off() -> None:
    verdict = judged(PASSED, exceeded=OUTPUT, finished=True, exit=Exit(code=120))
    assert verdict.status is Status.REPRODUCES
    assert list_findings(verdict) == [
        ("output-limit", "body", "more than 64MiB in a file of output in call of t.py::b")
    ]


def test_a_crash_and_a_hang_are_reported_beside_the_output_that_was_cut_off() -> None:
    hang = Hang(limit=20, test="t.py::b", when="call", stacks="", tasks="")
    ends: dict[str, dict[str, Any]] = {
        "crash": {"exit": Exit(signal="SIGSEGV")},
        "hang": {"hang": hang, "exit": Exit()},
    }
    for name, end in ends.items():
        verdict = judged(PASSED, exceeded=OUTPUT, **end)
        assert {signature for signature, _, _ in list_findings(verdict)} == {name, "output-limit"}
    early = judged(PASSED, exceeded=OUTPUT, exit=Exit(code=0))
    assert {signature for signature, _, _ in list_findings(early)} == {"crash", "output-limit"}


def test_what_could_not_be_flushed_at_the_end_is_no_error_of_its_own() -> None:
    after = "Exception ignored in: <_io.TextIOWrapper name='<stdout>' mode='w' encoding='utf-8'>\n"
    after += "OSError: [Errno 27] File too large\n"
    verdict = judged(PASSED, exceeded=OUTPUT, finished=True, exit=Exit(code=120), output_after=after)
    assert verdict.unnamed == ()
    assert {signature for signature, _, _ in list_findings(verdict)} == {"output-limit"}
