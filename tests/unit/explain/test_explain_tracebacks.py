from __future__ import annotations

import pytest

from harness.explain.naming import name_errors
from harness.explain.reading import read_text
from harness.verdicts.model import Channel
from harness.verdicts.observations import ObservationKind

CHAIN = """\
Traceback (most recent call last):
  File "/usr/lib/python3.12/asyncio/streams.py", line 542, in _wait_for_data
    await self._waiter
RuntimeError: Task <Task pending name='Task-9' coro=<test()>> got Future <Future pending> attached to a different loop

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/venv/lib/python3.12/site-packages/valkey/asyncio/connection.py", line 512, in disconnect
    self._writer.close()
  File "/usr/lib/python3.12/asyncio/base_events.py", line 539, in _check_closed
    raise RuntimeError('Event loop is closed')
RuntimeError: Event loop is closed
"""

GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "test_it.py", line 3, in <module>
  |     raise ExceptionGroup("errors", errors)
  | ExceptionGroup: errors (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "test_it.py", line 9, in a
    |     raise RuntimeError("Event loop is closed")
    | RuntimeError: Event loop is closed
    +---------------- 2 ----------------
    | Traceback (most recent call last):
    |   File "test_it.py", line 12, in b
    |     int("x")
    | ValueError: invalid literal for int() with base 10: 'x'
    +------------------------------------
"""


def names(text: str) -> list[tuple[str, str]]:
    return [(one.surface, one.root) for one in name_errors(read_text(text.encode()))]


def test_of_a_chain_the_last_printed_is_the_surface_and_the_first_the_root() -> None:
    (error,) = read_text(CHAIN.encode()).errors
    assert [raised.link for raised in error.chain] == ["surface", "context"]
    assert error.chain[0].origin == "asyncio/base_events.py:539 in _check_closed"
    assert names(CHAIN) == [("loop-closed", "different-loop")]


def test_what_another_error_was_raised_from_is_its_cause() -> None:
    text = CHAIN.replace(
        "During handling of the above exception, another exception occurred:",
        "The above exception was the direct cause of the following exception:",
    )
    (error,) = read_text(text.encode()).errors
    assert [raised.link for raised in error.chain] == ["surface", "cause"]


def test_each_member_of_an_exception_group_is_an_error_of_its_own() -> None:
    assert names(GROUP) == [("loop-closed", ""), ("", "")]


def test_an_error_that_the_interpreter_ignored_is_no_failure_of_a_test() -> None:
    head = "Exception ignored in: <function StreamWriter.__del__ at 0x7f>\n"
    traceback = CHAIN.rpartition("\n\n")[2]
    (error,) = read_text((head + traceback).encode()).errors
    assert (error.kind, error.channel) == (ObservationKind.UNRAISABLE, Channel.CLEANUP)
    assert names(head + traceback) == [("unraisable-on-closed-loop", "")]


def test_a_task_that_failed_unseen_has_its_own_error_as_the_root() -> None:
    head = "Task exception was never retrieved\n"
    future = "future: <Task finished coro=<a()> exception=RuntimeError('Event loop is closed')>\n"
    assert names(head + future) == [("exception-never-retrieved", "loop-closed")]


def test_a_traceback_inside_a_log_is_read_without_the_margin_of_the_log() -> None:
    text = "".join(f"2025-01-01T00:00:00.0000000Z {line}\n" for line in CHAIN.splitlines())
    assert names(text) == [("loop-closed", "different-loop")]


@pytest.mark.parametrize("end", ["", "Error:     raise RuntimeError('Event loop is closed')\n"])
def test_a_traceback_that_ends_before_its_message_shows_what_it_raises(end: str) -> None:
    lines = [
        "Traceback (most recent call last):",
        '  File "/usr/lib/python3.12/asyncio/base_events.py", line 545, in _check_closed',
        *([] if end else ["    raise RuntimeError('Event loop is closed')"]),
        end,
    ]
    (error,) = read_text("\n".join(lines).encode()).errors
    assert [(raised.type, raised.text) for raised in error.chain] == [("RuntimeError", "Event loop is closed")]
