"""The coloured suites: each line by itself, and the text that they are made of."""

from __future__ import annotations

import pytest
from pygments.lexers import PythonLexer

from harness.catalogue.loading import load_catalogue
from harness.report.code import SuiteTexts, add_cells, colour
from harness.report.making import list_targets
from tests.unit.report.page_data import measure_some

SOURCE = '''"""Fixtures."""

import os


@pytest.fixture(scope="session")
async def client(*, x: int = 1):
    yield Valkey.from_url(f"redis://{os.environ['X']}/{x}")  # a comment
'''


def test_lines_keep_their_text() -> None:
    assert ["".join(line[1::2]) for line in colour("conftest.py", SOURCE)] == SOURCE.splitlines()


def test_a_text_over_several_lines_is_one_text_on_each_of_them() -> None:
    lines = colour("conftest.py", 'x = 1\ny = """\ndef no():\n    pass\n"""\n')
    assert [line[0] for line in lines[2:4]] == ["s2", "s2"]
    assert "kn" not in {kind for line in lines for kind in line[::2]}


@pytest.mark.parametrize("line", ['if x := f("a"):', "    async with Valkey() as client:", "", "@pytest.mark.asyncio"])
def test_a_line_alone_is_coloured_as_the_lexer_does(line: str) -> None:
    (found,) = colour("test_a.py", line) if line else ((),)
    texts = "".join(value for _, value in PythonLexer(stripnl=False).get_tokens(line)).rstrip("\n")
    assert "".join(found[1::2]) == texts == line


def test_the_suites_of_the_page_are_those_of_the_catalogue() -> None:
    measured = measure_some()
    suites = add_cells(SuiteTexts(), load_catalogue(), measured.cells, list_targets(measured))
    number = measured.cells.index("default/session/async_fixture/aclose")
    files = {
        suites.files[one].path: "\n".join("".join(suites.lines[line][1::2]) for line in suites.files[one].lines)
        for one in suites.suites[number]
    }
    assert '@pytest_asyncio.fixture(scope="session")' in files["conftest.py"]
    assert all(number in suites.suites for number in range(len(measured.cells)))
