"""Environments that users have: where their interpreter is, what is installed, and whether that was changed since."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from packaging.utils import canonicalize_name

from harness.environments.answers import ask_interpreter, make_plain_variables
from harness.environments.interpreters import find_objection
from harness.environments.model import ExistingEnvironment, ExistingPackage, Interpreter
from harness.errors import UsageError
from harness.files import are_results

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

SCRIPT = Path(__file__).with_name("inventory.py")
PYTHONS = ("bin/python", "bin/python3", "Scripts/python.exe", "python.exe")
"""Where an environment has its interpreter: made by venv, virtualenv, uv or conda, here or on Windows."""

NAMES = ("", ".venv", "venv")
"""Below a folder, where its environment may be: a project's folder means the environment in it."""

LIMIT = 60.0  # seconds; a large environment on a slow disk

_REMEDY = "Name the folder of a virtual environment, such as .venv, or a Python interpreter."


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """What `inventory.py` prints."""

    executable: str
    packages: tuple[FoundPackage, ...]
    sites: tuple[str, ...]
    path: tuple[str, ...]
    mapped: tuple[str, ...]
    standard: tuple[str, ...]


class FoundPackage(msgspec.Struct, frozen=True, kw_only=True):
    """A package as its metadata has it."""

    name: str
    version: str
    place: str
    origin: str  # `direct_url.json`
    requires: tuple[str, ...]


@lru_cache
def read_existing(path: Path) -> ExistingEnvironment:
    """The environment in a folder, or of an interpreter, that has pytest. Asked once.

    Raises `UsageError` with the reason where it can't be used.
    """
    existing = inspect_python(find_interpreter(path))
    if "pytest" not in existing.installed:
        raise UsageError(
            f"There is no pytest in {path}, so no suite can be run there.",
            remedy="Install it there, or name the environment in which you run the suite.",
        )
    return existing


def find_interpreter(path: Path) -> Path:
    """The interpreter that `path` means: a virtual environment, a folder that has one, or an interpreter itself."""
    try:
        given = Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - links must stay: they make the environment
        if given.is_file():
            return given
        if not given.is_dir():
            problem = f"{path} is neither a folder nor a file" if given.exists() else f"There is no {path}"
            raise UsageError(f"{problem}.", remedy=_REMEDY)
        for python in (given / name / place for name in NAMES for place in PYTHONS):
            if python.is_file():
                return python
            if python.is_symlink():
                raise UsageError(
                    f"{python} leads nowhere: the Python that the environment was made from is gone.",
                    remedy="Make the environment anew, or name another.",
                )
    except (OSError, RuntimeError) as error:  # no permission; a `~` without a home
        reason = f"{getattr(error, 'strerror', error)}".rstrip(".")
        raise UsageError(f"{path} can't be used: {reason}.", remedy=_REMEDY) from error
    raise UsageError(f"There is no environment in {path}: no {PYTHONS[0]} and no {NAMES[1]}.", remedy=_REMEDY)


def inspect_python(python: Path) -> ExistingEnvironment:
    """What is installed for an interpreter, as itself says it. Raises `UsageError` where it can't be used."""
    answer = ask_interpreter(python)
    objection = f"it {answer}" if isinstance(answer, str) else find_objection(answer)
    if isinstance(answer, str) or objection:
        raise UsageError(f"{python} can't be used: {objection}.", remedy=_REMEDY)
    # A version manager's shim starts another interpreter in another folder: what it started now is meant.
    own = Path(answer.executable) if Path(answer.executable).is_file() else python
    found = _take_inventory(own)
    return ExistingEnvironment(
        interpreter=Interpreter(version=answer.version, executable=str(own), implementation=answer.implementation),
        packages=tuple(sorted(_make_package(one, found.sites) for one in found.packages)),
        sites=found.sites,
        sources=tuple(sorted({*found.path, *found.mapped, *_list_projects(found)} - {*found.standard})),
    )


def digest_files(existing: ExistingEnvironment, *, apart: Collection[Path] = ()) -> str:
    """Changes whenever a file changes that code is in; byte code, results and what is in the folders `apart` aside.

    Over paths, sizes and times: also of an editable project and of a package that was edited where it is installed.
    """
    digest = hashlib.sha256()
    seen: set[str] = set()
    left_out = {str(each.resolve()) for each in apart}
    for source in existing.sources:
        for entry in _walk(source, seen, left_out):
            try:
                status = os.stat(entry)  # noqa: PTH116 - tens of thousands of files
            except OSError:
                continue
            digest.update(f"{entry}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]


def _walk(place: str, seen: set[str], left_out: Collection[str]) -> Iterator[str]:
    if os.path.isfile(place):  # noqa: PTH113 - as above
        yield place
        return
    for folder, folders, files in os.walk(place, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen or real in left_out or are_results(Path(folder), files):
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(
            name
            for name in folders
            if name not in ("__pycache__", "node_modules")
            and not name.startswith(".")
            and not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))  # noqa: PTH110, PTH118 - as above
        )
        yield from (f"{folder}{os.sep}{name}" for name in sorted(files) if not name.endswith((".pyc", ".pyo")))


def _take_inventory(python: Path) -> Inventory:
    command = [str(python), "-c", SCRIPT.read_text(encoding="utf-8")]
    variables = {**make_plain_variables(), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                encoding="utf-8",
                errors="replace",
                timeout=LIMIT,
                cwd=folder,
                env=variables,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = getattr(error, "strerror", "") or f"it gave no answer in {LIMIT:g} seconds"
            raise UsageError(f"{python} can't be used: {reason}.", remedy=_REMEDY) from error
    try:
        # What the environment prints at its start comes before.
        return msgspec.json.decode(done.stdout.strip().rpartition("\n")[2], type=Inventory)
    except msgspec.MsgspecError as error:
        words = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
        raise UsageError(f"{python} doesn't say what is installed there: {words}.", remedy=_REMEDY) from error


def _make_package(found: FoundPackage, sites: Iterable[str]) -> ExistingPackage:
    place = Path(found.place)
    return ExistingPackage(
        name=canonicalize_name(found.name),
        version=found.version,
        place=found.place,
        # A project in development mode has its metadata beside its code, and in the form that tools write there.
        local=bool(found.origin) or not (place.suffix == ".dist-info" or any(map(place.is_relative_to, sites))),
        requires=found.requires,
    )


def _list_projects(found: Inventory) -> Iterator[str]:
    """Folders of editable projects: code there may read files beside it, and some build tools have own finders."""
    folders = (_find_editable_folder(one.origin) for one in found.packages)
    yield from (str(folder) for folder in folders if folder is not None)


class _Origin(msgspec.Struct):
    """`direct_url.json` (PEP 610), as far as it is needed."""

    url: str
    dir_info: dict[str, bool] = {}


def _find_editable_folder(origin: str) -> Path | None:
    try:
        read = msgspec.json.decode(origin or "{}", type=_Origin)
    except msgspec.MsgspecError:
        return None
    if not read.dir_info.get("editable") or not read.url.startswith("file:"):
        return None
    from urllib.request import url2pathname  # noqa: PLC0415 - brings HTTP along, and few environments have such a package

    return Path(url2pathname(urlsplit(read.url).path))
