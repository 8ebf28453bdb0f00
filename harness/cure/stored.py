"""The cures that were proven for a suite, kept beside the results for the page that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.digests import digest_texts
from harness.files import read_regular, replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = "cures"
"""Below the results folder: what variants of a suite showed is of no use to other commands."""

SUFFIX = ".cures.json"
_LARGEST = 4 * 1024 * 1024


class StoredCure(msgspec.Struct, frozen=True, kw_only=True):
    """A change that is proven to cure a suite."""

    change: str  # in words
    patch: str  # a unified diff; empty where only versions change
    proof: str  # how it is proven, and what to know of it, in sentences
    elsewhere: tuple[str, ...] = ()  # what it does on further versions, a sentence each


class StoredCures(msgspec.Struct, frozen=True, kw_only=True):
    """What the newest search for a suite's cures came to. Files come from anywhere: nothing in them is trusted."""

    suite: str  # id
    environments: tuple[str, ...]  # ids
    cures: tuple[StoredCure, ...]  # the smallest first


def write_cures(folder: Path, found: StoredCures) -> None:
    """Write them, in place of what an earlier search for the same suite in these environments found."""
    name = digest_texts({found.suite: "\n".join(found.environments)})
    replace_file(folder / f"{name[:32]}{SUFFIX}", msgspec.json.encode(found))


def read_cures(folder: Path) -> Iterator[StoredCures]:
    """What is stored in a folder. A file that can't be read is passed over."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            if path.stat().st_size <= _LARGEST:
                yield msgspec.json.decode(read_regular(path), type=StoredCures)
        except (OSError, msgspec.DecodeError):
            continue
