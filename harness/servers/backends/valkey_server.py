"""The backend `valkey-server`: the program of that name on PATH."""

from __future__ import annotations

import shutil

from harness.errors import ServerUnavailableError
from harness.servers.backends import native

NAME = "valkey-server"

run_server = native.run_server


def find() -> str:
    """Path of the program."""
    found = shutil.which("valkey-server")
    if found is None:
        raise ServerUnavailableError(
            "No valkey-server on PATH.", remedy="Install Valkey with the system's package manager."
        )
    return found
