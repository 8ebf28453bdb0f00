"""Names of results files, and replacing a file whole."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.store.model import Header

SUFFIX = ".jsonl"
_LONGEST = 180  # file systems allow 255 bytes


def results_file_name(header: Header) -> str:
    """`<run>.<environment id>.jsonl`; every character a file system may not like is an underscore."""
    return f"{_slug(header.run)}.{_slug(header.environment_id)}"[:_LONGEST] + SUFFIX


def results_files_of(folder: Path, environment_id: str) -> list[Path]:
    """The files in the folder that runs wrote for this environment, by their names; the newest first."""
    return sorted(folder.glob(f"*.{_slug(environment_id)}{SUFFIX}"), reverse=True)


def replace_file(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader sees either the old file or the whole new one."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as file:
        part = Path(file.name)
        try:
            file.write(data)
            file.close()  # Windows does not rename an open file
            part.chmod(0o644)
            part.replace(path)
        except BaseException:
            file.close()
            part.unlink(missing_ok=True)
            raise


def _slug(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z._-]+", "_", text).strip(".") or "_"
