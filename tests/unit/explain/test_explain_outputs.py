from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.explain.naming import name_errors
from harness.explain.reading import read_text
from harness.verdicts.model import Channel
from harness.verdicts.observations import ObservationKind

LONG = """\
self = <valkey.asyncio.connection.Connection(host=127.0.0.1,port=6379,db=0)>

    async def read_response(self):
        try:
>           await self._stream.readuntil()

asyncio/streams.py:542:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _

    async def _wait_for_data(self, func_name):
>           await self._waiter
E           RuntimeError: Task <Task pending name='Task-9'> got Future <Future pending> attached to a different loop

/usr/lib/python3.12/asyncio/streams.py:542: RuntimeError

During handling of the above exception, another exception occurred:

    def _check_closed(self):
        if self._closed:
>           raise RuntimeError('Event loop is closed')
E           RuntimeError: Event loop is closed

/usr/lib/python3.12/asyncio/base_events.py:539: RuntimeError
"""

SHORT = """\
asyncio/streams.py:542: in _wait_for_data
    await self._waiter
E   RuntimeError: Task <Task pending name='Task-9'> got Future <Future pending> attached to a different loop

During handling of the above exception, another exception occurred:
asyncio/base_events.py:539: in _check_closed
    raise RuntimeError('Event loop is closed')
E   RuntimeError: Event loop is closed
"""


def make_output(title: str, body: str, summary: str, section: str = "FAILURES") -> str:
    return (
        f"{f' {section} '.center(80, '=')}\n{f' {title} '.center(80, '_')}\n{body}"
        f"=========================== short test summary info ============================\n{summary}\n"
        "============================== 1 failed in 0.08s ===============================\n"
    )


def find(text: str) -> list[tuple[str, str, Channel, int]]:
    return [
        (one.surface, one.root, one.error.channel, one.count)
        for one in name_errors(read_text(text.encode()))
        if one.error.kind in (ObservationKind.EXCEPTION, ObservationKind.PROBLEM)
    ]


@pytest.mark.parametrize("body", [LONG, SHORT], ids=["long", "short"])
def test_a_failure_is_read_as_a_chain_and_counts_once_though_the_summary_shows_it_too(body: str) -> None:
    text = make_output(
        "TestA.test_a", body, "FAILED tests/test_it.py::TestA::test_a - RuntimeError: Event loop is c..."
    )
    assert find(text) == [("loop-closed", "different-loop", Channel.BODY, 1)]
    (error,) = read_text(text.encode()).errors
    assert error.test == "tests/test_it.py::TestA::test_a"
    assert error.chain[0].origin == "asyncio/base_events.py:539 in _check_closed"


def test_an_error_of_the_teardown_is_one_of_the_cleanup_and_one_of_the_setup_is_not() -> None:
    summary = "ERROR test_it.py::test_a - RuntimeError: Event loop is closed"
    for phase, channel in (("setup", Channel.BODY), ("teardown", Channel.CLEANUP)):
        text = make_output(f"ERROR at {phase} of test_a", "E   RuntimeError: Event loop is closed\n", summary, "ERRORS")
        assert find(text) == [("loop-closed", "", channel, 1)]


def test_what_failed_in_the_call_and_again_in_the_teardown_counts_twice() -> None:
    text = """\
==================================== ERRORS ====================================
_________________________ ERROR at teardown of test_a __________________________
E   RuntimeError: Event loop is closed
=================================== FAILURES ===================================
____________________________________ test_a ____________________________________
E   RuntimeError: Event loop is closed
=========================== short test summary info ============================
FAILED test_it.py::test_a - RuntimeError: Event loop is closed
ERROR test_it.py::test_a - RuntimeError: Event loop is closed
"""
    assert find(text) == [("loop-closed", "", Channel.CLEANUP, 1), ("loop-closed", "", Channel.BODY, 1)]


def test_without_tracebacks_the_summary_is_what_counts() -> None:
    text = """\
=========================== short test summary info ============================
FAILED test_it.py::test_a - RuntimeError: Event loop is cl...
FAILED test_it.py::test_b - RuntimeError: Task <Task pending name='Task-4' co...
FAILED test_it.py::test_c - RuntimeError: Ev...
ERROR test_it.py::test_b - pytest_asyncio.plugin.MultipleEventLoo...
"""
    assert [name for name, *_ in find(text)] == ["loop-closed", "different-loop", "", "multiple-loops-requested"]


