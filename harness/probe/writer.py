"""Appends records to the evidence file, each at once, so that a crash keeps everything seen before it."""

from __future__ import annotations

import errno
import os
import sys

# Bound here because a suite may replace them: a replaced `json.dumps` or `os.write` must not reach the evidence.
from json import JSONEncoder
from os import close, getpid, write
from typing import Dict

if sys.platform != "win32":
    from fcntl import F_DUPFD_CLOEXEC, fcntl

# Suites (and daemons they start) close "all" descriptors by a range that often ends at 256 or 1024.
LOWEST_DESCRIPTOR = 1030

Record = Dict[str, object]

# An object of our own still works when `json`'s globals are gone, late in the interpreter's shutdown.
_encode = JSONEncoder().encode


def open_for_appending(path: str) -> int:
    """A descriptor for `path`, numbered high enough to survive most suites, not inherited by programs they start."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o644)
    if sys.platform != "win32":
        descriptor = _moved_up(descriptor)
    return descriptor


if sys.platform != "win32":  # no fcntl there, and no habit of closing descriptors by range

    def _moved_up(descriptor: int) -> int:
        for lowest in (LOWEST_DESCRIPTOR, 200):
            try:
                high = fcntl(descriptor, F_DUPFD_CLOEXEC, lowest)
            except OSError:  # above the process's limit
                continue
            close(descriptor)
            return high
        return descriptor


class Writer:
    """One JSON object a line: the record's tag `kind` first, then its fields.

    Only the process that created the writer writes: children that a suite forks inherit it, but what happens in them
    is not evidence. Never raises: a lost descriptor is opened again; when the file can't be written (disk full),
    nothing more is, so `session-end` will be missing.
    """

    def __init__(self, path: str | None = None) -> None:
        self._broken = True
        if path is not None:
            self.begin(path)

    def begin(self, path: str) -> None:
        """Write to this file from now on, in this process."""
        self._path = os.path.abspath(path)  # noqa: PTH100 - the suite may change directory; pathlib gains nothing here
        self._descriptor = open_for_appending(self._path)
        self._owner = getpid()
        self._broken = False

    def write(self, kind: str, fields: Record) -> None:
        """Append one record."""
        if self._broken or getpid() != self._owner:
            return
        line = _encode({"kind": kind, **fields}).encode("ascii") + b"\n"
        try:
            self._append(line)
        except OSError:
            self._broken = True

    def _append(self, line: bytes) -> None:
        while line:
            line = line[self._write_some(line) :]

    def _write_some(self, line: bytes) -> int:
        try:
            return write(self._descriptor, line)
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
        self._descriptor = open_for_appending(self._path)
        return write(self._descriptor, line)
