"""Progress on a terminal and elsewhere, with a clock that only moves when set."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.text import Text

from harness.output.display import make_progress, show_steps
from harness.output.live import LiveProgress
from harness.output.progress import PLAIN_INTERVAL, ExpectingErrors, PlainProgress
from harness.output.text import duration

ENVIRONMENT = "linux-x86_64/cpython-3.12/pytest-asyncio-1.5.0/valkey-6.2.0"
SHORT = "cpython-3.12/pytest-asyncio-1.5.0/valkey-6.2.0"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def plain(stream: io.StringIO, clock: Clock) -> PlainProgress:
    return PlainProgress(stream, clock=clock)


def test_plain_lines_come_at_intervals_not_with_every_cell(
    plain: PlainProgress, stream: io.StringIO, clock: Clock
) -> None:
    plain.started(100)
    for number in range(20):
        plain.cell_started(f"cell-{number}", ENVIRONMENT)
        clock.now += PLAIN_INTERVAL / 10
        plain.cell_finished(f"cell-{number}", ENVIRONMENT, "clean", unexpected=False)
    assert stream.getvalue().splitlines() == [
        "10/100 cells, 10 %, 2.0 cells/s, 45 s left",
        "20/100 cells, 20 %, 2.0 cells/s, 40 s left",
    ]


def test_what_is_left_is_estimated_only_when_some_cells_ran_and_not_by_the_time_before_them(
    plain: PlainProgress, stream: io.StringIO, clock: Clock
) -> None:
    plain.started(100)
    clock.now += 60  # environments are made
    for number in range(10):
        plain.cell_started(f"cell-{number}", ENVIRONMENT)
        clock.now += PLAIN_INTERVAL / 2
        plain.cell_finished(f"cell-{number}", ENVIRONMENT, "clean", unexpected=False)
    assert stream.getvalue().splitlines() == [
        f"0/100 cells, 0 %, running cell-0 on {SHORT}",
        "2/100 cells, 2 %",
        "4/100 cells, 4 %",
        "6/100 cells, 6 %, 3 min 55 s left",
        "8/100 cells, 8 %, 3 min 50 s left",
        "10/100 cells, 10 %, 3 min 45 s left",
    ]


def test_what_was_reused_is_done_but_says_nothing_of_the_pace(
    plain: PlainProgress, stream: io.StringIO, clock: Clock
) -> None:
    plain.started(100)
    for _ in range(60):
        plain.cell_reused("clean")
    for number in range(10):
        plain.cell_started(f"cell-{number}", ENVIRONMENT)
        clock.now += PLAIN_INTERVAL / 10
        plain.cell_finished(f"cell-{number}", ENVIRONMENT, "leaks", unexpected=False)
    plain.finished()
    assert stream.getvalue().splitlines() == [
        "70/100 cells, 70 %, 2.0 cells/s, 15 s left",
        "70 cells in 5 s (60 reused): 60 clean, 10 leaks",
    ]


def test_a_plain_line_names_the_cell_that_has_run_longest(
    plain: PlainProgress, stream: io.StringIO, clock: Clock
) -> None:
    plain.started(3)
    plain.cell_started("slow", ENVIRONMENT)
    clock.now += 1
    plain.cell_started("quick", ENVIRONMENT)
    clock.now += PLAIN_INTERVAL
    plain.cell_finished("quick", ENVIRONMENT, "clean", unexpected=False)
    assert stream.getvalue().endswith(f"running slow on {SHORT}\n")


def test_notes_and_what_is_unexpected_are_printed_at_once(plain: PlainProgress, stream: io.StringIO) -> None:
    plain.note("3 environments")
    plain.started(1)
    plain.cell_started("cell", ENVIRONMENT)
    plain.cell_finished("cell", ENVIRONMENT, "fails ValueError", unexpected=True)
    assert stream.getvalue().splitlines() == ["3 environments", f"unexpected: fails ValueError: cell on {SHORT}"]


def test_where_suites_are_there_to_fail_nothing_is_unexpected(plain: PlainProgress, stream: io.StringIO) -> None:
    with ExpectingErrors(plain) as progress:
        progress.started(2)
        progress.note("1 environment")
        progress.cell_started("cell", ENVIRONMENT)
        progress.cell_finished("cell", ENVIRONMENT, "fails ValueError", unexpected=True)
        progress.cell_reused("fails")
        progress.finished()
    assert stream.getvalue().splitlines() == ["1 environment", "2 cells in 0 s (1 reused): 2 fails"]


def test_the_last_line_counts_by_status(plain: PlainProgress, stream: io.StringIO, clock: Clock) -> None:
    plain.started(3)
    for label in ("clean", "reproduces loop-closed", "reproduces different-loop"):
        plain.cell_started("cell", ENVIRONMENT)
        plain.cell_finished("cell", ENVIRONMENT, label, unexpected=False)
    clock.now += 1.5
    plain.finished()
    assert stream.getvalue() == "3 cells in 2 s (2.0 cells/s): 2 reproduces, 1 clean\n"


def test_a_run_without_cells_divides_by_nothing(plain: PlainProgress, stream: io.StringIO) -> None:
    plain.started(0)
    plain.finished()
    assert stream.getvalue() == "0 cells in 0 s\n"


def test_where_all_is_done_only_the_last_line_says_so(plain: PlainProgress, stream: io.StringIO, clock: Clock) -> None:
    plain.started(1)
    plain.cell_started("cell", f"{ENVIRONMENT}/requirements-0e6f7ce8")
    clock.now += 2 * PLAIN_INTERVAL
    plain.note("a note")
    plain.cell_finished("cell", f"{ENVIRONMENT}/requirements-0e6f7ce8", "clean", unexpected=False)
    plain.finished()
    assert stream.getvalue().splitlines() == ["a note", "1 cell in 10 s: 1 clean"]


def test_slow_runs_have_no_cells_a_second_and_digests_are_not_shown(
    plain: PlainProgress, stream: io.StringIO, clock: Clock
) -> None:
    plain.started(2)
    plain.cell_started("cell", f"{ENVIRONMENT}/requirements-0e6f7ce8")
    clock.now += PLAIN_INTERVAL
    plain.cell_started("cell", f"{ENVIRONMENT}/copy-0e6f7ce8")
    assert stream.getvalue() == f"0/2 cells, 0 %, running cell on {SHORT}\n"


def test_a_terminal_gets_the_live_display_and_a_pipe_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(make_progress(Terminal()), LiveProgress)
    assert isinstance(make_progress(io.StringIO()), PlainProgress)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(make_progress(Terminal()), PlainProgress)


def test_steps_are_shown_on_a_terminal_alone_and_are_gone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        with show_steps(stream) as show:
            show("Reading [results] …")
    assert pipe.getvalue() == ""
    assert "Reading [results] …" in Text.from_ansi(terminal.getvalue()).plain
    assert terminal.getvalue().rpartition("…")[2].count("\x1b[2K") == 1  # the line is taken away


def test_the_live_display_shows_what_runs_and_what_was_met(clock: Clock) -> None:
    paper = Console(file=io.StringIO(), width=140, color_system=None)
    with LiveProgress(Console(file=Terminal()), clock=clock) as progress:
        progress.started(4)
        progress.cell_started("default/session/module_global/none", ENVIRONMENT)
        progress.cell_started("default/class/module_global/none", ENVIRONMENT)
        clock.now += 6
        progress.cell_finished("default/class/module_global/none", ENVIRONMENT, "leaks", unexpected=False)
        with paper.capture() as shown:
            paper.print(progress.render())
    lines = [" ".join(line.split()) for line in shown.get().splitlines()]
    assert lines[0].endswith("1/4 cells 25 % 18 s left")
    assert lines[1:] == [
        "default/session/module_global/none cpython-3.12/pytest-asyncio-1.5.0/valkey-6.2.0 6 s",
        "1 leaks",
    ]


def test_text_that_looks_like_markup_is_shown_as_it_is(clock: Clock) -> None:
    stream = Terminal()
    with LiveProgress(Console(file=stream, width=140, force_terminal=True, color_system=None), clock=clock) as progress:
        progress.note("left out: [bold]4 environments[/]")
        progress.cell_finished("cell", ENVIRONMENT, "fails [/red]", unexpected=True)
    assert "[bold]4 environments[/]" in stream.getvalue()
    assert "fails [/red]" in stream.getvalue()


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (185, "3 min 05 s"), (3720, "1 h 02 min")])
def test_durations_read_well(seconds: float, text: str) -> None:
    assert duration(round(seconds)) == text
