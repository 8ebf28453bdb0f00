"""The probe as it is started: a copy in the cache.

Interpreters under test keep its byte code beside it. In an installation that would be written into the program's own
folder, and by other Pythons than the one that it was installed for.
"""

from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING

from harness.cache import find_cache_root
from harness.digests import digest_folders
from harness.files import move
from harness.paths import HARNESS

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = HARNESS / "probe"
START = "run.py"


def copy_probe() -> Path:
    """The file that starts the probe. The copy is named by what is in it, so it never changes.

    Where the cache can't be written to, it is the probe's own file.
    """
    folder = find_cache_root() / "probe" / digest_folders(SOURCE)[:16] / SOURCE.name
    if not (folder / START).exists():
        beside = folder.parent.with_name(f".{folder.parent.name}.{os.getpid()}-{threading.get_ident()}")
        try:
            shutil.copytree(SOURCE, beside / SOURCE.name, ignore=shutil.ignore_patterns("__pycache__", "*.md"))
            move(beside, folder.parent)
        except OSError:
            shutil.rmtree(beside, ignore_errors=True)
    return folder / START if (folder / START).exists() else SOURCE / START
