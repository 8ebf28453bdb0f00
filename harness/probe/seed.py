"""The process that all warm processes of an environment are forked from: everything is imported and rehearsed there.

It says `{"ready": true}`, then starts a warm process for each order

    {"folder": FOLDER, "stdout": FILE, "stderr": FILE, "variables": {NAME: VALUE}}

which comes with the descriptor of the socket that the warm process is to talk over. It ends when the other end of its
own socket is closed and the warm processes have ended.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
from typing import TYPE_CHECKING, Mapping

from .control import Control
from .descriptors import Descriptors
from .immortal import immortalize
from .orphans import has_children

if TYPE_CHECKING:
    from .control import Message
    from .places import Places

LONGEST = 65536
"""Bytes of an order. It comes in one piece with its descriptor."""


class Inherited:
    """The variables that this process was started with, at the place in its memory where the system reads them.

    That is where another process finds those of a process that has been forked and not started. Made before anything
    is changed of `os.environ`, after which they are elsewhere.
    """

    def __init__(self) -> None:
        import ctypes  # noqa: PLC0415 - missing in some builds of Python

        find = ctypes.CDLL(None).getenv
        find.restype, find.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
        self._write = ctypes.memmove
        self._places = {name: (find(os.fsencode(name)), len(os.fsencode(text))) for name, text in os.environ.items()}

    def replace(self, variables: Mapping[str, str]) -> None:
        """Let them have these values, which must be as long as the first ones."""
        for name, text in variables.items():
            place, length = self._places[name]
            value = os.fsencode(text)
            if len(value) != length:
                raise ValueError(name)
            self._write(place, value, length)
        os.environ.update(variables)


class SeedProcess:
    """Forks a warm process an order. Where there is an `obstacle` it can't."""

    def __init__(self, descriptor: int) -> None:
        self.control = Control(descriptor)
        self._socket = socket.socket(fileno=descriptor)
        self.obstacle = ""
        try:
            self._inherited = Inherited()
        except ImportError as error:
            self.obstacle = f"what is forked can't be marked: {error}"
        self._folder = os.getcwd()  # noqa: PTH109 - text is what is compared

    def serve(self, places: Places) -> Control:
        """Returns in warm processes only: what each talks over."""
        if sys.platform == "win32":
            raise NotImplementedError
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        descriptors = Descriptors()
        gc.collect()
        immortalize()
        gc.freeze()
        self.control.say(ready=True)
        while True:
            order, descriptor = self._hear()
            has_children()
            if os.fork() == 0:
                break
            os.close(descriptor)
        os.setsid()
        self._socket.close()
        control = Control(descriptor)
        control.say(pid=os.getpid())
        self._inherited.replace(order["variables"])
        descriptors.replace(order["stdout"], order["stderr"])
        self._move(order["folder"])
        places.move(order["folder"])
        return control

    def _hear(self) -> tuple[Message, int]:
        """The next order and its descriptor. Ends the process when there is none."""
        if sys.platform == "win32":
            raise NotImplementedError
        size = socket.CMSG_SPACE(4)
        text, ancillary, _, _ = self._socket.recvmsg(LONGEST, size)
        if not text:
            while has_children():
                os.waitpid(-1, 0)
            os._exit(0)
        ((_, _, number),) = ancillary
        return json.loads(text), int.from_bytes(number[:4], sys.byteorder)

    def _move(self, folder: str) -> None:
        os.chdir(folder)
        if sys.path[0] == self._folder:
            sys.path[0] = folder
