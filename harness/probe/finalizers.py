"""Whether anything is left that could speak while the interpreter shuts down."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import socket
import subprocess
import sys
import threading
import types
import warnings
import weakref
from typing import Any, Iterable

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

KINDS: tuple[type, ...] = (
    *(types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType),
    *(asyncio.Future, asyncio.Task, vars(asyncio.futures)["_PyFuture"], vars(asyncio.tasks)["_PyTask"]),
    *(asyncio.BaseEventLoop, asyncio.StreamWriter, asyncio.StreamReaderProtocol),
    vars(asyncio.selector_events)["_SelectorTransport"],
    *(io.FileIO, io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom, io.StringIO, io.BytesIO),
    socket.socket,
    subprocess.Popen,
)

# Callbacks that CPython itself gives to weak references, for thread locals and abstract base classes.
INTERNAL = ("_localdummy_destroyed", "clear_locals", "_destroy")


class Finalizers:
    """Made by the parent, asked by the child: only what the parent had imported itself is known to be silent."""

    def __init__(self) -> None:
        self._modules = frozenset(sys.modules)
        self._known = {kind.__del__ for kind in KINDS if hasattr(kind, "__del__")}
        self._clients = dict(_clients())  # finalizer → what it looks at first
        self._run_at_exit = _run_at_exit()

    def faithful(self) -> bool:
        """Whether a fork's shutdown finalizes what the child leaves as a new process's would.

        Objects of the parent are kept from the garbage collector, and so is what they refer to: the suite's own
        finalizers may find the modules that they use gone. Before Python 3.10 others are not all heard, either.
        """
        if not _run_at_exit() <= self._run_at_exit:
            return False
        if not all(self._is_of_parent(type(stream)) for stream in (sys.stdout, sys.stderr)):
            return False
        return all(map(self._is_known, speaking())) and (sys.version_info >= (3, 10) or self.silent())

    def silent(self) -> bool:
        """Whether no thread and none of the child's finalizers has anything left to say, if it is `faithful`."""
        if threading.active_count() != 1:
            return False
        unheard = _resource_warnings_are_unheard()
        try:
            return all(
                isinstance(thing, weakref.ref) or self._at_rest(thing) or (unheard and self._only_warns(thing))
                for thing in speaking()
            )
        except Exception:  # noqa: BLE001 - the suite's own class may raise anything
            return False

    def _is_of_parent(self, thing: Any) -> bool:
        """Whether a class or a function was defined by a module that the parent had imported."""
        return getattr(thing, "__module__", None) in self._modules

    def _is_known(self, thing: Any) -> bool:
        """Whether its finalizer is the very one that the parent knew, on a class that the suite didn't make."""
        if isinstance(thing, weakref.ref):
            return self._is_harmless(thing.__callback__)
        finalizer: Any = type(thing).__del__
        replaced = "close" in getattr(thing, "__dict__", ())  # most finalizers close
        return (
            self._is_of_parent(type(thing))
            and (finalizer in self._known or finalizer in self._clients)
            and not replaced
        )

    def _is_harmless(self, callback: Any) -> bool:
        """Whether the callback of a weak reference is none of the suite's, whatever name it goes by."""
        if isinstance(callback, types.FunctionType):
            return callback.__globals__.get("__name__") in self._modules
        return callback is None or getattr(callback, "__name__", "") in INTERNAL

    def _at_rest(self, thing: Any) -> bool:  # noqa: PLR0911 - one kind a line
        """Whether an object that has a finalizer has nothing left to say in it."""
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
        first = self._clients.get(type(thing).__del__)
        return isinstance(thing, asyncio.StreamReaderProtocol) or (
            first is not None and not getattr(thing, first, None)
        )

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


def speaking() -> Iterable[Any]:
    """What the garbage collector looks at and has a finalizer or is a weak reference."""
    objects = gc.get_objects()
    kinds = {kind for kind in set(map(type, objects)) if hasattr(kind, "__del__") or issubclass(kind, weakref.ref)}
    return [thing for thing in objects if type(thing) in kinds]


def _run_at_exit() -> frozenset[int]:
    """Handlers and finalizers that exit functions run which the parent has registered."""
    registry: Any = vars(weakref.finalize)["_registry"]
    return frozenset(map(id, (*vars(logging)["_handlerList"], *registry)))


def _clients() -> Iterable[tuple[Any, str]]:
    """Finalizers of the clients that are imported, each with what it looks at first."""
    for module, kind, attribute in CLIENTS:
        finalizer = getattr(getattr(sys.modules.get(module), kind, None), "__del__", None)
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
