"""What `--suite DIR::PATH` names: a folder, and which part of it is run."""

from __future__ import annotations

import difflib
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

SEPARATOR = "::"


@dataclass(frozen=True, kw_only=True)
class SuiteTarget:
    """A folder, and what pytest is given of it: a file, a folder or a test below it; empty: all."""

    folder: Path
    part: str = ""

    def require_part(self, paths: Collection[str]) -> None:
        """Raise `UsageError` unless the part is among what was read from the folder, `paths` below it."""
        file = self.part.partition(SEPARATOR)[0]
        if file == "." or file in paths or any(path.startswith(f"{file}/") for path in paths):
            return
        near = difflib.get_close_matches(file, paths, n=1)
        raise UsageError(
            f"There is no {file} in {self.folder}." if file else f"Nothing follows the :: after {self.folder}.",
            remedy=f"Did you mean {near[0]!r}?" if near else f"Name a file or a folder below {self.folder}.",
        )


def read_target(text: str | Path) -> SuiteTarget:
    """`DIR`, `DIR::PATH`, `DIR::PATH::TEST`, and a file of tests, with a test in it or without, for its folder.

    Nothing before the `::` is the current folder. Raises `UsageError` for a part that is outside of its folder.
    """
    written = str(text)
    if Path(written).expanduser().is_dir():
        return SuiteTarget(folder=Path(written).expanduser().absolute())
    before, found, part = written.partition(SEPARATOR)
    folder = Path(before or ".").expanduser().absolute()
    if folder.is_file() and folder.suffix == ".py":
        part = f"{folder.name}{found}{part}"
        folder = folder.parent
    elif not found:
        return SuiteTarget(folder=folder)
    file, found, test = part.partition(SEPARATOR)
    file = posixpath.normpath(Path(file).as_posix()) if file else ""
    if Path(file).is_absolute() or file.split("/")[0] == "..":
        raise UsageError(
            f"{file} is not below {folder}.", remedy="What follows the :: is a path as seen from that folder."
        )
    target = SuiteTarget(folder=folder, part=file + found + test)
    if not part:
        target.require_part(())
    return target
