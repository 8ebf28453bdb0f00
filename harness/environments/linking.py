"""What a copy of an environment has in common with it: links to where that is installed, and commands for it."""

from __future__ import annotations

import contextlib
import os
import shutil
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from harness.environments.model import ExistingEnvironment, ExistingPackage


def link_rest(existing: ExistingEnvironment, site: Path, python: Path, installed: Iterable[str], *, same: bool) -> None:
    """Link into the copy's `site` everything of the environment but the packages that were `installed` anew.

    Where the Python is not the `same`, only packages that come from no index. Raises `OSError`.
    """
    moved = {one.partition("==")[0] for one in installed}
    kept = [one for one in existing.packages if one.name not in moved and (same or one.local)]
    if same:
        gone = {path for one in existing.packages if one.name in moved for path in _list_files(one)}
        sites = [Path(folder) for folder in existing.sites]
        shared = {above for path in gone for above in path.parents}.difference(sites)
        for folder in filter(Path.is_dir, sites):
            _link_folder(folder, site, gone, shared)
    else:
        for one in kept:
            _link_package(one, existing.sites, site)
    for one in kept:
        write_scripts(metadata.PathDistribution(Path(one.place)), python)


def link_tree(source: Path, target: Path) -> None:
    """Put every file that is in `source` into `target`: the same file under another name, where the disk has that."""
    target.mkdir(exist_ok=True)
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir():
                link_tree(Path(entry.path), target / entry.name)
            else:
                link_file(entry.path, f"{target}{os.sep}{entry.name}")


def link_file(source: str, target: str) -> None:
    """The same for one file. One that is there already stays."""
    with contextlib.suppress(FileExistsError):
        try:
            os.link(source, target)
        except FileExistsError:  # a file that two packages have
            raise
        except OSError:
            shutil.copy2(source, target)


def _link_folder(source: Path, target: Path, gone: Collection[Path], shared: Collection[Path]) -> None:
    """Link what is in `source`; a folder in which something is gone, or that is there already, is made anew."""
    for path in sorted(source.iterdir()):
        beside = target / path.name
        # Byte code without its source would make a folder of a package that is gone one to import from.
        if path in gone or (path.name == "__pycache__" and (source in shared or beside.exists())):
            continue
        if path.is_dir() and not path.is_symlink() and (path in shared or _are_parts_of_one(path, beside)):
            if beside.is_symlink():
                first = beside.resolve()
                beside.unlink()
                _link_folder(first, beside, gone, shared)
            _link_folder(path, beside, gone, shared)
        elif not os.path.lexists(beside):
            target.mkdir(exist_ok=True, parents=True)
            _link(path, beside)


def _are_parts_of_one(path: Path, beside: Path) -> bool:
    """Whether both are folders of one namespace package, such as `google`."""
    return beside.is_dir() and not (path / "__init__.py").exists() and not (beside / "__init__.py").exists()


def _link_package(package: ExistingPackage, sites: Iterable[str], target: Path) -> None:
    if not any(Path(package.place).is_relative_to(site) for site in sites):  # in development mode
        (target / f"__{package.name}.pth").write_text(f"{Path(package.place).parent}\n", encoding="utf-8")
        return
    folder = Path(package.place).parent
    for path in (*_list_files(package), Path(package.place)):
        if path.is_relative_to(folder) and path.is_file() and path.suffix not in (".pyc", ".pyo"):
            beside = target / path.relative_to(folder)
            beside.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                _link(path, beside)


def _link(path: Path, target: Path) -> None:
    try:
        target.symlink_to(path, target_is_directory=path.is_dir())
    except FileExistsError:
        raise
    except OSError:  # Windows, without the right to make links
        if path.is_dir():
            shutil.copytree(path, target)
        else:
            shutil.copy2(path, target)


def _list_files(package: ExistingPackage) -> set[Path]:
    """Everything that was installed with it, its metadata included."""
    place = Path(package.place)
    distribution = metadata.PathDistribution(place)
    files = {Path(os.path.normpath(place.parent / file)) for file in distribution.files or ()}
    for name in (distribution.read_text("top_level.txt") or "").split() if not files else ():
        files |= {place.parent / name, place.parent / f"{name}.py"}
    return files | {place}


def write_scripts(distribution: metadata.Distribution, python: Path) -> None:
    """The commands of a package that is linked, to start this Python. None on Windows, where they are programs."""
    for entry in distribution.entry_points.select(group="console_scripts") if os.name != "nt" else ():
        script = python.parent / Path(entry.name).name
        if not script.exists():
            start = (entry.attr or "").partition(".")[0]
            # A path may be too long for a first line, or have spaces in it: sh starts what Python reads as a text.
            lines = (
                "#!/bin/sh",
                f"'''exec' '{python}' \"$0\" \"$@\"",
                "' '''",
                "import sys",
                f"from {entry.module} import {start}",
                f"sys.exit({entry.attr}())",
            )
            script.write_text("\n".join(lines) + "\n", encoding="utf-8")
            script.chmod(0o755)
