"""Places that a run writes to: what can't be written there is an error with a remedy, never a traceback."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from harness.errors import InfrastructureError
from harness.files import IGNORE_FILE, IGNORED, find_why_unwritable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RESULTS_REMEDY = "What is there already stays usable. Make room, or choose another --results folder, and run again."
SUITES_REMEDY = "Make room there, or let TMPDIR name another folder, and run again."


@contextlib.contextmanager
def report_storage_errors(what: str, place: Path, remedy: str) -> Iterator[None]:
    """Raise `InfrastructureError` where the system refuses to write `what` to `place`."""
    try:
        yield
    except OSError as error:
        raise InfrastructureError(f"{what} can't be written to {place}: {error.strerror}.", remedy=remedy) from error


def require_writable(folder: Path, what: str = "Results", remedy: str = "Choose another --results folder.") -> None:
    """Raise `InfrastructureError` if `what` couldn't be written to `folder`, which may not exist. Creates nothing."""
    if reason := find_why_unwritable(folder):
        raise InfrastructureError(f"{what} can't be written to {folder}: {reason}.", remedy=remedy)


def keep_out_of_git(folder: Path) -> None:
    """Make a results folder that isn't there yet, and in a git tree tell git to leave out what is local.

    A folder that is there is the user's, and stays as it is.
    """
    if folder.exists() or not any((parent / ".git").exists() for parent in folder.absolute().parents):
        return
    with report_storage_errors("Results", folder, RESULTS_REMEDY):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / IGNORE_FILE).write_text(IGNORED, encoding="utf-8", newline="\n")
