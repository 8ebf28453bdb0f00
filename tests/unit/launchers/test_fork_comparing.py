"""What two pieces of evidence disagree on."""

from __future__ import annotations

import pytest

from harness.evidence.comparing import find_differences
from harness.evidence.model import Connection, Evidence, Moment, Phase, Test, Unraisable, Use


def test_equal_evidence_has_no_differences() -> None:
    evidence = Evidence(tests=(Test(id="a", phases=(Phase(when="call", outcome="passed"),)),))
    assert find_differences(evidence, evidence) == ()


def test_each_difference_is_reported_with_its_path() -> None:
    one = Evidence(tests=(Test(id="a", phases=(Phase(when="call", outcome="passed"),)),))
    other = Evidence(tests=(Test(id="a", phases=(Phase(when="call", outcome="failed"),)),), finished=True)
    assert find_differences(one, other) == (
        "finished: false | true",
        'tests.0.phases.0.outcome: "passed" | "failed"',
    )


def test_what_only_one_has_is_compared_with_nothing() -> None:
    unraisable = Unraisable(test="", when="session", message="Exception ignored in", object="x", chain=())
    (text,) = find_differences(Evidence(unraisables=(unraisable,)), Evidence())
    assert text.startswith('unraisables.0: {"test":')
    assert text.endswith("| null")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<Task name='Task-12'>", "<Task name='Task-3'>"),
        ("5 passed in 0.05s", "5 passed in 61.20s (0:01:01)"),
        ("<socket fd=14, laddr=('127.0.0.1', 53910)>", "<socket fd=9, laddr=('127.0.0.1', 60000)>"),
        (
            'File "/tmp/valkey-loop-matrix-warm-a_1/suite/conftest.py"',
            'File "/tmp/valkey-loop-matrix-suites-b/suite-3/conftest.py"',
        ),
        ("<Connection(host=127.0.0.1,port=4000,db=2)>", "<Connection(host=127.0.0.1,port=4001,db=1)>"),
        (
            'File "/py/lib/python3.10/concurrent/futures/_base.py", line 451, in result',
            'File "/py/lib/python3.10/concurrent/futures/_base.py", line 458, in result',
        ),
        ("concurrent/futures/_base.py:451: in result", "concurrent/futures/_base.py:458: in result"),
    ],
)
def test_what_changes_from_run_to_run_is_no_difference(one: str, other: str) -> None:
    assert find_differences(Evidence(output=one), Evidence(output=other)) == ()


def test_which_of_two_connections_was_ready_first_is_no_difference() -> None:
    def ledger(*writes: int) -> Evidence:
        opened = Moment(test="a", when="call")
        return Evidence(
            connections=tuple(
                Connection(
                    name=f"connection-{number}",
                    loop="loop-1",
                    opened=opened,
                    uses=(Use(loop="loop-1", test="a", when="call", writes=each),),
                )
                for number, each in enumerate(writes)
            )
        )

    assert find_differences(ledger(4, 6), ledger(6, 4)) == ()
    assert find_differences(ledger(4, 6), ledger(6, 6)) != ()


def test_where_kept_output_begins_is_no_difference() -> None:
    lines = [f"line {number}" for number in range(500)]
    assert find_differences(Evidence(output="\n".join(lines)), Evidence(output="\n".join(lines[7:]))) == ()
    assert find_differences(Evidence(output="\n".join(lines)), Evidence(output="\n".join(lines[:-1]))) != ()
