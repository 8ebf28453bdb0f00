"""Gives a forked child files of its own for whatever its parent printed to or captured in."""

from __future__ import annotations

import os
import stat
import tempfile
from typing import List, Tuple


class Descriptors:
    """Finds, when created, every descriptor that stands for standard output or error or for a temporary file.

    pytest keeps copies of the first two (to restore them after capturing, and for faulthandler), and its captured
    output goes to files without a name. Shared with the parent they would be shared with every other child.
    """

    def __init__(self) -> None:
        self._stdout: List[int] = []  # noqa: UP006 - as below
        self._stderr: List[int] = []  # noqa: UP006
        self._temporary: List[int] = []  # noqa: UP006 - evaluated by nobody, written as Python 3.8 would have it
        stdout, stderr = _identity(1), _identity(2)
        for name in os.listdir("/dev/fd"):  # noqa: PTH208 - numbers are wanted
            descriptor = int(name)
            try:
                found = os.fstat(descriptor)
            except OSError:  # the one that listed the folder
                continue
            identity = (found.st_dev, found.st_ino)
            if identity == stdout:
                self._stdout.append(descriptor)
            elif identity == stderr:
                self._stderr.append(descriptor)
            elif stat.S_ISREG(found.st_mode) and found.st_nlink == 0:
                self._temporary.append(descriptor)

    def replace(self, stdout: str, stderr: str) -> None:
        """Let them stand for the ends of these two files, and for empty temporary files."""
        for path, descriptors in ((stdout, self._stdout), (stderr, self._stderr)):
            opened = os.open(path, os.O_WRONLY)
            os.lseek(opened, 0, os.SEEK_END)
            _let_stand(descriptors, opened)
        for descriptor in self._temporary:
            with tempfile.TemporaryFile(buffering=0) as empty:
                _let_stand([descriptor], os.dup(empty.fileno()))


def _let_stand(descriptors: List[int], opened: int) -> None:  # noqa: UP006
    for descriptor in descriptors:
        os.dup2(opened, descriptor, inheritable=os.get_inheritable(descriptor))
    os.close(opened)


def _identity(descriptor: int) -> Tuple[int, int]:  # noqa: UP006
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino
