"""The value of one axis, with where it was read."""

from __future__ import annotations

import msgspec

from harness.habits.model import SourcePlace


class Trait(msgspec.Struct, frozen=True, kw_only=True):
    """A value of an axis. Where the suite does something else, it is the nearest, and `departs` says how it differs."""

    axis: str
    value: str
    place: SourcePlace | None = None  # None: it isn't written anywhere
    departs: str = ""