def test_failures_of_one_line_each_get_their_tests_from_the_summary() -> None:
    text = """\
=================================== FAILURES ===================================
/usr/lib/python3.12/asyncio/base_events.py:539: RuntimeError: Event loop is closed
/home/me/test_it.py:9: assert 1 == 2
=========================== short test summary info ============================
FAILED test_it.py::test_a - RuntimeError: Event loop is closed
FAILED test_it.py::test_b - assert 1 == 2
"""
    found = name_errors(read_text(text.encode()))
    assert [(one.surface, one.tests) for one in found] == [
        ("loop-closed", ("test_it.py::test_a",)),
        ("", ("test_it.py::test_b",)),
    ]


def test_a_failure_that_pytest_prints_without_its_type_is_named() -> None:
    body = (
        "ScopeMismatch: You tried to access the 'function' scoped fixture 'event_loop' with a 'session' scoped request "
        "object, involved factories\nconftest.py:5:  def client(event_loop)\n"
    )
    text = make_output("ERROR at setup of test_a", body, "ERROR test_it.py::test_a - Failed: ScopeMis...", "ERRORS")
    assert find(text) == [("scope-mismatch", "", Channel.BODY, 1)]


def test_a_fixture_that_is_missing_is_named_though_no_type_is_printed() -> None:
    body = "E       fixture 'event_loop' not found\n>       available fixtures: cache\n\n/home/me/test_it.py:3\n"
    text = make_output("ERROR at setup of test_a", body, "ERROR test_it.py::test_a", "ERRORS")
    assert find(text) == [("event-loop-fixture-missing", "", Channel.BODY, 1)]


def test_what_was_captured_is_no_failure_of_the_test() -> None:
    body = """\
E   assert 1 == 2
----------------------------- Captured stderr call -----------------------------
Traceback (most recent call last):
  File "app.py", line 3, in work
RuntimeError: Event loop is closed
------------------------------ Captured log call -------------------------------
ERROR    asyncio:base_events.py:1821 Task was destroyed but it is pending!
"""
    text = make_output("test_a", body, "FAILED test_it.py::test_a - assert 1 == 2")
    assert find(text) == [("", "", Channel.BODY, 1)]
    others = [one for one in name_errors(read_text(text.encode())) if one.error.kind is not ObservationKind.EXCEPTION]
    assert [(one.surface, one.error.channel) for one in others] == [
        ("loop-closed", Channel.BACKGROUND),
        ("task-destroyed", Channel.CLEANUP),
    ]


def test_the_summary_of_warnings_and_what_is_printed_after_the_session_are_read() -> None:
    text = """\
=============================== warnings summary ===============================
test_it.py::test_a
  /venv/lib/python3.12/site-packages/_pytest/unraisableexception.py:85: PytestUnraisableExceptionWarning: \
Exception ignored in: <function StreamWriter.__del__ at 0x7f>
\x20\x20
  Traceback (most recent call last):
    File "/usr/lib/python3.12/asyncio/base_events.py", line 539, in _check_closed
      raise RuntimeError('Event loop is closed')
  RuntimeError: Event loop is closed
\x20\x20
    warnings.warn(pytest.PytestUnraisableExceptionWarning(msg))

test_it.py::test_a
  /home/me/test_it.py:3: RuntimeWarning: coroutine 'close' was never awaited
    client.close()

-- Docs: https://docs.pytest.org/en/stable/how-to/capture-warnings.html
======================== 1 passed, 2 warnings in 0.08s =========================
Task was destroyed but it is pending!
task: <Task pending name='Task-3' coro=<reader()>>
"""
    found = name_errors(read_text(text.encode()))
    assert [one.surface for one in found] == ["unraisable-on-closed-loop", "never-awaited", "task-destroyed"]


def test_a_file_that_cannot_be_collected_is_a_problem_of_its_own() -> None:
    text = make_output(
        "ERROR collecting test_it.py",
        "test_it.py:3: in <module>\n    asyncio.get_running_loop()\nE   RuntimeError: no running event loop\n",
        "ERROR test_it.py - RuntimeError: no running event loop",
        "ERRORS",
    )
    (one,) = name_errors(read_text(text.encode()))
    assert (one.surface, one.error.kind, one.tests) == ("no-running-loop", ObservationKind.PROBLEM, ("test_it.py",))


