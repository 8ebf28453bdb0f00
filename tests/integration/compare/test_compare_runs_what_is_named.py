"""`compare --suite`: two real environments, and what a test of one's own does in each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

TESTS = """
import pytest, pytest_asyncio

@pytest_asyncio.fixture
async def value(event_loop):
    return 1

@pytest.mark.asyncio
async def test_asks_for_event_loop(value):
    assert value == 1

def test_plain():
    pass
"""


def test_a_suite_is_run_on_both_sides_once_and_reported_test_by_test(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "test_mine.py").write_text(TESTS)
    compare = ["compare", "0.26.0", "1.0.0", "--suite", str(tmp_path / "mine"), "--results", str(tmp_path / "results")]
    assert main([*compare, "--exit-code", "--json"]) == 1
    printed = capsys.readouterr()
    data = json.loads(printed.out)
    assert data["tests"] == [
        {
            "suite": "suite:mine",
            "test": "test_mine.py::test_asks_for_event_loop",
            "pair": 0,
            "before": "passed",
            "after": "error in setup: event-loop-fixture-missing",
        }
    ]
    assert [change["category"] for change in data["pairs"][0]["changes"]] == ["appeared"]
    assert "2 cells in" in printed.err

    assert main(compare) == 0
    printed = capsys.readouterr()
    assert "2 reused" in printed.err
    assert f"cure --suite {tmp_path / 'mine'} --pytest-asyncio 1.0.0\n" in printed.out
    assert "test_mine.py::test_asks_for_event_loop" in printed.out
