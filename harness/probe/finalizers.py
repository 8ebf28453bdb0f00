"""Whether anything that a cell leaves could print something while the interpreter shuts down."""

from __future__ import annotations

import asyncio
import gc
import io
import socket
import subprocess
import sys
import threading
import types
import warnings
from typing import Any, Callable, Iterable

# What finalizers of clients look at first: without it they do nothing. (module, class, attribute)
CLIENTS = tuple(
    (f"{package}.asyncio.{module}", kind, attribute)
    for package, client in (("valkey", "Valkey"), ("redis", "Redis"))
    for module, kind, attribute in (
        ("connection", "Connection", "_writer"),
        ("client", client, "connection"),
        ("client", "PubSub", "connection"),
    )
)

QUIET = (("redis.asyncio.connection", "ConnectionPool"),)
"""Classes of clients whose finalizers print nothing: since redis-py 7.1 that of a pool counts its connections."""

KINDS: tuple[type, ...] = (
    *(types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType),
    *(asyncio.Future, asyncio.Task, vars(asyncio.futures)["_PyFuture"], vars(asyncio.tasks)["_PyTask"]),
    *(asyncio.BaseEventLoop, asyncio.StreamWriter, asyncio.StreamReaderProtocol),
    vars(asyncio.selector_events)["_SelectorTransport"],
    *(io.FileIO, io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom, io.StringIO, io.BytesIO),
    socket.socket,
    subprocess.Popen,
)


class Finalizers:
    """Made by the parent, asked by the child: only finalizers that the parent knew are known to print nothing."""

    def __init__(self) -> None:
        self._quiet = {finalizer for module, kind in QUIET if (finalizer := _find_finalizer(module, kind))}
        self._known = {kind.__del__ for kind in KINDS if hasattr(kind, "__del__")} | self._quiet
        self._clients = dict(_clients())  # finalizer → what it looks at first

    def faithful(self) -> bool:
        """Whether a fork's shutdown finalizes what the child leaves as a new process's would.

        Objects of the parent are kept from the garbage collector, and so is what they refer to: finalizers of other
        classes may find the modules that they use gone.
        """
        return all(self._knows(thing) or is_resting(thing) for thing in finalized())

    def _knows(self, thing: Any) -> bool:
        return type(thing).__del__ in self._known or type(thing).__del__ in self._clients

    def silent(self) -> bool:
        """Whether no thread and no finalizer has anything left to print, if the shutdown is `faithful`."""
        if threading.active_count() != 1:
            return False
        unheard = _resource_warnings_are_unheard()
        return all(self._at_rest(thing) or (unheard and self._only_warns(thing)) for thing in finalized())

    def _at_rest(self, thing: Any) -> bool:  # noqa: C901, PLR0911 - one kind a line
        """Whether the finalizer of an object has nothing to print."""
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
        if isinstance(thing, subprocess.Popen):
            return thing.returncode is not None
        if isinstance(thing, asyncio.StreamWriter):
            return thing.transport.is_closing()
        if isinstance(thing, asyncio.StreamReaderProtocol) or type(thing).__del__ in self._quiet or is_resting(thing):
            return True
        first = self._clients.get(type(thing).__del__)
        return first is not None and not getattr(thing, first, None)

    def _only_warns(self, thing: Any) -> bool:
        """Whether the finalizer of something that isn't closed gives a ResourceWarning, closes it, and no more."""
        if self._clients.get(type(thing).__del__) == "_writer":
            return _connection_only_warns(thing)
        if isinstance(thing, asyncio.StreamWriter):
            return _closes(thing) or sys.version_info >= (3, 13)  # since then it looks whether the loop is closed
        if isinstance(thing, (io.TextIOBase, io.BufferedIOBase)):  # these still write what is buffered, and may fail
            return not thing.writable()
        if isinstance(thing, asyncio.BaseEventLoop):  # in debug mode it logs that it is closed
            return not thing.get_debug()
        return isinstance(thing, (asyncio.BaseTransport, io.FileIO, socket.socket, subprocess.Popen))


def finalized() -> Iterable[Any]:
    """What has a finalizer, of what the garbage collector looks at."""
    objects = gc.get_objects()
    kinds = {kind for kind in set(map(type, objects)) if hasattr(kind, "__del__")}
    return [thing for thing in objects if type(thing) in kinds]


def is_resting(thing: Any) -> bool:
    """Whether it is of one of the classes `RESTS` and its finalizer does nothing now."""
    for (module, kind), rests in RESTS.items():
        finalizer = _find_finalizer(module, kind)
        if finalizer is type(thing).__del__ and finalizer.__module__ == module:
            return rests(thing)
    return False


def _case_rests(case: Any) -> bool:
    """A test case closes its runner, since Python 3.11, or its loop. A runner that is closed has no loop."""
    runner = getattr(case, "_asyncioRunner", None)
    return getattr(runner, "_loop", None) is None and getattr(case, "_asyncioTestLoop", None) is None


def _stream_rests(stream: Any) -> bool:
    """A stream between tasks warns unless it is closed."""
    return bool(getattr(stream, "_closed", False))


RESTS: dict[tuple[str, str], Callable[[Any], bool]] = {
    ("unittest.async_case", "IsolatedAsyncioTestCase"): _case_rests,
    ("anyio.streams.memory", "MemoryObjectSendStream"): _stream_rests,
    ("anyio.streams.memory", "MemoryObjectReceiveStream"): _stream_rests,
}
"""Other classes, by module and name, with what says whether their finalizer does nothing."""


def _find_finalizer(module: str, kind: str) -> Any:
    """A class's finalizer; None where it has none or isn't imported."""
    return getattr(getattr(sys.modules.get(module), kind, None), "__del__", None)


def _clients() -> Iterable[tuple[Any, str]]:
    """Finalizers of the clients that are imported, each with what it looks at first."""
    for module, kind, attribute in CLIENTS:
        finalizer = _find_finalizer(module, kind)
        if finalizer is not None:
            yield finalizer, attribute


def _resource_warnings_are_unheard() -> bool:
    """Whether the warning filters ignore every ResourceWarning, as they do unless somebody changed them."""
    for action, message, category, module, line in warnings.filters:
        if issubclass(ResourceWarning, category):
            return action == "ignore" and message is None and module is None and line == 0
    return False


def _connection_only_warns(connection: Any) -> bool:
    """The same for a client's connection, which closes its writer. valkey-py 6.0 let the error of a closed loop out."""
    if sys.version_info < (3, 10) or type(connection._writer) is not asyncio.StreamWriter:
        return False  # before 3.10 the shutdown has taken away what it needs
    return _closes(connection._writer) or "RuntimeError" in connection._close.__func__.__code__.co_names


def _closes(writer: asyncio.StreamWriter) -> bool:
    """Whether its connection can be closed without an error."""
    loop: Any = vars(writer)["_loop"]
    return isinstance(loop, asyncio.BaseEventLoop) and (writer.transport.is_closing() or not loop.is_closed())
