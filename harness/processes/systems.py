"""Errors of the operating system that mean the same everywhere and look another way on Windows."""

from __future__ import annotations

import errno
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

WINDOWS = "win32"


def is_broken_pipe(error: BaseException, platform: str = sys.platform) -> bool:
    """Whether nobody reads any more what was written to a pipe. Windows then says `Invalid argument`."""
    return isinstance(error, BrokenPipeError) or (
        platform == WINDOWS and isinstance(error, OSError) and error.errno == errno.EINVAL
    )


@contextmanager
def ignore_broken_pipe(platform: str = sys.platform) -> Iterator[None]:
    """Writing inside does nothing where nobody reads."""
    try:
        yield
    except OSError as error:
        if not is_broken_pipe(error, platform):
            raise


@contextmanager
def name_program(program: str) -> Iterator[None]:
    """Starting a program inside raises `OSError` with its name, which Windows leaves out."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = program
        raise
