"""When a suite has taken too long. Time is what the tests say it is."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from harness.launchers.deadlines import Deadline
from harness.launchers.model import Job
from harness.servers.model import Database
from harness.suites.conditions import Conditions


class Clock:
    now = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    return clock


def deadline(lines: Path, conditions: Conditions | None = None) -> Deadline:
    database = Database(url="valkey://127.0.0.1:1/0", number=0)
    job = Job(suite=Path("suite"), python=Path("python"), database=database, limit=30.0, conditions=conditions)
    return Deadline(job, lines)


def test_a_cell_has_a_whole_time_whatever_it_writes(clock: Clock, tmp_path: Path) -> None:
    it = deadline(tmp_path / "lines")
    clock.now += 29
    (tmp_path / "lines").write_text('{"kind": "phase-start", "test": "a", "when": "call"}\n')
    assert (it.find_reached(), it.count_remaining()) == ("", 1)
    clock.now += 1
    assert (it.find_reached(), it.count_remaining()) == ("cell", 0)
    assert it.get_limit("cell") == 30


def test_a_suite_that_gets_on_is_left_alone_until_its_whole_time_is_over(clock: Clock, tmp_path: Path) -> None:
    it = deadline(tmp_path / "lines", Conditions(patience=10, longest=100))
    with (tmp_path / "lines").open("a") as lines:
        for step in range(12):
            clock.now += 8
            lines.write(f'{{"kind": "test-phase", "test": "{step}"}}\n')
            lines.flush()
            assert it.find_reached() == ""
        assert it.count_remaining() == 4
    clock.now += 4
    assert it.find_reached() == "suite"
    assert it.get_limit("suite") == 100


@pytest.mark.parametrize(
    "line",
    [
        "",
        '{"kind": "connection", "name": "connection-1"}\n',
        '{"kind": "warning", "text": "\\"kind\\": \\"phase-start\\""}\n',
        '{"kind": "phase-start", "test": "half a line',
    ],
)
def test_what_is_no_step_of_a_test_does_not_count(clock: Clock, tmp_path: Path, line: str) -> None:
    it = deadline(tmp_path / "lines", Conditions(patience=10))
    clock.now += 9
    (tmp_path / "lines").write_text(line)
    assert it.find_reached() == ""
    clock.now += 1
    assert it.find_reached() == "progress"
    assert it.get_limit("progress") == 10


def test_a_line_that_was_half_written_counts_when_it_is_whole(clock: Clock, tmp_path: Path) -> None:
    it = deadline(tmp_path / "lines", Conditions(patience=10))
    with (tmp_path / "lines").open("a") as lines:
        lines.write('{"kind": "session-')
        lines.flush()
        clock.now += 9
        assert it.find_reached() == ""
        lines.write('end"}\n')
        lines.flush()
        clock.now += 9
        assert it.find_reached() == ""


def test_a_suite_that_never_writes_anything_is_stuck(clock: Clock, tmp_path: Path) -> None:
    it = deadline(tmp_path / "nothing", Conditions(patience=10))
    clock.now += 11
    assert it.find_reached() == "progress"
