"""Words for packages and versions that users write and every part of the harness reads."""

from __future__ import annotations

from typing import Final

NEWEST: Final = "newest"
"""In place of a version: the newest that there is, or that the Python can have."""

NONE: Final = "none"
"""In place of a version, or of a client package: there is none in an environment that is not ours."""

CLIENTS: Final = ("valkey", "redis")
"""Client packages that suites can use. The first is the default."""
