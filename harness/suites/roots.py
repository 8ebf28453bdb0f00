"""The folder that a folder of tests belongs to: its project's, whose configuration of pytest counts there."""

from __future__ import annotations

import contextlib
from pathlib import Path

from harness.files import read_regular

INI = "pytest.ini"
CONFIGURATION = (INI, ".pytest.ini", "pytest.toml", ".pytest.toml", "pyproject.toml", "tox.ini", "setup.cfg")
"""Files that may configure pytest. A folder with one of them stands for itself."""

SIGNS = {
    **dict.fromkeys((INI, ".pytest.ini", "pytest.toml", ".pytest.toml", "setup.py"), (b"",)),
    "pyproject.toml": (b"[tool.pytest", b"[project]", b"[build-system]", b"[tool.poetry"),
    "tox.ini": (b"[pytest]",),
    "setup.cfg": (b"[tool:pytest]", b"[metadata]"),
}
"""What stands in the files of a folder that others belong to."""


def find_root(folder: Path) -> Path | None:
    """The nearest folder above that `folder` belongs to, up to the repository's; None if it stands for itself.

    Where there is no repository, the search ends below the user's own folder.
    """
    if any((folder / name).is_file() for name in (*CONFIGURATION, "setup.py")) or (folder / ".git").exists():
        return None
    for parent in folder.parents:
        if parent == Path.home() or parent == parent.parent:
            return None
        if _is_root(parent):
            return parent
        if (parent / ".git").exists():
            return None
    return None


def _is_root(folder: Path) -> bool:
    for name, signs in SIGNS.items():
        with contextlib.suppress(OSError):
            content = read_regular(folder / name)
            if any(sign in content for sign in signs):
                return True
    return False
