"""`python -m harness NAME …`: parse, run the command's module, and turn every ending into an exit code."""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any, Protocol, cast

from harness.cli.app import make_app, parse
from harness.cli.commands import COMMANDS
from harness.cli.passwords import SERVER_VARIABLE
from harness.cli.signals import allow_interruption
from harness.cli.sources import take_sources
from harness.errors import ExitCode, HarnessError, InfrastructureError
from harness.escaping import escape_controls, escape_message
from harness.processes.systems import WINDOWS, ignore_broken_pipe, is_broken_pipe
from harness.servers import secrecy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cyclopts import App


REFUSED = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN),
        *(errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR),
    }
)
"""What the system says when it has no more to give, and of places it can't get at, wherever in the harness that is."""


INTERRUPTED = "Interrupted. What was finished is kept, and the same command goes on from there."
INTERRUPTED_FRESH = "Interrupted. What was finished is kept, and the same command without --fresh goes on from there."


class CommandModule(Protocol):
    """What a module in `harness/commands` has: `run`, which prints its result and returns an exit code."""

    def run(self, options: Any) -> int: ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (`harness.errors.ExitCode`). Prints errors on standard error."""
    return run_program(make_app(), _run_command, sys.argv[1:] if arguments is None else arguments)


def run_program(app: App, run: Callable[[Any], int], arguments: Sequence[str]) -> int:
    """Run a program with what `app` reads from the arguments, and turn every ending into an exit code."""
    _open_closed_streams()
    say = _make_discreet(*arguments, os.environ.get(SERVER_VARIABLE, ""))
    _print_what_can_be_printed()
    try:
        with allow_interruption():
            options = parse(arguments, app)
            code = ExitCode.DONE if options is None else run(options)
            sys.stdout.flush()
            return code
    except HarnessError as error:
        say(escape_message(f"error: {error}"))
        return error.exit_code
    except KeyboardInterrupt:
        say(INTERRUPTED_FRESH if "--fresh" in arguments else INTERRUPTED)
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence: everything unforeseen ends here
        if is_broken_pipe(error) and _has_reader_gone():
            return ExitCode.DONE
        if isinstance(error, OSError) and error.errno in REFUSED:
            say(escape_message(f"error: {_make_refused_error(error)}"))
            return ExitCode.INFRASTRUCTURE
        details = escape_controls(traceback.format_exc())
        say(f"{details}This is a bug in the harness. Please report it with the lines above.")
        return ExitCode.INFRASTRUCTURE


def _run_command(options: object) -> int:
    (command,) = (command for command in COMMANDS if command.options == type(options).__name__)
    # Imported here and not above: listing the catalogue must not wait for the imports of a server and a resolver.
    taken = take_sources(options, lambda text: print(escape_message(text), file=sys.stderr, flush=True))
    return cast("CommandModule", importlib.import_module(command.module)).run(taken)


def _open_closed_streams() -> None:
    """Discard what is written to a stream that was closed, as by `>&-`; its number must not become another file's."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - open until the end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


def _print_what_can_be_printed(platform: str = sys.platform) -> None:
    """A sign that the terminal's encoding lacks becomes a question mark, not a crash.

    Into a file or a pipe goes UTF-8 on Windows as well, where Python would take the code page: JSON must be UTF-8.
    """
    named = os.environ.get("PYTHONIOENCODING")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if platform == WINDOWS and not named and not stream.isatty():
                stream.reconfigure(encoding="utf-8")
            stream.reconfigure(errors="replace")


def _make_refused_error(error: OSError) -> InfrastructureError:
    where = f" ({error.filename})" if error.filename else ""
    return InfrastructureError(
        f"The system refuses: {error.strerror}{where}.",
        remedy="What was recorded before is kept. Mend that, or name another place, then run again.",
    )


def _make_discreet(*given: str) -> Callable[[str], None]:
    """Prints on standard error, without the passwords in what was given: addresses, and lists of them."""
    addresses = [address for each in given for address in (each, *each.split(","))]

    def say(text: str) -> None:
        for address in addresses:
            text = secrecy.hide_password(text, address)
        with ignore_broken_pipe():
            print(text, file=sys.stderr, flush=True)

    return say


def _has_reader_gone() -> bool:
    """Whether the broken pipe is standard output and not one to a server or a child.

    If so, what is still buffered is discarded: it must not fail once more when Python exits.
    """
    try:
        print(flush=True)  # only writing tells, and nothing may be left in the buffer
    except OSError as error:
        if not is_broken_pipe(error):
            raise
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - needs the descriptor
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        return True
    return False