def test_the_header_names_versions_and_settings() -> None:
    text = """\
platform win32 -- Python 3.11.7, pytest-8.3.5, pluggy-1.5.0 -- C:\\Python311\\python.exe
plugins: anyio-4.4.0, asyncio-0.26.0, cov-5.0.0
asyncio: mode=Mode.AUTO, asyncio_default_fixture_loop_scope=session, asyncio_default_test_loop_scope=function
"""
    versions = read_text(text.encode()).versions
    assert (versions.system, versions.python) == ("win32", "3.11.7")
    assert versions.packages == {
        "pytest": "8.3.5",
        "pluggy": "1.5.0",
        "anyio": "4.4.0",
        "pytest-asyncio": "0.26.0",
        "pytest-cov": "5.0.0",
    }
    assert versions.settings["asyncio_mode"] == "auto"
    assert versions.settings["asyncio_default_fixture_loop_scope"] == "session"


def test_without_a_header_paths_tell_the_python_and_a_note_says_so() -> None:
    read = read_text(LONG.encode())
    assert (read.versions.python, read.versions.system) == ("3.12", "")
    assert "Paths in it are those of Python 3.12" in read.notes[0]


@pytest.mark.parametrize(
    ("text", "packages"),
    [
        ('  File "/x/site-packages/redis/asyncio/connection.py", line 5, in connect\n', {"redis": ""}),
        (".venv\\Lib\\site-packages\\valkey\\asyncio\\client.py:5: in execute_command\n", {"valkey": ""}),
        ("redis/asyncio/client.py:5: in f\nvalkey/asyncio/client.py:5: in f\n", {}),
        ("Successfully installed valkey-6.1.0\nredis/asyncio/client.py:5: in f\n", {"valkey": "6.1.0"}),
        ("tests/redis/asyncio/test_client.py:5: in f\n", {}),
    ],
)
def test_the_client_is_the_one_whose_files_are_in_tracebacks(text: str, packages: dict[str, str]) -> None:
    read = read_text(f"{text}E   RuntimeError: Event loop is closed\n".encode())
    assert read.versions.packages == packages


def test_an_output_without_an_error_has_none() -> None:
    text = "============================= test session starts =====\n===== 3 passed in 0.08s =====\n"
    assert read_text(text.encode()).errors == ()


JUNIT = """\
<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" tests="2"><properties>
<property name="pytest-asyncio" value="1.5.0"/></properties>
<testcase classname="tests.test_it.TestA" name="test_a" time="0.1">\
<failure message="RuntimeError: Event loop is closed">{}
</failure></testcase>
<testcase classname="tests.test_it" name="test_b">\
<error message="failed on teardown with &quot;RuntimeError: no running event loop&quot;">
E   RuntimeError: no running event loop
</error><system-err>Unclosed client session
client_session: &lt;aiohttp.client.ClientSession object at 0x7f&gt;</system-err></testcase></testsuite></testsuites>
"""


def test_a_junit_file_is_read_with_its_tests_and_phases() -> None:
    read = read_text(JUNIT.format(SHORT.replace("<", "&lt;")).encode())
    assert read.kind == "junit"
    assert read.versions.packages == {"pytest-asyncio": "1.5.0"}
    assert [(one.surface, one.root, one.error.channel, one.tests) for one in name_errors(read)] == [
        ("loop-closed", "different-loop", Channel.BODY, ("tests/test_it.py::TestA::test_a",)),
        ("no-running-loop", "", Channel.CLEANUP, ("tests/test_it.py::test_b",)),
        ("unclosed-resource", "", Channel.CLEANUP, ("tests/test_it.py::test_b",)),
    ]


def test_of_a_junit_failure_without_a_text_the_message_is_read() -> None:
    read = read_text(JUNIT.format("").encode())
    assert name_errors(read)[0].surface == "loop-closed"


def test_a_junit_file_that_is_cut_off_is_read_as_far_as_it_goes() -> None:
    whole = JUNIT.format("E   RuntimeError: Event loop is closed")
    read = read_text(whole.partition("<system-err>")[0].encode())
    assert name_errors(read)[0].surface == "loop-closed"
    assert "is broken in line" in read.notes[0]


def test_entities_of_a_junit_file_are_never_expanded() -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><testsuite>&c;</testsuite>'
    with pytest.raises(UsageError, match="declares a document type"):
        read_text(bomb.encode())
