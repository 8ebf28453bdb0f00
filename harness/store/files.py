"""Names of results files, and opening them."""

from __future__ import annotations

import gzip
import hashlib
import re
from typing import TYPE_CHECKING, cast

from harness.files import open_regular, require_regular

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path

    from harness.store.model import Header

SUFFIX = ".jsonl"
PACKED_SUFFIX = ".jsonl.gz"
_LONGEST = 180  # file systems allow 255 bytes


def make_results_file_name(header: Header, part: int = 1) -> str:
    """`<run>.<environment id>.jsonl`; every character a file system may not like is an underscore.

    Where a run has several files of an environment, those from the second on are `<run>.<part>.<environment id>.jsonl`.
    """
    run = _make_slug(header.run) + (f".{part}" if part > 1 else "")
    return f"{run}.{_make_slug(header.environment_id)}"[:_LONGEST] + SUFFIX


def make_packed_file_name(environment_id: str) -> str:
    """The name of the one packed file of an environment. One that is cut ends with a digest: no two are equal."""
    name = _make_slug(environment_id)
    if len(name) > _LONGEST:
        digest = hashlib.sha256(environment_id.encode()).hexdigest()[:8]
        name = f"{name[: _LONGEST - len(digest) - 1]}-{digest}"
    return name + PACKED_SUFFIX


def find_results_files(folder: Path, environment_id: str) -> list[Path]:
    """The files in the folder that runs wrote for this environment, by their names; the newest first."""
    return sorted(folder.glob(f"*.{_make_slug(environment_id)}{SUFFIX}"), reverse=True)


def list_results_files(folder: Path, suffixes: tuple[str, ...] = (SUFFIX, PACKED_SUFFIX)) -> list[Path]:
    """What is named like a file of results and stands directly in the folder, packed ones too, by their names.

    Also what can't be read, and what is no file: who reads it says so. Raises `OSError` for a folder that can't be
    read.
    """
    return sorted(path for path in folder.iterdir() if path.name.endswith(suffixes))


def open_results(path: Path) -> BufferedReader:
    """Open a results file to read its lines. Raises `OSError`; of a broken packed file, only as it is read.

    A packed file that ends too early raises `EOFError`, one that is otherwise damaged `zlib.error` or `OSError`.
    """
    if path.name.endswith(PACKED_SUFFIX):
        require_regular(path)
        return cast("BufferedReader", gzip.open(path))  # it has all that is asked of it, by another name
    return open_regular(path)


def _make_slug(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z._-]+", "_", text).strip(".") or "_"
