from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.explain.decoding import LARGEST, split_lines
from harness.explain.naming import name_errors
from harness.explain.reading import read_text

OUTPUT = """\
============================= test session starts ==============================
platform linux -- Python 3.12.1, pytest-8.2.2, pluggy-1.5.0
plugins: asyncio-0.23.8, anyio-4.4.0, xdist-3.6.1
asyncio: mode=strict
collected 1 item

test_it.py F                                                             [100%]

=================================== FAILURES ===================================
____________________________________ test_a ____________________________________

    async def test_a():
>       await client.get("a")
E       RuntimeError: Event loop is closed

test_it.py:4: RuntimeError
=========================== short test summary info ============================
FAILED test_it.py::test_a - RuntimeError: Event loop is closed
============================== 1 failed in 0.08s ===============================
"""


def prefixed(prefix: str, text: str = OUTPUT) -> bytes:
    return "".join(f"{prefix}{line}\n" for line in text.splitlines()).encode()


WRITTEN = {
    "as it is": OUTPUT.encode(),
    "CRLF": OUTPUT.replace("\n", "\r\n").encode(),
    "UTF-16 of PowerShell": OUTPUT.encode("utf-16"),
    "UTF-16 without a mark": OUTPUT.encode("utf-16-le"),
    "UTF-8 with a mark": OUTPUT.encode("utf-8-sig"),
    "Latin-1": OUTPUT.replace("client.get", "clienté.get").encode("latin-1"),
    "colours": prefixed("\x1b[1m\x1b[31m").replace(b"\n", b"\x1b[0m\n"),
    "GitHub": prefixed("2025-01-01T00:00:00.0000000Z "),
    "GitHub's command": prefixed("tests (3.12)\tRun pytest\t2025-01-01T00:00:00.0000000Z "),
    "Jenkins": prefixed("[2025-01-01T00:00:00.000Z] "),
    "docker compose": prefixed("tests-1  | "),
    "tox": prefixed("py312: "),
    "a quotation": prefixed("> "),
    "an indented block": prefixed("    "),
}


@pytest.mark.parametrize("data", WRITTEN.values(), ids=WRITTEN)
def test_an_output_is_read_however_it_is_handed_on(data: bytes) -> None:
    read = read_text(data)
    (one,) = name_errors(read)
    assert (one.surface, one.root, one.count, one.tests) == ("loop-closed", "", 1, ("test_it.py::test_a",))
    assert (read.kind, read.versions.python) == ("pytest", "3.12.1")
    assert read.versions.packages["pytest-asyncio"] == "0.23.8"


def test_two_errors_of_one_type_are_no_lines_with_a_common_prefix() -> None:
    found = name_errors(read_text(b"RuntimeError: Event loop is closed\nRuntimeError: no running event loop\n"))
    assert [one.surface for one in found] == ["loop-closed", "no-running-loop"]


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", b"\xff\xfe", b"\0\0\0"])
def test_an_empty_text_is_refused(data: bytes) -> None:
    with pytest.raises(UsageError, match="The text is empty"):
        read_text(data)


@pytest.mark.parametrize(
    "data", [bytes(range(256)), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"PK\x03\x04\x14\0\x08\x08\x08\0"]
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(UsageError, match="That is no text"):
        read_text(data)


def test_of_a_large_text_the_start_and_the_end_are_read_and_that_is_noted() -> None:
    log = b"2025-01-01 12:00:00 INFO request handled\n" * (LARGEST // 30)
    read = read_text(OUTPUT.encode() + log + OUTPUT.encode())
    assert [(one.surface, one.count) for one in name_errors(read)] == [("loop-closed", 2)]
    assert "weren't read" in read.notes[0]


def test_lines_are_numbered_as_in_the_whole_of_a_large_text() -> None:
    data = b"a line\n" * (LARGEST // 5) + b"RuntimeError: Event loop is closed\n"
    lines = split_lines(data)
    assert lines.number(len(lines.texts) - 2) == data.count(b"\n")


def test_a_long_line_takes_no_longer_than_its_length() -> None:
    read = read_text(b"_" * 50_000 + b"\n" + b"a(" * 50_000 + b"\nRuntimeError: Event loop is closed\n")
    assert [one.surface for one in name_errors(read)] == ["loop-closed"]


def test_one_line_that_is_too_large_is_read_from_its_start() -> None:
    lines = split_lines(b"RuntimeError: Event loop is closed" + b" " * (LARGEST + 5))
    assert lines.texts == ("RuntimeError: Event loop is closed",)
    assert lines.notes


def test_what_open_build_service_puts_before_each_line_is_left_out() -> None:
    logged = "".join(f"[{second:4}s] {line}\n" for second, line in enumerate(OUTPUT.splitlines()))
    assert "\n".join(split_lines(logged.encode()).texts).strip() == OUTPUT.strip()
