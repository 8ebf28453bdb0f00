"""Measures which async test habits break a suite that talks to Valkey, where, and with which error."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str
else:

    def __getattr__(name):
        if name != "__version__":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from harness.version import read_version  # noqa: PLC0415

        return read_version()
