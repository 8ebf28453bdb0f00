"""The project that a suite belongs to: built from a copy, and installed into a folder beside the environments.

Without it `importlib.metadata`, entry points and packages below `src` don't work. It is installed without what it
needs, so that an environment stays the same set of packages for every project.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.metadata import parse_email
from packaging.utils import parse_wheel_filename
from packaging.version import InvalidVersion, Version

from harness.catalogue.rendering import write_suite
from harness.digests import digest_texts
from harness.environments.build_errors import find_build_error
from harness.environments.shared_files import hold_lock
from harness.files import move
from harness.requirements.metadata import Metadata
from harness.requirements.older_files import read_ini
from harness.requirements.tables import get_table, read_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.environments.uv_tool import Uv

KEPT = 7 * 24 * 3600.0
"""Seconds for which a project is kept that is not used: each change of a suite makes a new one."""

PLACE = "installed"
UNKNOWN = "0.1.dev0"
"""The version of a project that takes it from a repository in which there is none."""

VERSION_VARIABLES = (
    *("SETUPTOOLS_SCM_PRETEND_VERSION", "VCS_VERSIONING_PRETEND_VERSION", "PDM_BUILD_SCM_VERSION", "PBR_VERSION"),
    *("POETRY_DYNAMIC_VERSIONING_BYPASS", "UV_DYNAMIC_VERSIONING_BYPASS"),
)
"""By which build backends take a version from elsewhere than a repository, of which the copy is none."""

SETUP = {"setup.py": b"from setuptools import setup\nsetup()\n"}
"""For a project of `setup.cfg` alone, which needs it to be built."""


class BuildError(Exception):
    """The project can't be built; the text is the line that says why."""


def is_installable(files: Mapping[str, bytes]) -> bool:
    """Whether `pip install .` makes sense in a folder with these files."""
    data, _ = read_toml(files, "pyproject.toml")
    tool = get_table(data, "tool")
    if get_table(tool, "poetry").get("package-mode") is False or get_table(tool, "uv").get("package") is False:
        return False
    if "setup.py" in files or "build-system" in data or get_table(data, "project").get("name"):
        return True
    return bool(read_ini(files, "setup.cfg").get("metadata", "name", fallback=""))


