"""Digests that say whether something is still the same: a suite's text, the probe, the catalogue."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_HARNESS = Path(__file__).resolve().parent.parent
_OBSERVERS = (_HARNESS / "probe", _HARNESS / "running")
_CATALOGUE = (_HARNESS.parent / "scenarios", _HARNESS / "catalogue")


def text_digest(texts: Mapping[str, str]) -> str:
    """SHA-256 of {relative path: text}. The order of the mapping and the kind of line ends do not matter."""
    digest = hashlib.sha256()
    for path in sorted(texts):
        for part in (path, texts[path].replace("\r\n", "\n")):
            data = part.encode("utf-8", "surrogatepass")
            # The length goes in front, so that moving text from one file to the next makes a difference.
            digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()


def folder_digest(*folders: Path) -> str:
    """`text_digest` of every file below these folders; compiled and hidden files are left out."""
    texts = {}
    for folder in folders:
        for path in folder.rglob("*"):
            relative = path.relative_to(folder.parent)
            if path.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in relative.parts):
                texts[relative.as_posix()] = path.read_text(encoding="utf-8", errors="surrogateescape")
    return text_digest(texts)


def probe_digest() -> str:
    """`folder_digest` of what observes, the probe and the launchers: evidence made by others may not be comparable."""
    return folder_digest(*_OBSERVERS)


def catalogue_digest() -> str:
    """`folder_digest` of what decides how a suite looks: the values, and the code that renders them."""
    return folder_digest(*_CATALOGUE)
