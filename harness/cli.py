"""`python -m harness NAME …`: parse, run the command's module, and turn every ending into an exit code."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import signal
import sys
import threading
import traceback
from typing import TYPE_CHECKING, NoReturn, Protocol, cast

from harness.errors import ExitCode, HarnessError
from harness.parsing import Help, Parsed, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import msgspec


class CommandModule(Protocol):
    """What a module in `harness/commands` has: `run`, which prints its result and returns an exit code."""

    def run(self, options: msgspec.Struct) -> int: ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (`harness.errors.ExitCode`). Prints errors on standard error."""
    _print_what_can_be_printed()
    try:
        with _ending_signals_interrupt():
            code = _run(sys.argv[1:] if arguments is None else arguments)
            sys.stdout.flush()
            return code
    except HarnessError as error:
        _say(f"error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        _say("Interrupted.")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence: everything unforeseen ends here
        if isinstance(error, BrokenPipeError) and _reader_has_gone():
            return ExitCode.DONE
        _say(traceback.format_exc() + "This is a bug in the harness. Please report it with the lines above.")
        return ExitCode.INFRASTRUCTURE


def _run(arguments: Sequence[str]) -> int:
    try:
        parsed = parse(arguments)
    except Help as asked:
        print(asked.text, end="")
        return ExitCode.DONE
    return _module(parsed).run(parsed.request)


def _module(parsed: Parsed) -> CommandModule:
    # Imported here and not above: listing the catalogue must not wait for the imports of a server and a resolver.
    return cast("CommandModule", importlib.import_module(parsed.command.module))


@contextlib.contextmanager
def _ending_signals_interrupt() -> Iterator[None]:
    """Being told to end (SIGTERM, or SIGHUP when the terminal closes) unwinds like Ctrl-C, so that nothing is left."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # An ignored signal stays ignored: that is how nohup works.
    numbers = [number for name in names if signal.getsignal(number := getattr(signal, name)) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _print_what_can_be_printed() -> None:
    """A sign that the terminal's encoding lacks becomes a question mark, not a crash."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _say(text: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        print(text, file=sys.stderr, flush=True)


def _reader_has_gone() -> bool:
    """Whether the broken pipe is standard output and not one to a server or a child.

    If so, what is still buffered is discarded: it must not fail once more when Python exits.
    """
    try:
        print(flush=True)  # only writing tells, and nothing may be left in the buffer
    except BrokenPipeError:
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - needs the descriptor
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        return True
    return False
