"""The end of a forked child: by way of the interpreter's whole shutdown, or at once where nobody could tell.

A shutdown takes as long as several tests, and most of it goes into taking apart what the parent had built. What it
lets a suite say comes from finalizers, exit functions and threads, so it is left out when there are none, and broken
off as soon as there are none any more.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import io
import os
import socket
import sys
import threading
import types
import warnings
from typing import Any

from .session import FOREIGN_LOOPS

# Referred to from here, too: otherwise it would be gone as soon as `sys.modules` is emptied.
_MODULE = types.ModuleType("_event_loop_probe_border")


class Farewell:
    """Created by the parent, asked when a child ends. Objects made before the fork are frozen and don't count."""

    def __init__(self) -> None:
        self._border = Border()
        vars(_MODULE)["border"] = self._border
        sys.modules[_MODULE.__name__] = _MODULE
        self._exit_functions = _exit_functions()

    def leave(self, code: int) -> None:
        """End the process here if its shutdown would be silent; otherwise return, to be ended in the midst of it."""
        # Finalized by C code, which nothing here can judge.
        foreign = any(name in sys.modules for name in FOREIGN_LOOPS)
        if not foreign and _exit_functions() == self._exit_functions and _silent():
            os._exit(code)
        if sys.version_info < (3, 10):
            # There what the suite made is found only with what the parent made, though it costs twice a whole shutdown.
            gc.unfreeze()
        elif not foreign:
            self._border.arm(code)
        del self._border


class Border:
    """Finalized in the midst of the interpreter's shutdown, when only what the parent had imported is left.

    Modules are cleared one after the other, those imported last first, and this lives in the parent's last one: the
    suite's modules, exit functions and threads are gone by then, and what hung on nothing else has been finalized.
    """

    def __init__(self) -> None:
        self._code: int | None = None

    def arm(self, code: int) -> None:
        """Let the process end with this exit code when the border is reached and nothing else has anything to say."""
        if all(map(_flushed, (sys.stdout, sys.stderr))):
            self._code = code

    def __del__(self) -> None:
        if self._code is None or not _silent() or not all(map(_flushed, (sys.stdout, sys.stderr))):
            return
        os._exit(self._code)


def _flushed(stream: Any) -> bool:
    """Write what is buffered. False if that can't be done, which would change the exit code."""
    try:
        stream.flush()
    except Exception:  # noqa: BLE001 - a suite may have put anything there
        return False
    return True


def _silent() -> bool:
    """Whether no thread and none of the child's objects has anything left to say."""
    if threading.active_count() != 1:
        return False
    objects = gc.get_objects()
    speaking = {kind for kind in set(map(type, objects)) if hasattr(kind, "__del__")}
    unheard = _resource_warnings_are_unheard()
    return all(_at_rest(each) or (unheard and _only_warns(each)) for each in objects if type(each) in speaking)


def _exit_functions() -> int:
    return atexit._ncallbacks()


def _resource_warnings_are_unheard() -> bool:
    """Whether the warning filters ignore every ResourceWarning, as they do unless somebody changed them."""
    for action, message, category, module, line in warnings.filters:
        if issubclass(ResourceWarning, category):
            return action == "ignore" and message is None and module is None and line == 0
    return False


def _only_warns(thing: Any) -> bool:
    """Whether the finalizer of something that isn't closed gives a ResourceWarning, closes it, and no more."""
    if type(thing).__module__.partition(".")[0] not in ("asyncio", "socket", "_io", "_socket"):
        return False
    if isinstance(thing, (io.TextIOBase, io.BufferedIOBase)):  # these still write what is buffered, and may fail
        return not thing.writable()
    return isinstance(thing, (asyncio.BaseEventLoop, asyncio.BaseTransport, io.FileIO, socket.socket))


def _at_rest(thing: Any) -> bool:  # noqa: PLR0911 - one kind a line
    """Whether an object that has a finalizer has nothing left to say in it."""
    try:
        if isinstance(thing, types.GeneratorType):
            return thing.gi_frame is None or thing.gi_frame.f_lasti == -1
        if isinstance(thing, types.CoroutineType):
            return thing.cr_frame is None
        if isinstance(thing, types.AsyncGeneratorType):
            return thing.ag_frame is None
        if isinstance(thing, asyncio.Future):
            return not thing._log_traceback and (thing.done() or not isinstance(thing, asyncio.Task))
        if isinstance(thing, asyncio.BaseEventLoop):
            return thing.is_closed()
        if isinstance(thing, io.IOBase):
            return thing.closed or isinstance(thing, (io.StringIO, io.BytesIO))
        if isinstance(thing, socket.socket):
            return thing.fileno() < 0
        return type(thing) in (asyncio.StreamReaderProtocol, Border)
    except Exception:  # noqa: BLE001 - the suite's own class may raise anything
        return False
