"""How the harness, a warm process and its levels talk with each other."""

from __future__ import annotations

import json
import os
from typing import Any, Dict

Message = Dict[str, Any]


class Control:
    """JSON lines over a socket's descriptor."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._descriptor = descriptor
        self._read = b""

    def say(self, **message: object) -> None:
        """Send one message."""
        os.write(self._descriptor, json.dumps(message).encode() + b"\n")

    def hear(self) -> Message | None:
        """The next message; None when the other end is closed."""
        while b"\n" not in self._read:
            more = os.read(self._descriptor, 65536)
            if not more:
                return None
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        message: Message = json.loads(line)
        return message

    def fileno(self) -> int:
        """For `select`."""
        return self._descriptor

    def close(self) -> None:
        os.close(self._descriptor)
