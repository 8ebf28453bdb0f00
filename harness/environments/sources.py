"""Versions that were never released: a wheel, an sdist, a folder of sources, or an address that git can clone.

What is there is built into a wheel and kept in the cache under a version of its own, whose local part says what it was
and has a digest of what is in the wheel: `1.6.0.dev3+folder.1a2b3c4d`. From there on it is a version like any other:
resolved, installed, compared and named in results. The same sources give the same version.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.metadata import parse_email
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness.cache import require_cache
from harness.environments.build_errors import find_build_error
from harness.environments.unreleased import find_folder
from harness.environments.uv_tool import find_uv, make_clean_environment
from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import CompletedProcess

    from harness.environments.uv_tool import Uv

GIT = "git+"
_NOT_COPIED = shutil.ignore_patterns(
    *("__pycache__", "build", "dist", "node_modules", "venv", ".venv", ".tox", ".nox", ".*_cache")
)
_REMEDY = "Name a wheel, an sdist, a folder with a pyproject.toml, or git+ and an address that git can clone."

_BUILD_REMEDY = "See that `uv build` makes a wheel of it, or name a wheel."


def take_version(text: str) -> tuple[str, str]:
    """The package that the sources are of, canonically named, and the version under which they are in the cache now.

    Raises `UsageError` for what can't be built or isn't there, `InfrastructureError` where the cache can't be written.
    """
    uv = find_uv()
    with tempfile.TemporaryDirectory() as scratch:
        kind, wheel = _provide_wheel(text, Path(scratch), uv)
        return _keep(wheel, kind)


def _provide_wheel(text: str, scratch: Path, uv: Uv) -> tuple[str, Path]:
    """What it was, and a wheel of it."""
    if text.startswith(GIT):
        source, commit = _clone(text, scratch / "source", uv)
        return f"git.{commit}", _build(text, source, scratch, uv)
    path = Path(text).absolute()
    if path.name.endswith(".whl") and path.is_file():
        return "wheel", path
    if path.is_file():
        return "sdist", _build(text, path, scratch, uv)
    if not path.is_dir():
        raise UsageError(f"There is nothing at {text}.", remedy=_REMEDY)
    # From a copy, as backends write beside the sources.
    shutil.copytree(path, scratch / "source", symlinks=True, ignore=_NOT_COPIED)
    return "folder", _build(text, scratch / "source", scratch, uv)


def _build(text: str, source: Path, scratch: Path, uv: Uv) -> Path:
    made = scratch / "made"
    done = uv.build(("build", "--wheel", "--python", sys.executable, "--out-dir", str(made), str(source)), {})
    if done.returncode:
        raise UsageError(f"{text} can't be built: {find_build_error(done.stderr).rstrip('.')}.", remedy=_BUILD_REMEDY)
    return next(made.glob("*.whl"))


def _clone(text: str, target: Path, uv: Uv) -> tuple[Path, str]:
    """What `git+ADDRESS[@REF]` names, and the first digits of its commit."""
    address, ref = split_ref(text.removeprefix(GIT))

    def run(*command: str) -> CompletedProcess[str]:
        try:
            variables = {**make_clean_environment(os.environ), "GIT_TERMINAL_PROMPT": "0"}
            return uv.programs.run(["git", *command], stdin="", environment=variables, folder=str(target.parent))
        except OSError as error:
            raise UsageError(f"{text} needs git: {error.strerror}.", remedy="Install git, or name a folder.") from error

    done = run("clone", "--quiet", "--", address, str(target))
    if done.returncode:
        reason = " ".join(done.stderr.split()) or "git says nothing"
        raise UsageError(f"{text} can't be cloned: {reason}", remedy=_REMEDY)
    within = ("-C", str(target))
    if ref:
        # A branch, a tag or a pull request is asked for by name; of a short hash only the clone knows what it is.
        fetched = run(*within, "fetch", "--quiet", "origin", "--", ref).returncode == 0
        if run(*within, "checkout", "--quiet", "--detach", "FETCH_HEAD" if fetched else ref).returncode:
            raise UsageError(f"{address} has no revision {ref}.", remedy="Name a branch, a tag or a commit.")
    return target, run(*within, "rev-parse", "--short=8", "HEAD").stdout.strip()


def split_ref(text: str) -> tuple[str, str]:
    """`ADDRESS@REF` → address and ref, which may have slashes; the `@` of a user's name is part of the address."""
    scheme, separator, rest = text.rpartition("://")
    host, slash, path = rest.partition("/")
    address, _, ref = path.rpartition("@")
    return (f"{scheme}{separator}{host}{slash}{address}", ref) if address else (text, "")


def _keep(wheel: Path, kind: str) -> tuple[str, str]:
    """Put the wheel into the cache under a version that names its content; which package and version that is."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            files = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
        place = next(name for name in files if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        metadata = parse_email(files[place])[0]
        package, version = canonicalize_name(metadata["name"]), Version(metadata["version"])
    except (OSError, zipfile.BadZipFile, StopIteration, KeyError, ValueError) as error:
        raise UsageError(f"{wheel} is not a wheel that can be read.", remedy=_REMEDY) from error
    folder = place.partition("/")[0]
    content = hashlib.sha256()
    for name in sorted(files.keys() - {f"{folder}/RECORD"}):
        content.update(f"{name} {hashlib.sha256(files[name]).hexdigest()}\n".encode())
    digest = content.hexdigest()[:8]
    named = f"{version.public}+{kind}.{digest}"
    stem = f"{package.replace('-', '_')}-{named}"
    files[place] = re.sub(rb"(?m)^Version: .*$", f"Version: {named}".encode(), files[place], count=1)
    kept = find_folder(require_cache(), digest) / f"{stem}-{wheel.stem.split('-', 2)[2]}.whl"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        moved = {name.replace(folder, f"{stem}.dist-info", 1): data for name, data in files.items()}
        moved[f"{stem}.dist-info/RECORD"] = "\n".join((*_list_records(moved, stem), "")).encode()
        with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as file, zipfile.ZipFile(file, "w") as archive:
            for name, data in moved.items():
                archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        Path(file.name).replace(kept)
    return package, named


def _list_records(files: dict[str, bytes], stem: str) -> Iterator[str]:
    """The lines of a wheel's `RECORD`."""
    record = f"{stem}.dist-info/RECORD"
    for name, data in files.items():
        if name != record:
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            yield f"{name},sha256={digest},{len(data)}"
    yield f"{record},,"
