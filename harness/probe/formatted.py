"""Frames of installed files as tracebacks show them, kept from one forked suite to the next.

Formatting a frame parses its source to mark the part that failed: a fifth of what a failing cell takes. What comes out
depends on the file and the positions only, and an installed file doesn't change. To find the positions of an
instruction Python goes through the table of its code from the start; they depend on that table only.
"""

from __future__ import annotations

import json
import os
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Dict, List, Tuple

from .writer import Writer

if TYPE_CHECKING:
    from .places import Places

Key = Tuple[Any, ...]

METHOD, FUNCTION = "format_frame_summary", "_get_code_position"
"""Python 3.11 and newer have them; what older ones do is quick."""

MOST = 5000
"""Frames that are kept: a few megabytes at most."""


class Formatted:
    """Created by the parent. Its children write what they had to format to a file, which every later one starts with.

    Whoever forks calls `learn` before, the child `use` after it, and `pass_on` when its session is over.
    """

    def __init__(self, file: str, places: Places) -> None:
        self._file = file
        self._places = places
        self._kept: Dict[Key, Any] = {}  # noqa: UP006 - for Python 3.8
        self._new: List[Tuple[Key, Any]] = []  # noqa: UP006
        self._read = 0
        self._owner = 0

    def learn(self) -> None:
        """Read what children have written since this was last called."""
        with suppress(OSError):
            if os.stat(self._file).st_size > self._read:  # noqa: PTH116 - before each fork
                self._learn_more()

    def _learn_more(self) -> None:
        with open(self._file, "rb") as stream:  # noqa: PTH123
            stream.seek(self._read)
            lines = stream.read()
        self._read += len(lines)
        for line in lines.splitlines():
            with suppress(ValueError):  # half a line, of a child that was killed
                self._kept.update((tuple(key), value) for key, value in json.loads(line)["known"])
        if len(self._kept) > MOST:
            self._kept.clear()

    def use(self) -> None:
        """Let `traceback` take what is known from now on."""
        self._owner = os.getpid()
        holder: Any
        for holder, name, make in (
            (traceback.StackSummary, METHOD, self._make_method),
            (traceback, FUNCTION, self._make_function),
        ):
            original = getattr(holder, name, None)
            if original is not None:
                setattr(holder, name, make(original))

    def _make_function(self, original: Any) -> Any:
        kept, new = self._kept, self._new

        def _get_code_position(code: Any, index: int) -> Any:
            key = (code.co_linetable.decode("latin-1"), code.co_firstlineno, index)  # all that it depends on
            found = kept.get(key)
            if found is None:
                found = kept[key] = original(code, index)
                new.append((key, found))
            return tuple(found)

        return _get_code_position

    def _make_method(self, original: Any) -> Any:
        kept, new, is_installed = self._kept, self._new, self._places.is_installed

        def format_frame_summary(stack: Any, frame: Any, **options: Any) -> Any:
            if any(options.values()) or frame.locals or not is_installed(frame.filename):
                return original(stack, frame, **options)
            key = (frame.filename, frame.name, frame.lineno, frame.end_lineno, frame.colno, frame.end_colno)
            text = kept.get(key)
            if text is None:
                text = kept[key] = original(stack, frame, **options)
                new.append((key, text))
            return text

        return format_frame_summary

    def pass_on(self) -> None:
        """Write what is new, if a suite has left descriptors for it. What a suite forks itself passes nothing on."""
        if self._new and os.getpid() == self._owner:
            with suppress(OSError):
                Writer(self._file).write("formatted", {"known": self._new})
