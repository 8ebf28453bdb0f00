"""What a suite's process may take. Every process that the suite starts inherits it, whatever else it leaves behind."""

from __future__ import annotations

import contextlib
import sys

RESERVE = 32 * 2**20
"""Bytes of memory on top of the limit."""

if sys.platform == "win32":

    def confine(memory: int, output: int, mark: int) -> None:
        """Windows limits no process; whoever started it watches."""

    def relax() -> None:
        """There is no limit to relax."""

else:
    import resource

    def confine(memory: int, output: int, mark: int) -> None:
        """Limit this process to `memory` bytes of its own and to files of `output` bytes, and mark it.

        Of the limits on memory, the one on data: the one on address space is used up by what costs nothing, such as
        the 64 MiB that glibc sets aside for each thread. Data is what a process can write to and shares with nobody,
        8 MiB of stack for each thread included.

        The mark is a limit that means nothing, on the time of a real-time process. It is inherited like the others, so
        it also finds a process that left its parents, its session and its environment behind.

        What a system doesn't know, or doesn't let a process set, is left as it is.
        """
        limits = (("RLIMIT_DATA", memory, RESERVE), ("RLIMIT_FSIZE", output, 0), ("RLIMIT_RTTIME", mark, 0))
        for name, value, reserve in limits:
            if hasattr(resource, name):
                with contextlib.suppress(OSError, ValueError):
                    resource.setrlimit(getattr(resource, name), (value, value + reserve))

    def relax() -> None:
        """Let the reserve be used, once memory has run out: pytest and the probe need some to report it."""
        with contextlib.suppress(OSError, ValueError):
            most = resource.getrlimit(resource.RLIMIT_DATA)[1]
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))
