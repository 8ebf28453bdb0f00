"""Paths, frames and texts as evidence shows them: the same on every machine that sees the same thing."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType, FrameType

PROBE, STDLIB, LIBRARY, SUITE = "probe", "stdlib", "library", "suite"

RUNNER = os.path.join("_pytest", "runner.py")  # noqa: PTH118 - text only
"""Looking for the suite's code ends here: what is further out starts tests and collectors."""

TEXT_LIMIT = 2000

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,}")
_PACKAGES = re.compile(r"^.*[\\/](?:site|dist)-packages[\\/]")
_PROBE_FOLDER = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - must equal co_filename textually


class Places:
    """Knows the suite's folder (the current one when created), the standard library and site-packages."""

    def __init__(self) -> None:
        paths = sysconfig.get_paths()
        self._stdlib = tuple({_folder(paths["stdlib"]), _folder(paths["platstdlib"])})
        self._packages = {_folder(paths["purelib"]), _folder(paths["platlib"])}
        self.move(os.getcwd())  # noqa: PTH109 - text is what is compared

    def move(self, suite: str) -> None:
        """Let this be the suite's folder."""
        self._suite = _folder(suite)
        self._itself = re.compile(re.escape(suite) + r"(?![\w.-])")
        self._kinds: dict[str, str] = {}
        self._hidden = sorted({*self._packages, *self._stdlib, self._suite}, key=len, reverse=True)
        spellings = "|".join(map(_match_spellings, self._hidden)) if os.sep == "\\" else ""
        self._spellings = re.compile(spellings, re.IGNORECASE) if spellings else None

    def kind(self, filename: str) -> str:
        """Whose code a file is: `probe`, `stdlib`, `library` or `suite`."""
        known = self._kinds.get(filename)
        if known is None:
            known = self._kinds[filename] = self._find_kind(filename)
        return known

    def is_installed(self, filename: str) -> bool:
        """Whether a file belongs to the standard library or to an installed package, which no suite changes."""
        return filename.startswith(self._stdlib) or _PACKAGES.match(filename) is not None

    def _find_kind(self, filename: str) -> str:
        if filename.startswith(_PROBE_FOLDER):
            return PROBE
        if _PACKAGES.match(filename):
            return LIBRARY
        if filename.startswith(("<", *self._stdlib)):
            return STDLIB
        if filename.startswith(self._suite) or not os.path.isabs(filename):  # noqa: PTH117 - hot, and text only
            return SUITE
        return LIBRARY

    def shorten(self, filename: str) -> str:
        """`valkey/asyncio/connection.py`, `asyncio/base_events.py`, `tests/conftest.py`; never a machine's own path."""
        short = _PACKAGES.sub("", filename)
        if short == filename:
            for folder in self._hidden:
                if filename.startswith(folder):
                    short = filename[len(folder) :]
                    break
            else:
                short = os.path.join(*filename.replace("\\", "/").split("/")[-2:])  # noqa: PTH118 - text only
        return short.replace("\\", "/")

    def text(self, text: str) -> str:
        """`text` without object addresses and machine paths, at most 2000 characters long."""
        text = _ADDRESS.sub("0x…", text)
        if self._spellings is not None:
            text = self._spellings.sub("", text)
        for folder in self._hidden:
            text = text.replace(folder, "")
        text = self._itself.sub(".", text)
        if len(text) <= TEXT_LIMIT:
            return text
        return text[: TEXT_LIMIT - 1] + "…"

    def line(self, filename: str, line: int, function: str) -> str:
        """`conftest.py:14 in client`."""
        return f"{self.shorten(filename)}:{line} in {function}"

    def on_demand(self, frame: FrameType | None) -> str:
        """Who asked asyncio for the current loop when there was none, if that is why a loop is created in `frame`.

        Only the policy's `get_event_loop` creates one for the asking. Whoever calls it names the cause better than the
        suite's code further out: up to Python 3.9 a client asks when a lock of its own is made.
        """
        while frame is not None:
            code = frame.f_code
            kind = self.kind(code.co_filename)
            if kind == SUITE or code.co_filename.endswith(RUNNER):
                return ""
            if kind == STDLIB and code.co_name == "get_event_loop":
                break
            frame = frame.f_back
        while frame is not None:
            code = frame.f_code
            if self.kind(code.co_filename) in (SUITE, LIBRARY):
                return self.line(code.co_filename, frame.f_lineno, code.co_name)
            frame = frame.f_back
        return ""

    def nearest(self, frame: FrameType | None, *, collecting: bool) -> tuple[str, bool]:
        """The place a call comes from, and whether module-level code of the suite is running, as it may in collection.

        The innermost frame of the suite; when no code of the suite is on the stack, the innermost one of a library.
        """
        library = suite = ""
        importing = False
        while frame is not None:
            code: CodeType = frame.f_code
            kind = self.kind(code.co_filename)
            if kind == SUITE:
                suite = suite or self.line(code.co_filename, frame.f_lineno, code.co_name)
                if not collecting:
                    break
                importing = importing or code.co_name == "<module>"
            elif kind == LIBRARY:
                library = library or self.line(code.co_filename, frame.f_lineno, code.co_name)
                if code.co_filename.endswith(RUNNER):
                    break
            frame = frame.f_back
        return suite or library, importing


def finalizing(frame: FrameType | None) -> bool:
    """Whether a `__del__` is running: what it closes nobody closed."""
    while frame is not None:
        code = frame.f_code
        if code.co_name == "__del__":
            return True
        if code.co_filename.endswith(RUNNER):
            break
        frame = frame.f_back
    return False


def type_name(kind: type) -> str:
    """`RuntimeError`, `valkey.exceptions.ConnectionError`."""
    module = getattr(kind, "__module__", "builtins")
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


def caller() -> FrameType | None:
    """The frame of whoever called the function that calls this."""
    return sys._getframe(2)


def _folder(path: str) -> str:
    return path.rstrip("\\/") + os.sep


def _match_spellings(folder: str) -> str:
    """A pattern for a folder of Windows, where `repr` doubles what is between names, and letter case means nothing."""
    return r"[\\/]{1,2}".join(map(re.escape, re.split(r"[\\/]+", folder)))
