"""Text of others on its way to a terminal: names of files, answers of servers, what tests and tools print."""

from __future__ import annotations

import re

CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""Every control character but the line end, what reorders or hides the text after it, and bytes that are no UTF-8."""

_FORGED = re.compile(r"\n(?=\S)")


def escape_controls(text: str) -> str:
    r"""The text with `\x1b` and the like for what may control a terminal. Line ends stay."""
    return text if text.isascii() and text.isprintable() else CONTROLS.sub(_escape, text)


def escape_message(text: str) -> str:
    """The same for a message, whose further lines are indented: none can be taken for a message of its own."""
    return _FORGED.sub("\n  ", escape_controls(text))


def escape_json(text: str) -> str:
    """JSON that means the same and controls no terminal."""
    return CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file's name
        return f"\\x{code - 0xDC00:02x}"
    return found[0].encode("unicode_escape").decode()
