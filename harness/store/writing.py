"""Writing results: a line as soon as a cell finishes."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import msgspec

from harness.errors import InfrastructureError
from harness.store.files import make_results_file_name
from harness.store.model import CellRecheck, Footer, Header, Line, Outcome

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class RunWriter:
    """One results file: the header on entering, outcomes and re-checks as they come, the footer at a clean end.

    Lines reach the operating system in one write before `write` returns, so a process that dies loses at most those
    in flight. Lines are not synced to disk one by one: a machine that loses power may lose the last seconds.
    Safe to use from several threads. Raises `InfrastructureError` when the file exists or the disk is full.
    """

    def __init__(self, folder: Path, header: Header, *, part: int = 1) -> None:
        self.path = folder / make_results_file_name(header, part)
        self._header = header
        self._lock = threading.Lock()
        self._file = -1
        self._outcomes = 0
        self._started = 0.0

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._file = os.open(self.path, flags, 0o666)  # less what the umask takes
        except OSError as error:
            raise InfrastructureError(
                f"Results can't be written to {self.path}: {error.strerror}.", remedy="Choose another --results folder."
            ) from error
        self._started = time.monotonic()
        try:
            self._append(self._header)
        except BaseException:
            os.close(self._file)
            self.path.unlink()
            raise
        return self

    def write(self, *lines: Outcome | CellRecheck) -> None:
        """Append outcomes and re-checks."""
        with self._lock:
            self._append(*lines)
            self._outcomes += sum(isinstance(line, Outcome) for line in lines)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            try:
                if kind is None:
                    self._append(self._footer())
                    os.fsync(self._file)
            finally:
                os.close(self._file)

    def _footer(self) -> Footer:
        return Footer(
            outcomes=self._outcomes,
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            wall=round(time.monotonic() - self._started, 3),
        )

    def _append(self, *lines: Line) -> None:
        data = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        before = os.fstat(self._file).st_size
        try:
            written = os.write(self._file, data)
            while written < len(data):
                written += os.write(self._file, data[written:])
        except OSError as error:
            # Half a line would spoil the next one, should there be room again.
            with suppress(OSError):
                os.ftruncate(self._file, before)
            raise InfrastructureError(
                f"Results can't be written to {self.path}: {error.strerror}.",
                remedy="What is in the file already stays usable; make room and run again.",
            ) from error
