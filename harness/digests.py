"""Digests that say whether something is still the same: a suite's text, the probe, the catalogue."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from harness.paths import HARNESS, SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_OBSERVERS = (HARNESS / "probe", HARNESS / "launchers", HARNESS / "evidence")
_JUDGES = (HARNESS / "verdicts",)
_CATALOGUE = HARNESS / "catalogue"
_CLIENTS = HARNESS / "packages.py"
_NO_AXES = frozenset({"reported", "__pycache__"})


def digest_texts(texts: Mapping[str, str | bytes]) -> str:
    """SHA-256 of {relative path: text or content}. The order of the mapping and a text's line ends do not matter."""
    digest = hashlib.sha256()
    for path in sorted(texts):
        for part in (path, texts[path]):
            data = part if isinstance(part, bytes) else part.replace("\r\n", "\n").encode("utf-8", "surrogatepass")
            # The length goes in front, so that moving text from one file to the next makes a difference.
            digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()


def digest_folders(*folders: Path) -> str:
    """`digest_texts` of every file below these folders; compiled and hidden files are left out.

    A file may stand in place of a folder.
    """
    texts = {}
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            relative = path.relative_to(folder.parent)
            if path.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in relative.parts):
                texts[relative.as_posix()] = path.read_text(encoding="utf-8", errors="surrogateescape")
    return digest_texts(texts)


def digest_probe() -> str:
    """`digest_folders` of what observes, the probe and the launchers: evidence made by others may not be comparable."""
    return digest_folders(*_OBSERVERS)


def digest_verdicts(signatures: Iterable[object]) -> str:
    """Digest of what derives verdicts from evidence: the signatures, and the code that asks them."""
    return digest_texts({"code": digest_folders(*_JUDGES), "signatures": repr(tuple(signatures))})


@cache
def digest_catalogue() -> str:
    """`digest_folders` of what decides how a suite looks: the values, the clients, and the code that renders them."""
    axes = (folder for folder in SCENARIOS.iterdir() if folder.is_dir() and folder.name not in _NO_AXES)
    return digest_folders(_CATALOGUE, _CLIENTS, *axes)
