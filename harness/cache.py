"""Where things are kept that can be made again: environments, the interpreters found, what the resolver answered."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

VARIABLE = "VALKEY_LOOP_MATRIX_CACHE"


def find_cache_root() -> Path:
    """The folder that `VALKEY_LOOP_MATRIX_CACHE` names, otherwise the user's cache folder. May not exist yet."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).absolute()
    return Path(platformdirs.user_cache_dir("valkey-loop-matrix", appauthor=False))
