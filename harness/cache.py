"""Where things are kept that can be made again: environments, the interpreters found, what the resolver answered."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from harness.errors import InfrastructureError
from harness.files import find_why_unwritable

VARIABLE = "VALKEY_LOOP_MATRIX_CACHE"


def require_cache() -> Path:
    """The folder, where it can be written to. Raises `InfrastructureError`."""
    root = find_cache_root()
    if reason := find_why_unwritable(root):
        raise InfrastructureError(
            f"The cache {root} can't be used: {reason}.", remedy=f"Let {VARIABLE} name a folder that can be written to."
        )
    return root


def find_cache_root() -> Path:
    """The folder that `VALKEY_LOOP_MATRIX_CACHE` names, otherwise the user's cache folder. May not exist yet."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).absolute()
    return Path(platformdirs.user_cache_dir("valkey-loop-matrix", appauthor=False))
