"""Notices when a module is imported, without importing it and without leaving a trace on it."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from typing import TYPE_CHECKING, Any, Callable, Sequence

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType


def when_imported(names: tuple[str, ...], action: Callable[[ModuleType], None]) -> None:
    """Call `action` with each top-level module of `names`: now if it is there, otherwise as soon as it is."""
    awaited = {name for name in names if name not in sys.modules}
    for name in names:
        if name not in awaited:
            action(sys.modules[name])
    sys.meta_path.insert(0, _Finder(awaited, action))


class _Finder:
    """Finds nothing by itself; dresses the loader of an awaited module for the length of its import."""

    def __init__(self, awaited: set[str], action: Callable[[ModuleType], None]) -> None:
        self._awaited = awaited
        self._action = action

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        if name not in self._awaited or path is not None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        self._awaited.discard(name)
        spec.loader = _Loader(spec.loader, self._action)  # type: ignore[assignment]
        return spec


class _Loader:
    def __init__(self, original: Any, action: Callable[[ModuleType], None]) -> None:
        self._original = original
        self._action = action

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._original.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._original
        if module.__spec__ is not None:
            module.__spec__.loader = self._original
        self._original.exec_module(module)
        self._action(module)
