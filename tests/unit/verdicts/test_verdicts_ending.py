"""What the verdict says of runs that pytest ended itself. The texts are those of real releases of pytest."""

from __future__ import annotations

import pytest

from harness.evidence.model import Evidence, Exit, Hang, Phase, Problem, Raised, Test
from harness.verdicts.classify import classify
from harness.verdicts.ending import find_deciding_line, find_ending
from harness.verdicts.model import Status, Verdict
from harness.verdicts.signatures import load_signatures

UNRECOGNIZED = """usage: python -m pytest [options] [file_or_dir] [file_or_dir] [...]
python -m pytest: error: unrecognized arguments: --cov=app --cov-report=term-missing --reruns=2
  inifile: pytest.ini
  rootdir: ."""

BAD_FILTER = """while parsing the following warning configuration:

  error::nope.Nope

This error occurred:

Traceback (most recent call last):
  File "_pytest/config/__init__.py", line 1918, in parse_warning_filter
    category: type[Warning] = _resolve_warning_category(category_)
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "_pytest/config/__init__.py", line 1956, in _resolve_warning_category
    m = __import__(module, None, None, [klass])
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
ModuleNotFoundError: No module named 'nope'
"""

SCOPE_UNSET = (
    'The configuration option "asyncio_default_fixture_loop_scope" is unset.\nThe event loop scope for asynchronous '
    "fixtures will default to the fixture scope."
)

COVERAGE = """.
ERROR: Coverage failure: total of 33 is less than fail-under=100
                                                                         [100%]
================================ tests coverage ================================
TOTAL                                                        3      2    33%
FAIL Required test coverage of 100% not reached. Total coverage: 33.33%
1 passed in 0.06s
"""

PASSED = Test(id="t.py::a", phases=tuple(Phase(when=when, outcome="passed") for when in ("setup", "call", "teardown")))
FAILED = Test(
    id="t.py::b",
    phases=(
        Phase(when="call", outcome="failed", chain=(Raised(type="AssertionError", text="1 == 2", link="surface"),)),
    ),
)


def usage(*chain: tuple[str, str]) -> Evidence:
    return ended(4, problems=(make_problem("usage", *chain),))


def internal(*chain: tuple[str, str], tests: tuple[Test, ...] = ()) -> Evidence:
    return ended(3, tests=tests, problems=(make_problem("internal", *chain),))


def make_problem(where: str, *chain: tuple[str, str]) -> Problem:
    links = ("surface", *["cause"] * len(chain))
    raised = tuple(Raised(type=kind, text=text, link=link) for (kind, text), link in zip(chain, links, strict=False))  # type: ignore[arg-type]
    return Problem(where=where, node="", chain=raised)  # type: ignore[arg-type]


def ended(code: int, **more: object) -> Evidence:
    return Evidence(exit=Exit(code=code), finished=True, **more)  # type: ignore[arg-type]


def judge(evidence: Evidence) -> Verdict:
    return classify(evidence, load_signatures())


@pytest.mark.parametrize(
    ("evidence", "ending"),
    [
        (
            usage(("pytest.UsageError", UNRECOGNIZED)),
            "did not start: unrecognized arguments: --cov=app --cov-report=term-missing --reruns=2",
        ),
        (
            usage(("pytest.UsageError", "Missing required plugins: pytest-foo>=3")),
            "did not start: Missing required plugins: pytest-foo>=3",
        ),
        (
            usage(("pytest.UsageError", "Unknown config option: nonsense\n")),
            "did not start: Unknown config option: nonsense",
        ),
        (
            usage(("_pytest.config.exceptions.UsageError", BAD_FILTER)),
            (
                "did not start: while parsing the following warning configuration: error::nope.Nope This error "
                "occurred: ModuleNotFoundError: No module named 'nope'"
            ),
        ),
        (
            usage(
                ("_pytest.config.ConftestImportFailure", "ModuleNotFoundError: No module named 'b' (from conftest.py)"),
                ("ModuleNotFoundError", "No module named 'b'"),
                ("ModuleNotFoundError", "No module named 'a'"),
            ),
            "did not start: conftest.py: ModuleNotFoundError: No module named 'b'",
        ),
        (
            usage(("_pytest.config.PluginImportFailure", "pytest11"), ("RuntimeError", "broken on purpose")),
            "did not start: RuntimeError: broken on purpose",
        ),
        (
            internal(("RuntimeError", "second"), ("KeyError", "'first'")),
            "did not start: RuntimeError: second",
        ),
        (internal(("ValueError", "bad report"), tests=(PASSED,)), "ended with ValueError: bad report"),
        (internal(("KeyboardInterrupt", "")), "did not start: KeyboardInterrupt"),
        (ended(7), "did not start: exit code 7"),
        (
            ended(1, tests=(PASSED,), output=COVERAGE),
            "ended with exit code 1: FAIL Required test coverage of 100% not reached. Total coverage: 33.33%",
        ),
        (ended(3, tests=(PASSED,)), "ended with exit code 3"),
    ],
)
def test_a_run_that_pytest_ended_says_so_in_pytests_own_words(evidence: Evidence, ending: str) -> None:
    verdict = judge(evidence)
    assert (verdict.status, verdict.ending) == (Status.FAILS, ending)


