"""The line in which a test is written."""

from __future__ import annotations

import pytest

from harness.suites.test_lines import find_test_line

FILE = b"""\
import pytest

if True:
    def test_below(): ...


@pytest.mark.parametrize("x", [1])
async def test_case(x):
    def test_last(): ...


class TestIt(Base):
    def test_it(self): ...


def test_last(): ...
def test_last(): ...
"""
CONTENT = {"tests/test_it.py": FILE, "tests/test_broken.py": b"x = 1\ny = (\n", "tests/test_null.py": b"\0"}


@pytest.mark.parametrize(
    ("test", "line"),
    [
        ("tests/test_it.py::test_below", 4),
        ("tests/test_it.py::test_case[a::b]", 8),
        ("tests/test_it.py::TestIt::test_it", 13),
        ("tests/test_it.py::TestIt::test_inherited", 12),
        ("tests/test_it.py::test_last", 17),
        ("tests/test_it.py", 0),
        ("tests/test_it.py::test_made_by_a_plugin", 0),
        ("tests/test_broken.py", 2),
        ("tests/test_null.py::test_it", 0),
    ],
)
def test_a_test_has_the_line_of_its_function(test: str, line: int) -> None:
    assert find_test_line(CONTENT, test) == (test.partition("::")[0], line)


def test_a_file_that_the_suite_does_not_have_has_no_place() -> None:
    assert find_test_line(CONTENT, "../conftest.py::test_it") is None
