"""The program as a process: exit codes, and what goes to which stream."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from harness.cli.main import INTERRUPTED, _print_what_can_be_printed
from harness.errors import ExitCode

ROOT = Path(__file__).parents[3]
PROGRAM = (sys.executable, "-m", "harness")

# Runs the program with the module of `catalogue` replaced by the code that follows.
REPLACED = """
import sys, types
module = types.ModuleType("harness.commands.catalogue")
exec(sys.argv.pop(1), vars(module))
sys.modules[module.__name__] = module
from harness.cli.main import main
sys.exit(main())
"""


def harness(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        encoding="utf-8",
        capture_output=True,
        check=False,
        timeout=60,
    )


def start(code: str) -> subprocess.Popen[str]:
    """The program with a command `catalogue` that does what `code` says."""
    return subprocess.Popen(
        [sys.executable, "-c", REPLACED, textwrap.dedent(code), "catalogue"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def ended(code: str) -> tuple[int, str, str]:
    process = start(code)
    stdout, stderr = process.communicate(timeout=60)
    return process.returncode, stdout, stderr


@pytest.mark.parametrize("arguments", [(), ("--help",), ("matrix", "--help")])
def test_help_goes_to_standard_output_and_ends_with_0(arguments: tuple[str, ...]) -> None:
    done = harness(*arguments)
    assert (done.returncode, done.stderr) == (ExitCode.DONE, "")
    assert done.stdout.startswith("Usage: ")


@pytest.mark.parametrize("arguments", [("matrx",), ("matrix", "--pyton", "3.12"), ("matrix", "--jobs", "many")])
def test_a_usage_error_is_two_lines_on_standard_error_and_ends_with_2(arguments: tuple[str, ...]) -> None:
    done = harness(*arguments)
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, "")
    problem, remedy = done.stderr.splitlines()
    assert problem.startswith("error: ")
    assert remedy.startswith("  → ")


def test_a_terminal_that_cannot_show_a_sign_gets_a_question_mark() -> None:
    done = harness("matrx", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == ExitCode.USAGE
    assert "  ? Did you mean 'matrix'?" in done.stderr


def test_the_exit_code_of_a_command_is_the_program_s() -> None:
    assert ended("def run(options): print('differs'); return 1") == (ExitCode.DIFFERENCES, "differs\n", "")


def test_an_infrastructure_error_ends_with_3_and_no_traceback() -> None:
    code, stdout, stderr = ended(
        """
        from harness.errors import UvMissingError
        def run(options): raise UvMissingError("uv is missing.", remedy="Install it.")
        """
    )
    assert (code, stdout) == (ExitCode.INFRASTRUCTURE, "")
    assert stderr == "error: uv is missing.\n  → Install it.\n"


def test_what_nobody_foresaw_shows_its_traceback_and_ends_with_3() -> None:
    code, _, stderr = ended("def run(options): return {}['missing']")
    assert code == ExitCode.INFRASTRUCTURE
    assert "KeyError: 'missing'" in stderr
    assert stderr.endswith("Please report it with the lines above.\n")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no signals that a process can send to one other")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_unwinds_the_command_and_ends_with_130(number: signal.Signals) -> None:
    process = start(
        """
        import time
        def run(options):
            try:
                print("running", flush=True)
                time.sleep(60)
            finally:
                print("put away", flush=True)
        """
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED
    assert (stdout, stderr) == ("put away\n", f"{INTERRUPTED}\n")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no signals that a process can send to one other")
def test_a_second_signal_does_not_cut_short_what_the_first_began() -> None:
    process = start(
        """
        import time
        def run(options):
            try:
                print("running", flush=True)
                time.sleep(60)
            finally:
                print("putting away", flush=True)
                time.sleep(0.5)
                print("put away", flush=True)
        """
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "putting away\n"
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED
    assert (stdout, stderr) == ("put away\n", f"{INTERRUPTED}\n")


def test_a_full_disk_is_no_bug_wherever_it_is_met() -> None:
    code, _, stderr = ended("import errno\ndef run(options): raise OSError(errno.ENOSPC, 'No space left', 'there')")
    assert code == ExitCode.INFRASTRUCTURE
    assert stderr.startswith("error: The system refuses: No space left (there).\n  → ")
    assert len(stderr.splitlines()) == 2


def test_a_reader_that_leaves_early_is_no_error() -> None:
    process = start(
        """
        def run(options):
            print("first", flush=True)
            for number in range(100_000):
                print("more", number)
            return 0
        """
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "first\n"
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=60) == ExitCode.DONE


@pytest.mark.skipif(os.name != "posix", reason="needs a pipe of which nobody reads the other end")
def test_help_that_nobody_reads_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stdout:
        done = subprocess.run(
            [*PROGRAM, "matrix", "--help"], cwd=ROOT, stdout=stdout, stderr=subprocess.PIPE, check=False, timeout=60
        )
    assert (done.returncode, done.stderr) == (ExitCode.DONE, b"")


@pytest.mark.skipif(os.name != "posix", reason="the shell closes the stream")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_is_no_error(closed: str) -> None:
    command = f'"$0" -m harness catalogue {closed}; test $? = 0 && "$0" -m harness compare 0.26.0 1.0.0 {closed}'
    done = subprocess.run(["sh", "-c", command, sys.executable], cwd=ROOT, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (ExitCode.DONE, b"")


def test_a_pipe_that_breaks_elsewhere_is_an_error() -> None:
    code, _, stderr = ended("def run(options): raise BrokenPipeError('to a child')")
    assert code == ExitCode.INFRASTRUCTURE
    assert "BrokenPipeError: to a child" in stderr


def test_listing_what_there_is_starts_without_the_heavy_imports() -> None:
    code = (
        "import sys, harness.cli.main; sys.exit(', '.join(sys.modules.keys() & {'rich', 'valkey', 'jinja2'}) or None)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize(("platform", "expected"), [("win32", "“←”"), ("linux", "\x93?\x94")])
def test_what_goes_into_a_file_is_utf_8_on_windows_as_well(
    platform: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere the user's locale decides, and what it lacks is a question mark."""
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    written = io.BytesIO()
    stdout = io.TextIOWrapper(written, encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", stdout)
    _print_what_can_be_printed(platform)
    print("“←”", end="", flush=True)
    assert written.getvalue().decode("utf-8" if platform == "win32" else "latin-1") == expected
    monkeypatch.undo()
    stdout.detach()
