"""Errors of a reproduction: whole, a line each, and how they end is always shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.model import Evidence, Exit, Phase, Problem, Raised, Test
from harness.output.text import LONGEST_ERROR, shorten_error
from harness.repro.errors import list_errors
from harness.repro.model import Reproduction
from harness.repro.output import describe_measured
from harness.verdicts.classify import classify
from harness.verdicts.signatures import load_signatures
from tests.unit.store.made_up_results import environment

WRAPPER = "pytest_asyncio/plugin.py:410> cb=[_run_until_complete_cb() at asyncio/base_events.py:181]>"
COLLECT = "_pytest.nodes.Collector.CollectError"


def different(task: str, *, longer: str = "") -> Raised:
    coroutine = f"<_wrap_asyncgen_fixture{longer}.<locals>.setup() running at {WRAPPER}"
    text = f"Task <Task pending name='{task}' coro={coroutine} got Future <Future pending> attached to a different loop"
    return Raised(type="RuntimeError", text=text, link="surface")


def failed(name: str, *chain: Raised) -> Test:
    phases = (
        Phase(when="setup", outcome="passed"),
        Phase(when="call", outcome="failed", chain=chain),
        Phase(when="teardown", outcome="passed"),
    )
    return Test(id=f"test_it.py::{name}", phases=phases)


def printed(evidence: Evidence) -> list[str]:
    """What a reproduction tells of the errors."""
    verdict = classify(evidence, load_signatures())
    it = Reproduction(
        subject="suite:mine",
        habits=(),
        environment=environment(),
        requirements=(),
        server="valkey 9.1.2",
        files={},
        verdict=verdict,
        label="label",
        errors=list_errors(verdict, evidence),
    )
    return list(describe_measured(it))[2 if verdict.pattern else 1 : -1]


def of_tests(*tests: Test) -> Evidence:
    return Evidence(tests=tests, finished=True, exit=Exit(code=1))


def not_collected(text: str, *below: Raised) -> Evidence:
    chain = (Raised(type=COLLECT, text=text, link="surface"), *below)
    return Evidence(problems=(Problem(where="collect", node="test_it.py", chain=chain),), exit=Exit(code=2))


@pytest.mark.parametrize("longer", ["", ".<locals>._and_another_wrapper" * 10], ids=["whole", "cut in the verdict"])
def test_a_different_loop_is_reported_to_its_end(longer: str) -> None:
    evidence = of_tests(failed("test_a", different("Task-2", longer=longer)))
    assert printed(evidence) == [
        "different-loop: RuntimeError: Task <Task pending …> got Future <Future pending> attached to a different loop"
    ]


def test_each_signature_is_reported_once() -> None:
    closed = Raised(type="RuntimeError", text="Event loop is closed", link="surface")
    below = Raised(type="RuntimeError", text=different("Task-11").text, link="context")
    message = printed(of_tests(failed("test_a", different("Task-2")), failed("test_b", closed, below)))
    assert [one.partition(":")[0] for one in message] == ["different-loop", "loop-closed"]


def test_unnamed_errors_that_differ_only_in_what_is_left_out_are_reported_once() -> None:
    texts = [f"<Client object at={number} {'x' * LONGEST_ERROR}> is gone" for number in (1, 2)]
    tests = [failed(text[:20], Raised(type="ValueError", text=text, link="surface")) for text in texts]
    assert len(classify(of_tests(*tests), load_signatures()).unnamed) == 2
    assert printed(of_tests(*tests)) == ["ValueError: <Client object …> is gone"]


@pytest.mark.parametrize("frames", [3, 12], ids=["whole", "cut in the verdict"])
def test_what_could_not_be_imported_is_reported(frames: int) -> None:
    trace = "\n".join(f"package/module_{at}.py:1: in <module>\n    from package import name" for at in range(frames))
    text = f"ImportError while importing test module.\n{trace}\nE   ModuleNotFoundError: No module named 'redis'"
    (message,) = printed(not_collected(text))
    assert message.startswith(f"{COLLECT}: ImportError while importing test module")
    assert message.endswith("No module named 'redis'")
    assert len(message) <= LONGEST_ERROR


def test_a_text_that_the_probe_cut_ends_with_what_it_came_from() -> None:
    cause = Raised(type="ModuleNotFoundError", text="No module named 'redis'", link="cause")
    cut = Raised(type="ImportError", text="while importing " + "in <module> " * 200 + "…", link="surface")
    (message,) = printed(of_tests(failed("test_a", cut, cause)))
    assert message.endswith("… ← ModuleNotFoundError: No module named 'redis'")


def test_what_pytest_packed_into_an_error_of_its_own_is_reported_without_the_wrapping() -> None:
    cause = Raised(type="ModuleNotFoundError", text="No module named 'redis'", link="cause")
    assert printed(not_collected("ImportError while importing. Hint: …", cause)) == [
        "ModuleNotFoundError: No module named 'redis'"
    ]


@given(st.text(alphabet="<> …ab", min_size=LONGEST_ERROR + 1, max_size=4 * LONGEST_ERROR))
def test_a_long_text_is_shortened_to_a_line_that_fits(text: str) -> None:
    assert len(shorten_error(text)) <= LONGEST_ERROR


def test_a_short_text_stays_as_it_is() -> None:
    assert shorten_error("assert <Task a b c> is\n None") == "assert <Task a b c> is None"


def test_brackets_that_are_none_leave_the_end_there() -> None:
    message = shorten_error("assert 1 < 2 " + "and so on " * 40 + "at the end")
    assert message.startswith("assert 1 < 2 and")
    assert message.endswith("and so on at the end")
