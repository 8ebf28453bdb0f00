"""Whether anything is left that could speak while the interpreter shuts down."""

from __future__ import annotations

import asyncio
import gc
import io
import socket
import sys
import threading
import types
import warnings
from typing import Any

# What finalizers of the client packages look at first: without it they do nothing.
# {(module, qualified name): attribute}
CLIENTS = {
    (f"{package}.asyncio.{module}", f"{kind}.__del__"): attribute
    for package, client in (("valkey", "Valkey"), ("redis", "Redis"))
    for module, kind, attribute in (
        ("connection", "Connection", "_writer"),
        ("connection", "AbstractConnection", "_writer"),
        ("client", client, "connection"),
        ("client", "PubSub", "connection"),
    )
}


def silent() -> bool:
    """Whether no thread and none of the objects that the garbage collector looks at has anything left to say."""
    if threading.active_count() != 1:
        return False
    objects = gc.get_objects()
    speaking = {kind for kind in set(map(type, objects)) if hasattr(kind, "__del__")}
    unheard = _resource_warnings_are_unheard()
    return all(_at_rest(each) or (unheard and _only_warns(each)) for each in objects if type(each) in speaking)


def _resource_warnings_are_unheard() -> bool:
    """Whether the warning filters ignore every ResourceWarning, as they do unless somebody changed them."""
    for action, message, category, module, line in warnings.filters:
        if issubclass(ResourceWarning, category):
            return action == "ignore" and message is None and module is None and line == 0
    return False


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
        if type(thing) is asyncio.StreamWriter:
            return thing.transport.is_closing()
        first = _looked_at_first(thing)
        return type(thing) is asyncio.StreamReaderProtocol or (first is not None and not getattr(thing, first, None))
    except Exception:  # noqa: BLE001 - the suite's own class may raise anything
        return False


def _only_warns(thing: Any) -> bool:
    """Whether the finalizer of something that isn't closed gives a ResourceWarning, closes it, and no more."""
    try:
        if _looked_at_first(thing) == "_writer":
            return _connection_only_warns(thing)
        if type(thing) is asyncio.StreamWriter:
            return _closes(thing) or sys.version_info >= (3, 13)  # since then it looks whether the loop is closed
    except Exception:  # noqa: BLE001 - the suite's own class may raise anything
        return False
    if type(thing).__module__.partition(".")[0] not in ("asyncio", "socket", "_io", "_socket"):
        return False
    if isinstance(thing, (io.TextIOBase, io.BufferedIOBase)):  # these still write what is buffered, and may fail
        return not thing.writable()
    return isinstance(thing, (asyncio.BaseEventLoop, asyncio.BaseTransport, io.FileIO, socket.socket))


def _connection_only_warns(connection: Any) -> bool:
    """The same for a client's connection, which closes its writer. valkey-py 6.0 let the error of a closed loop out."""
    if sys.version_info < (3, 10) or type(connection._writer) is not asyncio.StreamWriter:
        return False  # before 3.10 the shutdown has taken away what it needs
    return _closes(connection._writer) or "RuntimeError" in connection._close.__func__.__code__.co_names


def _looked_at_first(thing: Any) -> str | None:
    """The attribute without which a client's finalizer does nothing; None for any other finalizer."""
    finalizer: Any = type(thing).__del__
    return CLIENTS.get((getattr(finalizer, "__module__", ""), getattr(finalizer, "__qualname__", "")))


def _closes(writer: asyncio.StreamWriter) -> bool:
    """Whether its connection can be closed without an error."""
    loop: Any = vars(writer)["_loop"]
    return isinstance(loop, asyncio.BaseEventLoop) and (writer.transport.is_closing() or not loop.is_closed())
