"""All that a folder says about what it needs, put together.

The precedence is short. What a project itself needs is what its built metadata says; its own files say it only where it
was not built. To that come requirements files, groups and extras for tests, what tox and nox install for tests, and the
plugins that pytest's configuration names. What is for development counts where nothing of that names pytest. Lock files
only say which versions are taken where nothing else decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness.requirements import older_files, plugins, poetry, pyproject, tools
from harness.requirements.locks import find_locks, read_sole_locks
from harness.requirements.metadata import Metadata, read_metadata
from harness.requirements.model import Needed, Rank, Source, is_same_name, split_own_extras
from harness.requirements.tables import get_table, read_toml
from harness.requirements.text_files import Reading, read_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NOTHING = "nothing names what it needs"


def read_needs(files: Mapping[str, bytes], metadata: Metadata | None = None) -> Needed:
    """Everything that the folder's files name. `metadata` is the built project's."""
    data, problem = read_toml(files, pyproject.FILE)
    name = metadata.name if metadata else str(get_table(data, "project").get("name", ""))
    found = [*_read_own(files, data, metadata), *_read_further(files, data)]
    sources = [split_own_extras(source, name) for source in found]
    if not any(source.lines for source in sources):
        sources += read_sole_locks(files)
    counted = choose_sources(sources)
    local, notes = pyproject.find_local_sources(data)
    lines = [line for source in counted for line in source.lines if _name(line) not in local]
    locks = find_locks(files)
    pins = {name: version for found in reversed(locks.values()) for name, version in found.items()}
    return Needed(
        lines=tuple(sorted(set(lines))),
        constraints=tuple(sorted({line for source in counted for line in source.constraints})),
        preferences=tuple(sorted(f"{name}=={version}" for name, version in pins.items())),
        python=metadata.python if metadata else read_python(files, data),
        read=describe_sources(sources, counted, locks),
        notes=tuple(dict.fromkeys(filter(None, (problem, *(note for each in counted for note in each.notes), *notes)))),
    )


def read_named(files: Mapping[str, bytes], paths: Sequence[str]) -> Needed:
    """What these files of `files` name, in place of all others."""
    reading = Reading(files)
    for path in paths:
        reading.file(path)
    source = reading.source(paths[0], "", Rank.ALWAYS)
    return Needed(
        lines=tuple(sorted(set(source.lines))),
        constraints=source.constraints,
        read=f"what it needs is read from {', '.join(paths)}",
        notes=source.notes,
    )


def read_python(files: Mapping[str, bytes], data: Mapping[str, Any]) -> str:
    """The versions of Python that the project supports, as its files say."""
    written = get_table(data, "project").get("requires-python")
    return str(written or poetry.read_python(data) or older_files.read_setup_python(files))


def _read_own(files: Mapping[str, bytes], data: Mapping[str, Any], metadata: Metadata | None) -> list[Source]:
    """What the project itself needs, and its extras."""
    if metadata is not None:
        return read_metadata(metadata)
    return [*pyproject.read_project(data), *poetry.read_main(data), *older_files.read_setup(files)]


def _read_further(files: Mapping[str, bytes], data: Mapping[str, Any]) -> list[Source]:
    return [
        *read_files(files),
        *pyproject.read_groups(data),
        *poetry.read_groups(data),
        *pyproject.read_hatch(files, data),
        *older_files.read_setup_tests(files),
        *older_files.read_pipfile(files),
        *tools.read_tox(files, data),
        *tools.read_nox(files),
        *plugins.read_configured(files),
    ]


def choose_sources(sources: Sequence[Source]) -> list[Source]:
    """Those that count, with the extras that they name."""
    counted = [source for source in sources if source.rank >= Rank.TESTS]
    if not any(_name(line) == "pytest" for source in counted for line in source.lines):
        counted += [source for source in sources if source.rank is Rank.DEVELOPMENT]
    extras = [source for source in sources if source.part.startswith("extra ") and source not in counted]
    while named := [each for each in extras if _is_named(each, counted)]:  # an extra may name further ones
        counted += named
        extras = [each for each in extras if each not in named]
    return counted


def _is_named(extra: Source, counted: Iterable[Source]) -> bool:
    name = extra.part.removeprefix("extra ")
    return any(is_same_name(name, each) for source in counted for each in source.extras)


def describe_sources(
    sources: Iterable[Source], counted: Sequence[Source], locks: Mapping[str, Mapping[str, str]]
) -> str:
    """What was read and what was not, in one sentence."""
    left_out = [source for source in sources if source not in counted]
    if not counted and not left_out and not locks:
        return NOTHING
    parts = [f"what it needs is read from {_list(counted) or 'nothing'}"]
    if locks:
        parts.append(f"versions from {', '.join(locks)}")
    if left_out:
        parts.append(f"not read: {_list(left_out)}")
    return "; ".join(parts)


def _list(sources: Iterable[Source]) -> str:
    """The files, each with its parts."""
    parts: dict[str, list[str]] = {}
    for source in sources:
        parts.setdefault(source.file, []).extend([source.part] if source.part else [])
    return ", ".join(f"{file} ({', '.join(dict.fromkeys(each))})" if each else file for file, each in parts.items())


def _name(line: str) -> str:
    return canonicalize_name(Requirement(line).name)
