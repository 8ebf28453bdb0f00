"""The client is never closed."""

from __future__ import annotations

from harness.catalogue.value import Value

VALUE = Value(
    meaning="nothing closes the client",
    phrase="missing",
    sources=("https://github.com/valkey-io/valkey-py/pull/180",),
)
