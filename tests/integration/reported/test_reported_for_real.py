"""A report rebuilt and measured, on a real server in real environments."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.cli.main import main
from harness.environments.interpreters import discover

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

REPORT = "firebase-912"  # all of its states are about Python 3.12


def test_what_a_report_states_is_measured_and_not_measured_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = ["--results", str(tmp_path)]
    assert main(["reported", REPORT, "--json", *results]) == 0
    first = json.loads(capsys.readouterr().out)
    (report,) = first["reports"]
    if not any(one.minor == "3.12" for one in discover().found):
        assert {state["agreement"] for state in report["states"]} == {"not measured here"}
        return
    assert [(state["suite"], state["measured"]) for state in report["states"]] == [
        ("reported/firebase-912", "."),
        ("reported/firebase-912", "."),
        ("reported/firebase-912", "no tests: invalid-loop-scope in collection"),
        ("reported/firebase-912/function", "."),
    ]
    assert first["totals"]["agrees"] == 4

    assert main(["reported", REPORT, "--json", *results]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == first
    assert "4 reused" in captured.err
