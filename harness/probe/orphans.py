"""Whether a child left processes behind. Only Linux knows: there they become children of the warm process."""

from __future__ import annotations

import os
import sys

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def adopt_orphans() -> bool:
    """Become the parent of every descendant that loses its own; False where the system has no such thing."""
    if sys.platform != "linux":
        return False
    import ctypes  # noqa: PLC0415 - `seed.py` says where it is missing

    return bool(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def has_children() -> bool:
    """Whether any child is left. The dead ones are taken away."""
    if sys.platform == "win32":
        return False
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return False
    return True
