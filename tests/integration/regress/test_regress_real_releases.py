"""A baseline of real cells, run again on the same and on other versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.cli.main import main
from harness.store.reading import read_results

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

CELLS = ("default/function/event_loop_fixture/aclose", "default/function/async_fixture/aclose")

EXPECTED = """
[[difference]]
select = "creation_site=event_loop_fixture"
versions = { pytest-asyncio = ">=1.0" }
after = "event-loop-fixture-missing"
reason = "event_loop was removed in pytest-asyncio 1.0"
until = "pytest-asyncio >= 9999"

[[difference]]
cells = ["every cell (warnings)", "every cell (leaks)"]
reason = "the plugin no longer warns in every suite"
until = "pytest-asyncio >= 9999"
"""


def test_an_upgrade_fails_until_what_it_changes_is_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline, summary = tmp_path / "baseline", tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    named = [argument for cell in CELLS for argument in ("--cell", cell)]
    assert main(["matrix", *named, "--pytest-asyncio", "0.26.0", "--results", str(baseline)]) == 0
    capsys.readouterr()

    regress = ["regress", "--baseline", str(baseline), "--results", str(tmp_path)]
    assert main([*regress, "--json"]) == 0
    same = json.loads(capsys.readouterr().out)
    assert (same["changed"], same["compared"], same["pairs"][0]["drift"]) == (0, 2, [])

    upgrade = [*regress, "--pytest-asyncio", "1.0.0"]
    assert main([*upgrade, "--format", "markdown"]) == 1
    text = capsys.readouterr().out
    assert "pytest-asyncio 0.26.0 → 1.0.0" in text
    assert "event-loop-fixture-missing" in text
    assert text.strip() in summary.read_text(encoding="utf-8")

    (baseline / "expected.toml").write_text(EXPECTED, encoding="utf-8")
    assert main(upgrade) == 0
    assert "excuses 1 difference" in capsys.readouterr().out
    assert len({run.header.run for run in read_results(tmp_path / "regress").runs}) == 3


def test_a_baseline_that_holds_both_releases_tells_what_lies_between_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results, baseline = tmp_path / "mine", tmp_path / "baseline"
    named = [argument for cell in CELLS for argument in ("--cell", cell)]
    assert main(["matrix", *named, "--pytest-asyncio", "0.26.0,1.0.0", "--results", str(results)]) == 0
    alone = ["--cell", CELLS[0], "--pytest-asyncio", "0.26.0", "--results", str(results)]
    assert main(["repro", *alone, "--into", str(tmp_path / "repro")]) == 0
    assert {run.header.profile for run in read_results(results).runs} == {"quick", "repro"}
    assert main(["baseline", "--results", str(results), "--into", str(baseline)]) == 0
    assert {len(run.outcomes) for run in read_results(baseline).runs} == {2}
    capsys.readouterr()

    regress = ["regress", "--baseline", str(baseline), "--results", str(tmp_path), "--pytest-asyncio", "1.0.0"]
    assert main([*regress, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] == 0
    assert main([*regress, "--against", "0.26.0"]) == 1
    text = capsys.readouterr().out
    assert "pytest-asyncio 0.26.0 → 1.0.0" in text
    assert "event-loop-fixture-missing" in text

    (baseline / "expected.toml").write_text(EXPECTED.replace("pytest-asyncio >=", "pytest-asynco >="), encoding="utf-8")
    assert main([*regress, "--against", "0.26.0"]) == 2
    assert "Did you mean 'pytest-asyncio'" in capsys.readouterr().err
