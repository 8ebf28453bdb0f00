"""A project's source distribution and an environment for its tests, made once and kept in the cache."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec
from filelock import FileLock

from harness.cache import find_cache_root
from harness.environments.interpreters import discover, find_for_minor
from harness.environments.uv_tool import find_uv
from harness.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.corpus.model import CorpusProject
    from harness.environments.uv_tool import Uv

SHAPES = Path(__file__).parent / "shapes"
DONE = "corpus-done"
"""Written into an environment when all is in it."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A project that can be run: what its folder is copied from, and an environment with all that its tests need."""

    source: Path  # the archive, or a shape's folder
    folder: Path  # of the environment

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.folder / "bin" / "python"

    def copy(self, folder: Path) -> Path:
        """A copy of the project below `folder`, which must be empty."""
        if self.source.is_dir():
            return shutil.copytree(self.source, folder / self.source.name)
        with tarfile.open(self.source) as archive:
            archive.extractall(folder, filter="data")
        (top,) = folder.iterdir()
        return top


def prepare(project: CorpusProject) -> Prepared:
    """Download and install what isn't there yet. Raises `InfrastructureError` where that can't be done."""
    root = find_cache_root() / "corpus"
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / f"{project.name}.lock"):
        uv = find_uv()
        source = _find_release(uv, project, root / "releases") if project.version else SHAPES / project.name
        return Prepared(source=source, folder=_make_environment(uv, project, source, root / "environments"))


def _find_release(uv: Uv, project: CorpusProject, folder: Path) -> Path:
    """The archive with the digest that the corpus names."""
    kept = folder / project.sha256
    if not kept.exists() or not any(kept.iterdir()):
        download = ["tool", "run", "pip", "download", "--no-deps", "--no-binary=:all:", f"--dest={kept}"]
        _run(uv, [*download, f"{project.name}=={project.version}"], f"{project.name} {project.version}")
    (archive,) = kept.iterdir()
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != project.sha256:
        archive.unlink()
        raise InfrastructureError(
            f"{archive.name} has the digest {found}, not {project.sha256}.",
            remedy="See what has been published there before you change the digest in benchmarks/corpus/projects.toml.",
        )
    return archive


def _make_environment(uv: Uv, project: CorpusProject, source: Path, folder: Path) -> Path:
    """An environment of these packages. The project itself is built and installed where it is a release."""
    parts = (project.python, project.sha256, project.installed, project.extras, project.requirements)
    digest = hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:12]
    environment = folder / f"{project.name}-{digest}"
    if (environment / DONE).exists():
        return environment
    interpreter = find_for_minor(discover().found, project.python)
    _run(uv, ["venv", "--clear", "--python", interpreter.executable, str(environment)], "the environment")
    install = ["pip", "install", "--compile-bytecode", "--python", str(environment / "bin" / "python")]
    with TemporaryDirectory() as copied:  # setuptools leaves things in the folder that it builds
        _run(uv, [*install, *_name_itself(project, source, Path(copied)), *project.requirements], project.name)
    (environment / DONE).touch()
    return environment


def _name_itself(project: CorpusProject, source: Path, folder: Path) -> list[str]:
    """What is installed of the project itself."""
    if project.installed:
        return [str(shutil.copytree(source, folder / source.name))]
    extras = f"[{','.join(project.extras)}]" if project.extras else ""
    return [f"{project.name}{extras} @ {source.as_uri()}"] if project.version else []


def _run(uv: Uv, arguments: Sequence[str], what: str) -> None:
    done = uv.run(arguments)
    if done.returncode:
        raise InfrastructureError(
            f"uv could not get {what}: {done.stderr.strip()}", remedy="Mend that, then run again."
        )
