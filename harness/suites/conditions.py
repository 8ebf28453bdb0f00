"""How a suite of one's own is run, apart from the environment it runs in."""

from __future__ import annotations

from typing import Literal

import msgspec

Network = Literal["own", "host"]
"""`own`: a loopback with nothing on it but servers of this program. `host`: this machine's network."""

PATIENCE = 120.0
"""Seconds without a test that starts or ends, after which a suite counts as stuck."""

LONGEST = 3600.0
"""Seconds that a whole suite may take, however well it gets on."""


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What the user says about how a suite is run. A cell of the catalogue has none of this."""

    arguments: tuple[str, ...] = ()  # for pytest, after those of this program
    variables: tuple[tuple[str, str], ...] = ()  # name and value; {url}, {host}, {port} and {db} are filled in
    ports: tuple[int, ...] = ()  # on which it finds further servers, each empty
    project: str = ""  # "name version" of what is built and installed for it
    network: Network = "own"
    patience: float = PATIENCE
    longest: float = LONGEST
