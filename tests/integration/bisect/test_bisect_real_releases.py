"""A bisection over real releases, on a real server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

CELL = "default/function/event_loop_fixture/aclose"


def test_the_release_that_removed_event_loop_is_found_and_ranges_tell_it_afterwards(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = ["--results", str(tmp_path)]
    ends = ["--from", "0.26.0", "--to", "1.1.0"]
    assert main(["bisect", "--cell", CELL, *ends, "--repeat", "1", "--json", *results]) == 0
    captured = capsys.readouterr()
    (change,) = json.loads(captured.out)["changes"]
    assert (change["before"], change["since"], change["day"]) == ("0.26.0", "1.0.0", "2025-05-26")
    assert change["outcomes"][1] == "event-loop-fixture-missing"
    assert "pytest" in [drift["package"] for drift in change["besides"]]
    assert "(none left)" in captured.err
    # The same as text, with everything taken over from the first.
    assert main(["bisect", "--cell", CELL, *ends, "--repeat", "1", *results]) == 0
    assert "changed in pytest-asyncio 1.0.0, released 2025-05-26" in capsys.readouterr().out

    (tmp_path / "none").mkdir()
    assert main(["ranges", "--cell", CELL, *results, "--baseline", str(tmp_path / "none")]) == 0
    assert "event-loop-fixture-missing  shown since 1.0.0; 3 of" in capsys.readouterr().out


def test_equal_ends_are_reported_with_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ends = ["--from", "1.0.0", "--to", "1.1.0", "--repeat", "1"]
    assert main(["bisect", "--cell", CELL, *ends, "--results", str(tmp_path)]) == 2
    assert "The outcome in 1.0.0 and in 1.1.0 is the same: event-loop-fixture-missing." in capsys.readouterr().err


def test_a_suite_has_the_further_package_in_every_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "test_mine.py").write_text(
        "import humanize, pytest\n"
        "@pytest.mark.asyncio\n"
        "async def test_asks(event_loop): assert humanize.__version__ == '4.9.0'\n"
    )
    ends = ["--from", "0.26.0", "--to", "1.0.0", "--repeat", "1", "--results", str(tmp_path / "results")]
    suite = ["--suite", str(tmp_path / "mine"), "--with", "humanize==4.9.0"]
    assert main(["bisect", *suite, *ends, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    points = data["points"]
    ((test, became),) = data["tests"][0].items()
    assert test == "test_mine.py::test_asks"
    assert list(became.values()) == [["passed"], ["error in setup: event-loop-fixture-missing"]]
    assert [point["environment"].rpartition("/")[2] for point in points] == ["humanize-4.9.0"] * 2
    assert [point["outcome"] for point in points] == [
        "warns deprecation",
        "event-loop-fixture-missing in 1 test",
    ]
