"""Reading a folder of tests: everything in it but what tools have left there. Nothing is written to it."""

from __future__ import annotations

import functools
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.files import are_results
from harness.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LEFT_OUT = frozenset(
    {
        *("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".cache"),
        *(".git", ".hg", ".svn", ".tox", ".nox", ".venv", "node_modules", ".eggs", ".idea", ".vscode"),
    }
)
"""Names of folders that no test needs."""

ENVIRONMENT_SIGNS = ("pyvenv.cfg", "conda-meta")
"""What makes a folder a virtual environment, whatever it is called."""

OUTSIDE = ".."

REPRODUCTION_PAGE, MEASURED = "README.md", "What was measured:"
"""The page in the folder of a reproduction that `repro` writes, and a line of it."""

MOST_BYTES = 64 * 2**20
MOST_FILES = 5_000
"""Of a suite. It is copied for each run in each environment."""

_REMEDY = "Name the folder that holds the tests, their conftest.py and pytest's configuration."
_SMALLER = "Point --suite at a smaller folder, or move what the tests don't need out of it."


def read_folder(folder: Path) -> dict[str, bytes]:
    """Content by path below `folder`, with slashes. Links are followed; sockets and the like are left out.

    Raises `UsageError` if it isn't a folder, holds no Python file, is too large, or can't be read.
    """
    try:
        if not folder.exists():
            raise UsageError(f"There is no folder {folder}.", remedy=_REMEDY)
        if not folder.is_dir():
            raise UsageError(f"{folder} is a file, not a folder.", remedy=_REMEDY)
        paths = _list_files(folder)
        if not any(path.suffix == ".py" for path in paths):
            raise UsageError(f"{folder} holds no Python file, so no tests either.", remedy=_REMEDY)
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    except OSError as error:
        raise UsageError(
            f"The suite {folder} can't be read: {error.strerror} ({error.filename}).",
            remedy="Mend that, or leave it out.",
        ) from error


def find_linked(folder: Path, paths: Iterable[str]) -> dict[str, str]:
    """Those of the paths that links lead to, with where each is below the folder; `OUTSIDE` if it isn't below it.

    `folder` is without links itself.
    """
    resolve = functools.cache(Path.resolve)
    found = {}
    for path in paths:
        parent, name = posixpath.split(path)
        place = resolve(folder / parent) / name
        if place.is_symlink():
            place = place.resolve()
        seen = place.relative_to(folder).as_posix() if place.is_relative_to(folder) else OUTSIDE
        if seen != path:
            found[path] = seen
    return found


def _list_files(folder: Path) -> list[Path]:
    """The files, sorted, as long as they are not too many and not too large."""
    sizes: dict[Path, int] = {}
    total = 0
    for path in _walk(folder, ()):
        sizes[path] = path.stat().st_size
        total += sizes[path]
        if total > MOST_BYTES:
            largest = max(sizes, key=sizes.__getitem__)
            raise UsageError(
                f"{folder} holds more than {format_size(MOST_BYTES)}; the largest file so far is "
                f"{largest.relative_to(folder).as_posix()}, {sizes[largest]:,} bytes.",
                remedy=_SMALLER,
            )
        if len(sizes) > MOST_FILES:
            raise UsageError(f"{folder} holds more than {MOST_FILES:,} files.", remedy=_SMALLER)
    return sorted(sizes)


def _walk(folder: Path, above: tuple[Path, ...]) -> Iterator[Path]:
    real = folder.resolve()
    if real in above:  # a link to a folder that it is in
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            is_environment = any((path / sign).exists() for sign in ENVIRONMENT_SIGNS)
            if path.name not in LEFT_OUT and not is_environment and not _is_written_by_us(path):
                yield from _walk(path, (*above, real))
        elif path.is_file() and path.suffix not in (".pyc", ".pyo") and not _is_single_file(path):
            yield path


def _is_written_by_us(folder: Path) -> bool:
    """Whether it holds results, or is a reproduction: a second time the same tests, with requirements of its own."""
    return _is_reproduction(folder) or are_results(folder, (path.name for path in folder.iterdir()))


def _is_single_file(path: Path) -> bool:
    """Whether it is a reproduction in one file, which lies beside its folder."""
    return path.suffix == ".py" and _is_reproduction(path.with_suffix(""))


def _is_reproduction(folder: Path) -> bool:
    page = folder / REPRODUCTION_PAGE
    return (
        (folder / "requirements.txt").is_file() and page.is_file() and f"\n{MEASURED}\n".encode() in page.read_bytes()
    )
