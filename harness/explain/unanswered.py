"""Errors that say that no server is listening."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.explain.model import TextError

REFUSED = re.compile(
    r"\[(?:Errno|WinError) (?:111|61|10061)\]|\bErr(?:or|no) (?:111|61|10061)\b|Connect call failed"
    r"|Connection refused|actively refused it|All connection attempts failed|\bConnectionRefusedError\b"
)
"""What such an error says, in what Python and JavaScript both read."""

_ADDRESSES = (
    re.compile(r"connect(?:ing)? to ([\w.\[\]-]+:\d+)"),
    re.compile(r"Connect call failed \('([^']+)', (\d+)"),
    re.compile(r"\[Errno \d+\] [\w ]+ \('([^']+)', (\d+)"),
)
SOMEWHERE = "its address"
"""Where the text names no address."""


def find_unanswered(error: TextError) -> str:
    """The address at which nobody answered; empty for another error."""
    texts = [f"{one.type.rpartition('.')[2]}: {one.text}" for one in error.chain]
    if not any(map(REFUSED.search, texts)):
        return ""
    found = (pattern.search(text) for text in texts for pattern in _ADDRESSES)
    return next((":".join(one.groups()) for one in found if one), SOMEWHERE)
