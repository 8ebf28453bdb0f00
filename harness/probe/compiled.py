"""Test modules and conftest files with their assertions rewritten, kept from one forked suite to the next."""

from __future__ import annotations

import ast
import os
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, Dict, Tuple

from . import adapter

MOST = 1000
"""Modules that are kept: some tens of megabytes at most."""

Key = Tuple[str, bytes]

_NAMES = frozenset(vars(ast))


class Compiled:
    """What pytest makes of a file, by path and content. Filled by the parent; what is missing pytest makes itself."""

    def __init__(self, config: Any) -> None:
        self._config = config
        self._rewrite = adapter.rewriting()
        self._kept: Dict[Key, Any] = {}  # noqa: UP006 - for Python 3.8

    def prepare(self, folder: str) -> None:
        """Rewrite and compile the modules in and below `folder` that pytest would, if they haven't been."""
        if self._rewrite is None:
            return
        for path in _modules(folder):
            with suppress(OSError):
                key = (path, _content(path))
                if key not in self._kept:
                    self._compile(key)

    def _compile(self, key: Key) -> None:
        """One that fails or warns is compiled by pytest, which reports the error or warning itself."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                _, made = self._rewrite(Path(key[0]), self._config)
            except Exception:  # noqa: BLE001 - whatever it is, it is the suite's
                return
            finally:
                forget_deprecated_names()
        if not caught:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = made

    def use(self) -> None:
        """Let pytest take what is here from now on. Nothing of the session is kept alive by that."""
        kept = self._kept

        def find(path: Path) -> Any:
            with suppress(OSError):  # what can't be read by now is pytest's to report
                return kept.get((str(path), _content(path)))

        if kept:
            adapter.rewrite_by(find)


def forget_deprecated_names() -> None:
    """Let `ast` warn again of names that old pytest uses: Python 3.12 and 3.13 warn once, then keep them."""
    for name in vars(ast).keys() - _NAMES:
        del vars(ast)[name]


def _content(path: str | Path) -> bytes:
    with open(path, "rb") as stream:  # noqa: PTH123 - pathlib's costs more
        return stream.read()


def _modules(folder: str) -> list[str]:
    found = []
    for above, folders, files in os.walk(folder):
        folders[:] = [each for each in folders if not each.startswith((".", "__"))]
        found += [os.path.join(above, each) for each in files if _is_rewritten(each)]  # noqa: PTH118
    return [path for path in found if os.path.isfile(path)]  # noqa: PTH113 - a pipe could be waited at for ever


def _is_rewritten(name: str) -> bool:
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py")
