"""Paths that may be Python interpreters, and what is known of each without starting it.

One interpreter is typically reached by several names (`python`, `python3`, `python3.12`, symbolic links from another
folder on PATH), so names are resolved first: each real binary is one candidate.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from findpython import Finder
from findpython.utils import looks_like_python, path_is_python, safe_iter_dir

from harness.environments.model import RejectedInterpreter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Candidates(msgspec.Struct, frozen=True):
    """Binaries worth starting, and paths that needn't be."""

    worth_starting: tuple[Path, ...]
    rejected: tuple[RejectedInterpreter, ...]


def find_candidates() -> Candidates:
    """Everything `findpython` knows to look at, mise's installations and the interpreter that runs the harness."""
    return sort_out(dict.fromkeys((*_find_running(), *_list_mise(), *_list_by_findpython())))


def sort_out(paths: Iterable[Path]) -> Candidates:
    """Resolve `paths` to distinct binaries; leave out shims and virtual environments, with the reason."""
    binaries: dict[Path, None] = {}
    rejected: dict[Path, str] = {}
    for path in paths:
        home = _find_home(path)
        if _is_shim(path):
            rejected[path] = "a version manager's shim, not an interpreter; what it can start is looked at by itself"
        elif home is not None:
            rejected[path] = f"a virtual environment, made from {home}"
            binaries.update(dict.fromkeys(_list_pythons_in(home)))
        else:
            binaries[_resolve_path(path)] = None
    return Candidates(
        worth_starting=tuple(sorted(binaries)),
        rejected=tuple(RejectedInterpreter(executable=str(path), reason=why) for path, why in rejected.items()),
    )


def _list_by_findpython() -> Iterator[Path]:
    # `Finder.find_all` starts every name it found, several times over. Its providers only list files.
    for provider in Finder(selected_providers=[]).setup_providers():
        for python in provider.find_pythons():
            yield python.executable


def _find_running() -> Iterator[Path]:
    base = Path(sys.base_prefix)
    yield from _list_pythons_in(base if os.name == "nt" else base / "bin")


def _list_mise() -> Iterator[Path]:
    """`findpython` sees mise's versions only where they are on PATH. Layout: mise.jdx.dev, "Directory Structure"."""
    data = os.environ.get("MISE_DATA_DIR")
    root = Path(data) if data else Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "mise"
    for version in safe_iter_dir(root / "installs" / "python"):
        yield from _list_pythons_in(version if os.name == "nt" else version / "bin")


def _list_pythons_in(folder: Path) -> Iterator[Path]:
    for path in sorted(safe_iter_dir(folder)):
        if path_is_python(path):
            yield _resolve_path(path)


def _resolve_path(path: Path) -> Path:
    """`path` without symbolic links, except where one leads to a dispatcher that looks at the name it is called by."""
    real = path.resolve()
    return real if looks_like_python(real.name) else path.absolute()


def _is_shim(path: Path) -> bool:
    """pyenv, asdf and mise keep theirs in a folder `shims`: scripts, or links to the manager itself.

    Starting one costs a shell and fails where its version is inactive. Scoop's shims are executables and the only way
    to reach what they start, so those are candidates.
    """
    if path.parent.name != "shims":
        return False
    if path.is_symlink():
        return not looks_like_python(path.resolve().name)
    try:
        with path.open("rb") as handle:
            return handle.read(2) in (b"#!", b"@e", b"@E")
    except OSError:
        return False


def _find_home(path: Path) -> Path | None:
    """The folder of the interpreter that the virtual environment around `path` was made from."""
    for folder in (path.parent, path.parent.parent):
        try:
            lines = (folder / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        settings = dict(line.split("=", 1) for line in lines if "=" in line)
        homes = [value.strip() for key, value in settings.items() if key.strip() == "home"]
        return Path(homes[0]) if homes else folder
    return None
