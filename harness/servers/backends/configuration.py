"""How the servers are configured that the harness starts, whatever program runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS = {
    "bind": "127.0.0.1",
    "save": "",
    "appendonly": "no",
    # A suite that fills its server must not fill the machine. No suite of the catalogue holds more than a few keys.
    "maxmemory": "1gb",
}


def make_arguments(options: Mapping[str, str]) -> list[str]:
    """The options as a command line has them."""
    return [part for name, value in options.items() for part in (f"--{name}", value)]
