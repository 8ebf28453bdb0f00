"""Paths in texts that were written on Windows, as other systems write them, and without a machine's own part.

The probe takes folders away where a text has them letter for letter. What it can't see has doubled backslashes, as
`repr` writes them, letters of another case, or begins at the suite's folder.
"""

from __future__ import annotations

import re

_PATH = re.compile(r"(?:[A-Za-z]:|\.{1,2}|[\w.~@+-]+)?(?:\\{1,2}[\w.~@+ -]+)+\.py\b")
_LIBRARY = re.compile(r"^.*/(?:site|dist)-packages/|^[A-Za-z]:/.*/Lib/(?=\w+)", re.IGNORECASE)
_ABSOLUTE = re.compile(r"^[A-Za-z]:/|^/")


def shorten_windows_paths(text: str) -> str:
    """The text with `pytest_asyncio/plugin.py` for `C:\\\\Users\\\\…\\\\site-packages\\\\pytest_asyncio\\\\plugin.py`.

    Of another file at an absolute path, its folder's name and its own stay.
    """
    return _PATH.sub(_shorten, text) if "\\" in text else text


def _shorten(found: re.Match[str]) -> str:
    path = re.sub(r"\\+", "/", found[0])
    short = _LIBRARY.sub("", path)
    return "/".join(short.split("/")[-2:]) if _ABSOLUTE.match(short) else short
