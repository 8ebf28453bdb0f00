"""The end of a forked child: by way of the interpreter's whole shutdown, or at once where nobody sees a difference.

A shutdown takes as long as several tests, and most of it goes into taking apart what the parent had built. What it
lets a suite print comes from finalizers, exit functions and threads, so it is left out when there are none, and broken
off as soon as there are none any more.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import types

from .finalizers import Finalizers
from .session import FOREIGN_LOOPS

UNHEARD = 214

# Referred to from here, too: otherwise it would be gone as soon as `sys.modules` is emptied.
_MODULE = types.ModuleType("_event_loop_probe_border")


class Shutdown:
    """Created by the parent, asked when a child ends. Objects made before the fork are frozen and don't count."""

    def __init__(self) -> None:
        self._finalizers = Finalizers()
        self._border = Border(self._finalizers)
        vars(_MODULE)["border"] = self._border
        sys.modules[_MODULE.__name__] = _MODULE
        self._exit_functions = _exit_functions()

    def leave(self, code: int) -> None:
        """End the process here if its shutdown would be silent; otherwise return, to be ended in the midst of it."""
        # Finalized by C code, which nothing here can judge.
        foreign = any(name in sys.modules for name in FOREIGN_LOOPS)
        if not self._finalizers.faithful():
            os._exit(UNHEARD)
        if not foreign and _exit_functions() == self._exit_functions and self._finalizers.silent():
            os._exit(code)
        if sys.version_info < (3, 10):
            _let_all_be_collected()
        elif not foreign:
            self._border.arm(code)
        del self._border


class Border:
    """Finalized in the midst of the interpreter's shutdown, when only what the parent had imported is left.

    Modules are cleared one after the other, those imported last first, and this lives in the parent's last one: the
    suite's modules, exit functions and threads are gone by then, and what hung on nothing else has been finalized.
    """

    def __init__(self, finalizers: Finalizers) -> None:
        self._finalizers = finalizers
        self._code: int | None = None

    def arm(self, code: int) -> None:
        """Let the process end with this exit code when the border is reached and nothing else has anything to print."""
        _flush()
        self._code = code

    def __del__(self) -> None:
        if self._code is None or not self._finalizers.silent():
            return
        _flush()
        os._exit(self._code)


def _let_all_be_collected() -> None:
    """Let the shutdown take apart what the parent had built, too, in the order in which a new process's does.

    Before Python 3.10 it clears the modules imported first before the suite's: a finalizer finds what it uses only
    where the collection before that reaches it. That takes as long as several tests.
    """
    gc.freeze()  # appends what the child has made to what the parent had, where the opposite appends the parent's
    gc.unfreeze()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def _exit_functions() -> int:
    return atexit._ncallbacks()
