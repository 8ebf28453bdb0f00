from __future__ import annotations

import pytest

from harness.explain.closest import find_closest
from harness.explain.naming import name_errors
from harness.explain.reading import read_text
from harness.explain.wordings import list_wordings
from harness.verdicts.signatures import load_signatures

DIFFERENT = "Task <Task pending name='Task-4' coro=<test()>> got Future <Future pending> attached to a different loop"

NAMED = {
    "Event loop is closed": "loop-closed",
    "event loop is closed": "loop-closed",
    "Event loop is closed.": "loop-closed",
    "“RuntimeError: Event loop is closed”": "loop-closed",
    "```\nRuntimeError: Event loop is closed\n```": "loop-closed",
    "My tests end with `RuntimeError: Event loop is closed` on Windows": "loop-closed",
    "<ExceptionInfo RuntimeError('Event loop is closed') tblen=3>": "loop-closed",
    '{"level": "error", "message": "RuntimeError: Event loop is closed"}': "loop-closed",
    "2025-01-01 12:00:00,000 ERROR worker: RuntimeError: Event loop is closed": "loop-closed",
    "E RuntimeError: Event loop is closed": "loop-closed",
    "conftest.py:3: RuntimeError: Event loop is closed": "loop-closed",
    f"RuntimeError: {DIFFERENT}": "different-loop",
    f"RuntimeError: {DIFFERENT[:60]}\n{DIFFERENT[60:]}": "different-loop",
    f"RuntimeError: {DIFFERENT[:-7]}\n{DIFFERENT[-7:]}": "different-loop",
    "got Future <Future pending> attached to a different loop": "different-loop",
    "RuntimeError: Task <Task pending name='Task-1' coro=<test_a() running at /backend/tests/te": "different-loop",
    "**`Error in a loop: <Queue at 0x26 maxsize=0> is bound to a different event loop`**": "bound-to-different-loop",
    "_There is no current event loop in thread 'MainThread'._": "no-current-loop",
    "builtins.RuntimeError: There is no current event loop in thread 'MainThread'.": "no-current-loop",
    '> File "C:\\Python311\\Lib\\asyncio\\proactor_events.py", line 401, in _loop_writing\n'
    ">     self._write_fut = self._loop._proactor.send(self._sock, data)\n"
    ">                       ^^^^^^^^^^^^^^^^^^^^^^^^^\n"
    "> AttributeError: 'NoneType' object has no attribute 'send'": "proactor-none-send",
    "fixture 'event_loop' not found": "event-loop-fixture-missing",
    "InterfaceError: cannot perform operation: another operation is in progress": "operation-in-progress",
    "asyncpg.exceptions.InterfaceError: cannot perform operation: another operation is in progress": (
        "operation-in-progress"
    ),
    "MissingGreenlet: greenlet_spawn has not been called; can't call await_only() here": "missing-greenlet",
    "unable to perform operation on <TCPTransport closed=True 0x7f>; the handler is closed": "uvloop-handler-closed",
    "ERROR:asyncio:Task was destroyed but it is pending!\ntask: <Task pending>": "task-destroyed",
    "Task exception was never retrieved\nfuture: <Task finished exception=KeyError('a')>": "exception-never-retrieved",
    "worker.py:9: RuntimeWarning: coroutine 'close' was never awaited": "never-awaited",
    "Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007f (most recent call first):": "crash",
}

NAMELESS = (
    "AssertionError: Event loop is closed",
    "TimeoutError: Timeout reading from 127.0.0.1:6379",
    "LookupError: fixture 'event_loop' not found",
    "AttributeError: 'NoneType' object has no attribute 'send'",
    "'NoneType' object has no attribute 'send'",
    "The extension is attached to a different loop device",
    (
        'File "client.py", line 3, in write\n    self.socket.send(data)\n'
        "AttributeError: 'NoneType' object has no attribute 'send'"
    ),
    "RuntimeError: Task <Task pending name='Task-1' coro=<test_a()>> yielded a number",
    "RuntimeError: Event loop stopped before Future completed.",
    "RuntimeError: Event loop is...",
    "DeprecationWarning: pkg_resources is deprecated as an API",
    "mylib.errors.TimeoutError: Timeout reading from 127.0.0.1:6379",
    "hello",
)


def names(text: str) -> list[str]:
    return [one.surface for one in name_errors(read_text(text.encode()))]


@pytest.mark.parametrize(("text", "name"), NAMED.items())
def test_a_message_is_named_however_it_is_quoted(text: str, name: str) -> None:
    assert names(text) == [name]


@pytest.mark.parametrize("text", NAMELESS)
def test_a_message_that_may_be_another_error_gets_no_name(text: str) -> None:
    assert names(text) == [""]


def test_errors_that_are_alike_are_one_with_a_count() -> None:
    text = (
        "RuntimeError: Event loop is closed\n\nValueError: 1\n\nRuntimeError: Event loop is closed\n\nValueError: 2\n"
    )
    found = name_errors(read_text(text.encode()))
    assert [(one.surface, one.count) for one in found] == [("loop-closed", 2), ("", 2)]


def closest(text: str) -> list[str]:
    (one,) = name_errors(read_text(text.encode()))
    return [f"{close.signature}: {close.reason}" for close in find_closest(one.error)]


def test_of_an_unknown_text_the_closest_signature_says_what_keeps_it_from_being_that() -> None:
    assert closest("AttributeError: 'NoneType' object has no attribute 'send'") == [
        "proactor-none-send: it is raised in proactor_events, and where this was raised isn't known"
    ]
    (first, *_) = closest("TimeoutError: Timeout reading from 127.0.0.1:6379")
    types = "valkey.exceptions.TimeoutError or redis.exceptions.TimeoutError"
    assert first == f"client-timeout: it is {types}, and this is TimeoutError"


def test_words_in_another_order_still_lead_to_the_signature() -> None:
    assert closest("the loop of the event was closed")[0].startswith("loop-closed: ")


@pytest.mark.parametrize("text", ["hello", "KeyError: 'user'", "make: *** No rule to make target 'event_loop'. Stop."])
def test_a_text_that_is_like_nothing_has_no_closest_signature(text: str) -> None:
    assert closest(text) == []


def test_the_wordings_of_a_pattern_are_plain_text() -> None:
    wordings = {
        signature.name: [wording for match in signature.match for wording in list_wordings(match)]
        for signature in load_signatures()
    }
    assert wordings["loop-closed"] == ["Event loop is closed"]
    assert wordings["nested-run"][:2] == [
        "asyncio.run() cannot be called from a running event loop",
        "Runner.run() cannot be called from a running event loop",
    ]
    assert wordings["uvloop-handler-closed"] == ["unable to perform operation on <…>; the handler is closed"]
    assert not [text for texts in wordings.values() for text in texts if "\\" in text]