@pytest.mark.parametrize(
    "evidence",
    [
        ended(0, tests=(PASSED,)),
        ended(5),
        ended(1, tests=(PASSED, FAILED), output="ERROR: something else\n"),
        ended(2, problems=(Problem(where="collect", node="t.py", chain=()),)),
        Evidence(tests=(FAILED,), hang=Hang(limit=30.0, test="t.py::b", when="call", stacks="", tasks="")),
        Evidence(exit=Exit(signal="SIGSEGV")),
        Evidence(infrastructure="the server has gone", exit=Exit(code=1)),
        ended(0, tests=(PASSED,), problems=(Problem(where="internal", node="probe", chain=()),)),
    ],
)
def test_where_the_tests_or_a_limit_say_how_it_ended_nothing_more_is_said(evidence: Evidence) -> None:
    assert find_ending(evidence) == ""


def test_a_warning_that_ended_pytest_is_an_error_and_not_the_name_of_the_warning() -> None:
    verdict = judge(internal(("pytest.PytestDeprecationWarning", SCOPE_UNSET)))
    assert (verdict.status, verdict.findings) == (Status.FAILS, ())
    assert verdict.ending == "did not start: PytestDeprecationWarning: " + " ".join(SCOPE_UNSET.split())


def test_a_loop_error_that_ended_pytest_keeps_its_name() -> None:
    verdict = judge(internal(("RuntimeError", "Event loop is closed")))
    assert [one.signature for one in verdict.findings] == ["loop-closed"]
    assert verdict.ending == "did not start: RuntimeError: Event loop is closed"


def test_a_file_that_cannot_be_imported_is_named_by_why() -> None:
    wrapped = ("_pytest.nodes.Collector.CollectError", "ImportError while importing test module 'test_a.py'.\nHint: …")
    problem = make_problem("collect", wrapped, ("ModuleNotFoundError", "No module named 'app'"))
    (unnamed,) = judge(ended(2, problems=(problem,))).unnamed
    assert (unnamed.type, unnamed.text) == ("ModuleNotFoundError", "No module named 'app'")


def make_late_problem() -> Problem:
    """What pytest 9.0.2 raises of two dropped sockets when warnings are errors."""
    group = "multiple unraisable exception warnings (2 sub-exceptions)"
    late = Raised(type="pytest.PytestUnraisableExceptionWarning", text="Exception ignored in: …", link="member")
    sockets = [Raised(type="ResourceWarning", text=f"unclosed <socket fd={fd}>", link="cause") for fd in (11, 14)]
    surface = Raised(type="ExceptionGroup", text=group, link="surface")
    return Problem(where="internal", node="", chain=(surface, late, sockets[0], late, sockets[1]))


def test_what_pytest_raises_of_dropped_objects_at_its_end_is_named_by_what_it_holds() -> None:
    verdict = judge(ended(1, tests=(PASSED,), problems=(make_late_problem(),)))
    assert (verdict.status, [one.signature for one in verdict.findings]) == (Status.REPRODUCES, ["unclosed-resource"])
    assert verdict.ending == "ended with ResourceWarning: unclosed <socket fd=11> and 1 more"


def test_failed_tests_decide_and_not_what_pytest_raises_of_dropped_objects_at_its_end() -> None:
    verdict = judge(ended(1, tests=(PASSED, FAILED), problems=(make_late_problem(),)))
    assert verdict == judge(ended(1, tests=(PASSED, FAILED)))
    assert verdict.ending == ""


def test_another_error_at_the_end_is_one_of_its_own_although_tests_have_failed() -> None:
    verdict = judge(internal(("OSError", "disk full"), tests=(FAILED,)))
    assert verdict.ending == "ended with OSError: disk full"


def test_long_lists_of_arguments_stay_whole() -> None:
    arguments = " ".join(f"--option-{number}" for number in range(100))
    text = f"usage: __main__.py [options]\n__main__.py: error: unrecognized arguments: {arguments}\n  inifile: x"
    assert find_deciding_line(text) == f"unrecognized arguments: {arguments}"


def test_the_address_of_a_manual_is_no_part_of_an_error() -> None:
    text = (
        "1 validation error for Settings\ncart_secret\n  Field required [type=missing, input_value={}]\n"
        "    For further information visit https://errors.pydantic.dev/2.11/v/missing"
    )
    assert find_deciding_line(text) == (
        "1 validation error for Settings cart_secret Field required [type=missing, input_value={}]"
    )


def test_a_process_that_left_in_the_midst_of_its_tests_crashed_and_ended_in_no_other_way() -> None:
    running = Test(id="t.py::b", phases=())
    crashed = Evidence(tests=(PASSED, running), exit=Exit(code=3), finished=False)
    assert find_ending(crashed) == ""
    verdict = classify(crashed, load_signatures())
    assert [finding.signature for finding in verdict.findings] == ["crash"]
