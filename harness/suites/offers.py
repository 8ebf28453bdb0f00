"""The environment that a user most likely has for a suite: what messages offer for `--environment`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.suites.folder import ENVIRONMENT_SIGNS
from harness.suites.roots import find_root

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = (".venv", "venv")
"""What people call the environment in a project's folder."""


def find_environment_to_offer(folder: Path) -> Path | None:
    """The active virtual environment, otherwise the nearest one at or above `folder`, up to the repository or project.

    Only one that has pytest: without it, no suite runs in it.
    """
    return next((path for path in _list_candidates(folder) if _has_pytest(path)), None)


def _list_candidates(folder: Path) -> Iterator[Path]:
    if active := os.environ.get("VIRTUAL_ENV"):
        yield Path(active)
    here = folder.absolute()
    above = (here, *here.parents)
    # Without a repository it ends with the project: further up there may be anybody's.
    top = next((parent for parent in above if (parent / ".git").exists()), None) or find_root(here) or here
    for parent in above[: above.index(top) + 1]:
        yield from (parent / name for name in NAMES)


def _has_pytest(folder: Path) -> bool:
    places = ("lib/*/site-packages/pytest", "Lib/site-packages/pytest")
    try:
        return any((folder / sign).exists() for sign in ENVIRONMENT_SIGNS) and any(
            next(folder.glob(place), None) is not None for place in places
        )
    except OSError:
        return False
