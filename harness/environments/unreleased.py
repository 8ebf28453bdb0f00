"""Versions that were never released, by their local part: `1.6.0.dev3+folder.1a2b3c4d`. `sources` makes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.cache import find_cache_root
from harness.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_DIGEST = re.compile(r"\+(?:wheel|sdist|folder|git\.[0-9a-f]+)\.([0-9a-f]{8})\b")


def is_unreleased(version: str) -> bool:
    """Whether it is the version of what was built here."""
    return _DIGEST.search(version) is not None


def find_folder(root: Path, digest: str) -> Path:
    """Where the cache `root` keeps the wheel with that content. May not exist yet."""
    return root / "unreleased" / digest


def find_folders(lines: str) -> list[str]:
    """The folders with the wheels of the unreleased versions that requirements name. uv looks nowhere else for them.

    Each has one wheel: `==1.5.0` would take `1.5.0+folder.…` for a better 1.5.0, wherever it sees it. Raises
    `UsageError` for one that isn't in this cache.
    """
    folders = {digest: find_folder(find_cache_root(), digest) for digest in _DIGEST.findall(lines)}
    for digest, folder in folders.items():
        if not any(folder.glob("*.whl")):
            raise UsageError(
                f"What was built as {digest} is not in this cache any more.",
                remedy="Name the wheel, folder or address again that it was built from.",
            )
    return [str(folder) for folder in folders.values()]
