"""Reading files that may be anything, and writing a file so that no reader ever sees a part of it."""

from __future__ import annotations

import errno
import os
import re
import select
import stat
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import BufferedReader

PATIENCE = 10.0
"""Seconds that a pipe may stay silent, as `--env-file <(command)` or a FIFO that nobody writes to."""

PAUSES = tuple(0.005 * 2**step for step in range(9)) if sys.platform == "win32" else ()
"""Seconds between attempts to replace a file: 2.6 together."""

LARGEST = 16 * 2**20
"""Bytes that are read of a pipe."""

_KINDS = (
    (stat.S_ISDIR, "it is a folder, not a file"),
    (stat.S_ISFIFO, "it is a pipe, not a file"),
    (stat.S_ISSOCK, "it is a socket, not a file"),
    (lambda _mode: True, "it is a device, not a file"),
)

IGNORE_FILE = ".gitignore"
IGNORED = "*\n!baseline/\n!baseline/**\n"
"""What git leaves out of a results folder: all but what `baseline` writes, which is there to be committed."""

_RESULTS = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{4}\.|[a-z0-9]+-\w+_[a-z]+-[\d.]+_.*\.jsonl\.gz$")
"""Names of files that runs and `baseline` write."""


def open_regular(path: Path | str) -> BufferedReader:
    """Open a file to read it. Raises what `require_regular` raises."""
    require_regular(path)
    return os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb")


def require_regular(path: Path | str) -> None:
    """Raise `OSError` for what isn't there, and for what is no file: opening a pipe may wait for ever."""
    mode = os.stat(path).st_mode  # noqa: PTH116 - a run that repeats another one looks at thousands of files
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, next(text for fits, text in _KINDS if fits(mode)), str(path))


def read_regular(path: Path | str) -> bytes:
    """The content of a file. Raises what `open_regular` raises."""
    with open_regular(path) as file:
        return file.read()


def read_given(path: Path) -> bytes:
    """The content of a file or a pipe that the user names. Raises `OSError`, also for a pipe that doesn't end."""
    if stat.S_ISFIFO(path.stat().st_mode):
        return _read_pipe(path)
    return read_regular(path)


def are_results(folder: Path, names: Iterable[str]) -> bool:
    """Whether a folder with these files is one of results: what counts it in changes with every run."""
    names = tuple(names)
    return any(map(_RESULTS.match, names)) or (IGNORE_FILE in names and _is_made_by_us(folder / IGNORE_FILE))


def _is_made_by_us(path: Path) -> bool:
    try:
        return read_regular(path) == IGNORED.encode()
    except OSError:
        return False


def find_why_unwritable(folder: Path) -> str:
    """Why nothing can be written to the folder, which may not exist; empty if something can. Creates nothing."""
    for place in (folder.absolute(), *folder.absolute().parents):
        try:
            place.lstat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            return f"{error.strerror}"
        if not place.is_dir():
            return f"{place} is not a folder"
        return "" if os.access(place, os.R_OK | os.W_OK | os.X_OK) else f"no right to write to {place}"
    return f"there is no {folder}"


def replace_file(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader sees the old content or the new, never a part."""
    with _write_beside(path) as beside:
        beside.write_bytes(data)


@contextmanager
def replace_when_written(path: Path) -> Iterator[Path]:
    """The path of a file that is to be written, and then takes the place of one that the user names.

    It goes where writing fails. Of a link, the target is replaced. Raises `OSError` for what is no file: a device would
    be gone for the whole system.
    """
    real = Path(os.path.realpath(path))
    if real.exists():
        require_regular(real)
    with _write_beside(real) as beside:
        yield beside


def move(source: Path, target: Path) -> None:
    """Let a file or folder take a place, and that of a file that is there. Raises `OSError`.

    On Windows that is refused as long as somebody has either open, be it another thread that reads, or a virus scanner.
    """
    for pause in PAUSES:
        try:
            source.replace(target)
        except PermissionError:
            if target.is_dir():
                raise
            time.sleep(pause)
        else:
            return
    source.replace(target)


@contextmanager
def _write_beside(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not `tempfile`: what it makes only its owner can read, and the mode would stay with the file.
    beside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        yield beside
        move(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _read_pipe(path: Path) -> bytes:
    if sys.platform == "win32":
        return read_regular(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    content = b""
    end = time.monotonic() + 6 * PATIENCE
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN | select.POLLHUP)
        while time.monotonic() < end and len(content) <= LARGEST:
            if not poll.poll(PATIENCE * 1000):
                raise OSError(
                    errno.ETIMEDOUT, f"it is a pipe, and nothing came through it for {PATIENCE:.0f} s", f"{path}"
                )
            block = os.read(descriptor, 65536)
            if not block:
                return content
            content += block
    finally:
        os.close(descriptor)
    raise OSError(errno.EFBIG, "it is a pipe, and what comes through it doesn't end", f"{path}")
