"""Nothing that comes from elsewhere controls the terminal on which it is shown."""

from __future__ import annotations

import io
import json
import os
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from harness.cli.main import main
from harness.errors import ExitCode
from harness.escaping import escape_controls, escape_message
from harness.output.live import LiveProgress
from harness.output.printing import print_json, print_lines
from harness.output.progress import NotesOnly, PlainProgress

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "a\x1b]0;title\x07b\x9b31mc\u202ed\re"
CONTROLS = frozenset("\x1b\x07\x9b\u202e\r\x00")
COMMANDS = ("matrix", "regress", "ranges", "reclassify", "clean-results", "baseline", "report --csv")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_path_in_a_message_is_escaped(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / HOSTILE
    place.touch()
    options = ["--results", str(place)]
    options += ["--baseline", str(place)] if command in ("ranges", "regress", "report --csv") else []
    assert main([*command.split(), *options]) != ExitCode.DONE
    printed = capsys.readouterr()
    assert CONTROLS.isdisjoint(printed.err + printed.out)
    assert "a\\x1b]0;title\\x07b\\x9b31mc\\u202ed\\re" in printed.err
    assert "Traceback" not in printed.err


@pytest.mark.parametrize("option", ["--cell", "--select", "--suite", "--python", "--server", "--tables", "--profile"])
def test_a_value_in_a_message_is_escaped(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matrix", option, HOSTILE]) == ExitCode.USAGE
    assert CONTROLS.isdisjoint(capsys.readouterr().err)


def test_an_error_that_a_server_answers_is_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer, args=[listener, f"-ERR {HOSTILE}\r\n".encode()], daemon=True).start()
        url = f"valkey://127.0.0.1:{listener.getsockname()[1]}/3"
        code = main(
            ["matrix", "--cell", "default/function/inside_test/none", "--server", url, "--results", str(tmp_path)]
        )
    assert code == ExitCode.INFRASTRUCTURE
    printed = capsys.readouterr().err
    assert "title" in printed
    assert CONTROLS.isdisjoint(printed)


def answer(listener: socket.socket, reply: bytes) -> None:
    """Say the same to everybody, until the listener is closed."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            while connection.recv(4096):
                connection.sendall(reply)


def test_notes_and_labels_are_escaped_on_every_display() -> None:
    stream, screen = io.StringIO(), io.StringIO()
    console = Console(file=screen, force_terminal=False)
    for progress in (PlainProgress(stream), NotesOnly(stream), LiveProgress(console)):
        progress.note(HOSTILE)
        progress.cell_finished("cell", "environment", f"fails {HOSTILE}", unexpected=True)
    assert CONTROLS.isdisjoint(stream.getvalue() + screen.getvalue())
    assert stream.getvalue().count("title") == 3
    assert screen.getvalue().count("title") == 2


def test_what_is_printed_in_the_end_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    print_lines(HOSTILE)
    assert capsys.readouterr().out == "a\\x1b]0;title\\x07b\\x9b31mc\\u202ed\\re\n"
    print_json({"text": HOSTILE})
    printed = capsys.readouterr().out
    assert CONTROLS.isdisjoint(printed)
    assert json.loads(printed) == {"text": HOSTILE}


def test_the_name_of_a_file_that_is_no_utf_8_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    name = os.fsdecode(b"caf\xe9")
    assert escape_controls(name) == "caf\\xe9"
    print_json({"path": name})
    assert os.fsencode(json.loads(capsys.readouterr().out)["path"]) == b"caf\xe9"


def test_a_line_of_a_message_cannot_be_taken_for_another_message() -> None:
    assert escape_message("error: no file a\nerror: b\n  → mend") == "error: no file a\n  error: b\n  → mend"


def test_ordinary_text_stays_as_it_is() -> None:
    assert escape_controls("Größe · 5 cells → ✓\n") == "Größe · 5 cells → ✓\n"
