"""The drawing of loops and connections over tests."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.diagnose.drawing import MOST_ROWS, draw
from harness.evidence.model import Connection, Evidence, Loop
from tests.unit.diagnose.ledgers_by_hand import DIFFERENT, connection, loop, moment, run_of, use


def of(tests: list[str], loops: list[Loop], connections: list[Connection], failing: str = "") -> Evidence:
    runs = tuple(run_of(test, DIFFERENT) if test == failing else run_of(test) for test in tests)
    return Evidence(tests=runs, loops=tuple(loops), connections=tuple(connections), finished=True)


SHARED = of(
    ["test_a", "test_b", "test_c"],
    [loop(1, "test_a", "test_c"), loop(2, "test_a"), loop(3, "test_b"), loop(4, "test_c")],
    [
        connection(1, 1, moment("test_a"), use("test_a", 1), use("test_b", 3), closed=moment("test_c"), closed_on=1),
        connection(2, 4, moment("test_c"), use("test_c", 4)),
    ],
    failing="test_b",
)


def test_bars_show_where_each_begins_and_ends() -> None:
    assert draw(SHARED, 80)[:4] == [
        "test                   loops      connections",
        "test_it.py::test_a  .  [2]    ┌1  ┌c1 on 1",
        "test_it.py::test_b  F  [3]    │   │c1 3!",
        "test_it.py::test_c  .  [4]    └1  └c1          [c2 on 4 ×",
    ]


def test_without_other_signs_it_is_drawn_in_ascii() -> None:
    lines = draw(SHARED, 80, plain=True)
    assert all(line.isascii() for line in lines)
    assert lines[1] == "test_it.py::test_a  .  [2]    ,1  ,c1 on 1"


def test_rows_that_repeat_are_drawn_once() -> None:
    tests = [f"test_a[{number}]" for number in range(500)]
    loops = [loop(number, test) for number, test in enumerate(tests)]
    connections = [
        connection(number, number, moment(test), closed=moment(test, "teardown"), closed_on=number)
        for number, test in enumerate(tests)
    ]
    lines = draw(of(tests, loops, connections), 80)
    assert lines[2] == "… 499 more like the one above"


def test_nothing_is_drawn_where_there_was_nothing() -> None:
    assert draw(of(["test_a"], [], []), 80) == []


NUMBERS = st.integers(0, 11)
TESTS = [f"test_{letter * 20}" for letter in "abcdefghijkl"]


@given(
    st.lists(st.tuples(NUMBERS, st.none() | NUMBERS), max_size=12),
    st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, st.none() | NUMBERS), max_size=20),
    st.sampled_from([60, 80, 100]),
)
def test_no_line_is_wider_than_the_terminal(
    spans: list[tuple[int, int | None]], uses: list[tuple[int, int, int, int | None]], width: int
) -> None:
    loops = [
        loop(number, TESTS[first], None if last is None else TESTS[max(first, last)])
        for number, (first, last) in enumerate(spans, start=1)
    ]
    connections = [
        connection(
            number,
            on,
            moment(TESTS[first]),
            use(TESTS[max(first, then)], on + 1),
            closed=None if last is None else moment(TESTS[max(first, then, last)], "teardown"),
            closed_on=1,
        )
        for number, (on, first, then, last) in enumerate(uses, start=1)
    ]
    lines = draw(of(TESTS, loops, connections), width)
    assert all(len(line) <= width for line in lines)
    assert len(lines) <= MOST_ROWS + 8