def find_version(folder: Path, files: Mapping[str, bytes]) -> str:
    """The version for a project that takes it from its repository: an sdist's own, or the newest tag."""
    if "PKG-INFO" in files:
        return str(parse_email(files["PKG-INFO"])[0].get("version", UNKNOWN))
    with contextlib.suppress(OSError, subprocess.SubprocessError, InvalidVersion):
        command = ["git", "-C", str(folder), "describe", "--tags", "--abbrev=0"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
        tag = re.search(r"\d.*", done.stdout.strip())
        return str(Version(tag[0])) if tag else UNKNOWN
    return UNKNOWN


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project as it was when it was read. Safe to use from threads and several processes."""

    content: Mapping[str, bytes]
    version: str  # for a project that takes it from its repository
    uv: Uv
    root: Path  # of the cache
    digest: str = field(default="")

    def __post_init__(self) -> None:
        """Name it after all that the wheel depends on, but for the Python."""
        object.__setattr__(self, "digest", digest_texts({**self.content, "/version": self.version})[:32])

    @property
    def folder(self) -> Path:
        """Where what is made of it is kept."""
        return self.root / "projects" / self.digest

    def read_metadata(self, python: str | Path) -> Metadata:
        """What the wheel's metadata says. Raises `BuildError`."""
        wheel = self._provide_wheel(python)
        with zipfile.ZipFile(wheel) as archive:
            name = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
            raw, _ = parse_email(archive.read(name))
        return Metadata(
            name=str(raw.get("name", "")),
            version=str(raw.get("version", "")),
            python=str(raw.get("requires_python", "")),
            requires=tuple(raw.get("requires_dist", ())),
            extras=tuple(raw.get("provides_extra", ())),
        )

    def list_generated(self, python: str | Path) -> dict[str, bytes]:
        """Modules that the build adds to the project's packages, such as `_version.py`, by their place in the folder.

        Packages are imported from the folder where they lie in it, and these may be in no repository.
        """
        found = {}
        with zipfile.ZipFile(self._provide_wheel(python)) as archive:
            for name in (each for each in archive.namelist() if each.endswith(".py")):
                package = name.rpartition("/")[0]
                for place in ("", "src/"):
                    if f"{place}{package}/__init__.py" in self.content and f"{place}{name}" not in self.content:
                        found[f"{place}{name}"] = archive.read(name)
        return found

    def install(self, python: Path) -> Path:
        """The folder that goes on the import path of this Python. Raises `BuildError`."""
        wheel = self._provide_wheel(python)
        place = self._find_place(python) / PLACE  # of its own, as scripts name the Python that starts them
        with self._hold():
            if not place.is_dir():
                place.parent.mkdir(exist_ok=True)
                with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
                    made = Path(scratch) / PLACE
                    target = ("--python", str(python), "--target", str(made))
                    self._run(("pip", "install", *target, "--no-deps", "--no-index", str(wheel)))
                    move(made, place)
        return place

    def _provide_wheel(self, python: str | Path) -> Path:
        """The wheel for this Python, built if it isn't there. One without compiled parts is for all."""
        with self._hold():
            own = self._find_place(python)
            for wheel in (*self.folder.glob("any/*.whl"), *own.glob("*.whl")):
                os.utime(self.folder)
                return wheel
            self._remove_unused()
            with tempfile.TemporaryDirectory() as scratch:
                source, made = Path(scratch) / "source", Path(scratch) / "made"
                alone = not {"setup.py", "pyproject.toml"} & self.content.keys()
                write_suite({**self.content, **(SETUP if alone else {})}, source)
                self._run(("build", "--wheel", "--python", str(python), "--out-dir", str(made), str(source)))
                wheel = next(made.glob("*.whl"))
                place = self.folder / "any" if is_pure(wheel.name) else own
                place.mkdir(parents=True, exist_ok=True)
                return Path(shutil.move(wheel, place / wheel.name))

    def _find_place(self, python: str | Path) -> Path:
        return self.folder / digest_texts({"python": str(python)})[:8]

    def _run(self, arguments: tuple[str, ...]) -> None:
        done = self.uv.build(arguments, dict.fromkeys(VERSION_VARIABLES, self.version))
        if done.returncode:
            raise BuildError(find_build_error(done.stderr))

    def _hold(self) -> contextlib.AbstractContextManager[None]:
        return hold_lock(self.root / "locks" / f"project-{self.digest}.lock", given_up=lambda: self.uv.programs.stopped)

    def _remove_unused(self) -> None:
        for other in (self.root / "projects").glob("*"):
            if other != self.folder and time.time() - other.stat().st_mtime > KEPT:
                shutil.rmtree(other, ignore_errors=True)


def is_pure(wheel: str) -> bool:
    """Whether a wheel of that name is for every Python 3 on every system."""
    return any(
        tag.platform == "any" and tag.abi == "none" and tag.interpreter in ("py3", "py2.py3")
        for tag in parse_wheel_filename(wheel)[3]
    )


def list_compiled(project: Path, paths: Iterable[str]) -> dict[str, Path]:
    """Compiled modules of an installed project, by their place in its folder: there `import` finds its packages first.

    They are for one Python, so that they aren't part of what every Python runs.
    """
    there = set(paths)
    return {
        f"{place}{name}": file
        for file in (*project.rglob("*.so"), *project.rglob("*.pyd"))
        for name in (file.relative_to(project).as_posix(),)
        for place in ("", "src/")
        if f"{place}{name.rpartition('/')[0]}/__init__.py" in there and f"{place}{name}" not in there
    }
