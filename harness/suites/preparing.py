"""Making a suite ready to run: its project is built, and what it needs is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness.cache import find_cache_root
from harness.environments.interpreters import discover, find_newest
from harness.environments.uv_tool import find_uv
from harness.errors import UsageError
from harness.files import read_given
from harness.packages import CLIENTS, DEFAULT_CLIENT
from harness.requirements.model import Needed
from harness.requirements.reading import read_named, read_needs, read_python
from harness.requirements.tables import read_toml
from harness.suites.project import BuildError, Project, find_version, is_installable
from harness.suites.pythons import fit_interpreters
from harness.suites.uses import read_uses

if TYPE_CHECKING:
    from harness.requirements.metadata import Metadata
    from harness.suites.suite import Suite


def prepare_suite(suite: Suite, *, requirements: Sequence[str], install: bool, client: str | None) -> Suite:
    """The suite with its project, what it needs and the client that it uses, which is `client` if that is named.

    `requirements` are files that say what it needs in place of its own. Raises `UsageError` for one that can't be read.
    """
    project = _make_project(suite) if install and is_installable(suite.content) else None
    metadata, generated, problem = _build(project, suite) if project else (None, {}, "")
    needed = read_files(requirements) if requirements else read_needs(suite.content, metadata)
    needed = add_imported_clients(needed, suite.content)
    python = metadata.python if metadata else _read_python(suite)
    notes = [*suite.needed.notes, *needed.notes]
    if metadata:
        notes.append(f"its project {metadata.name} {metadata.version} is built and installed")
    elif problem:
        notes.append(f"its project can't be built, so its folder is on the import path instead: {problem}")
    name = f"{metadata.name} {metadata.version}" if metadata else ""
    return replace(
        suite,
        content={**suite.content, **generated},
        needed=msgspec.structs.replace(needed, python=python, notes=tuple(notes)),
        project=project if metadata else None,
        client=client or find_client(needed),
        conditions=msgspec.structs.replace(suite.conditions, project=name) if suite.conditions else None,
    )


def find_client(needed: Needed) -> str | None:
    """The client package that a suite names; None where it names none or both."""
    named = [client for client in CLIENTS if client in _list_names(needed)]
    return named[0] if len(named) == 1 else None


def add_imported_clients(needed: Needed, content: Mapping[str, bytes]) -> Needed:
    """What is needed, with the client packages that the suite's code imports and nothing names."""
    imported = {module.partition(".")[0] for module in read_uses(content).modules}
    named = _list_names(needed)
    added = tuple(name for name, one in CLIENTS.items() if one.root in imported and name not in named)
    if added in ((), (DEFAULT_CLIENT,)):  # the first is there anyway
        return needed
    note = f"its code imports {' and '.join(added)}, which nothing names and is installed all the same"
    return msgspec.structs.replace(needed, lines=(*needed.lines, *added), notes=(*needed.notes, note))


def find_imported_client(content: Mapping[str, bytes]) -> str | None:
    """The client package that the code imports where it isn't the usual one; None also where it imports both."""
    return find_client(add_imported_clients(Needed(), content))


class FilesOnDisk(Mapping[str, bytes]):
    """Files by path, read when they are asked for: of those that others include nobody knows before."""

    def __getitem__(self, path: str) -> bytes:
        return read_given(Path(path).expanduser())

    def __contains__(self, path: object) -> bool:
        return Path(str(path)).expanduser().is_file()

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def read_files(paths: Sequence[str]) -> Needed:
    """What requirements files name, with what they include. Raises `UsageError` for one that can't be read."""
    try:
        return read_named(FilesOnDisk(), paths)
    except OSError as error:
        raise UsageError(
            f"--requirements {error.filename} can't be read: {error.strerror}.", remedy="Name a requirements file."
        ) from error


def _list_names(needed: Needed) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in needed.lines}


def _make_project(suite: Suite) -> Project:
    version = find_version(suite.folder, suite.content)
    return Project(content=suite.content, version=version, uv=find_uv(), root=find_cache_root())


def _build(project: Project, suite: Suite) -> tuple[Metadata | None, dict[str, bytes], str]:
    """The project's metadata and what its build adds to its packages, or why it can't be built."""
    interpreters = discover().found
    fit = fit_interpreters(_read_python(suite), interpreters) or interpreters
    python = find_newest(fit).executable
    try:
        return project.read_metadata(python), project.list_generated(python), ""
    except BuildError as error:
        return None, {}, str(error)


def _read_python(suite: Suite) -> str:
    return read_python(suite.content, read_toml(suite.content, "pyproject.toml")[0])
