"""Lock files: which versions there were when it was made. They are kept as far as the versions under test allow."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from harness.requirements.model import Source, make_source
from harness.requirements.tables import get_list, get_table, read_toml
from harness.requirements.text_files import decode_text, find_compiled, join_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

KNOWN = ("uv.lock", "poetry.lock", "pdm.lock")
PIPFILE_LOCK = "Pipfile.lock"
_PIN = re.compile(r"(?P<name>[\w.-]+)(\[[^]]*\])?\s*===?\s*(?P<version>[^\s;,*\\]+)")


def find_locks(files: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    """Version of each package, by file. Packages of which a file has several versions are left out."""
    found = {path: _find_single(_list_locked(read_toml(files, path)[0])) for path in KNOWN if path in files}
    for path in files:
        if _is_pylock(path):
            found[path] = _find_single(_list_locked(read_toml(files, path)[0]))
    if PIPFILE_LOCK in files:
        found[PIPFILE_LOCK] = _find_single(_list_pinned(_read_pipfile_lock(files)))
    for path in find_compiled(files):
        found[path] = _find_single(_list_pinned(join_lines(decode_text(files[path]))))
    return {path: pins for path, pins in found.items() if pins}


def read_sole_locks(files: Mapping[str, bytes]) -> list[Source]:
    """What `pylock.toml` and `Pipfile.lock` name, for a folder in which nothing else does."""
    found = [
        make_source(path, "", _list_lines(read_toml(files, path)[0])) for path in sorted(files) if _is_pylock(path)
    ]
    if PIPFILE_LOCK in files:
        found.append(make_source(PIPFILE_LOCK, "", _read_pipfile_lock(files)))
    return found[:1]


def _is_pylock(path: str) -> bool:
    if "/" in path or not path.startswith("pylock"):
        return False
    from packaging.pylock import is_valid_pylock_path  # noqa: PLC0415 - takes long, and hardly any project has one

    return is_valid_pylock_path(Path(path))


def _list_locked(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and version of `[[package]]`, as all four kinds of file have it, but for what is no release."""
    for package in (*get_list(data.get("package")), *get_list(data.get("packages"))):
        if isinstance(package, dict) and _is_release(package):
            yield str(package.get("name", "")), str(package.get("version", ""))


def _is_release(package: Mapping[str, Any]) -> bool:
    source = get_table(package, "source")
    if "type" in source:  # Poetry names only sources that are none of the usual
        return bool(source["type"] == "legacy")
    return not source or "registry" in source


def _list_lines(data: Mapping[str, Any]) -> Iterator[str]:
    for package in get_list(data.get("packages")):
        if isinstance(package, dict) and "name" in package and "version" in package:
            marker = f" ; {package['marker']}" if package.get("marker") else ""
            yield f"{package['name']}=={package['version']}{marker}"


def _read_pipfile_lock(files: Mapping[str, bytes]) -> list[str]:
    """The lines of both parts."""
    try:
        data = json.loads(decode_text(files[PIPFILE_LOCK]))
    except ValueError:
        return []
    lines = []
    for part in ("default", "develop"):
        for name, entry in get_table(data, part).items() if isinstance(data, dict) else ():
            if isinstance(entry, dict) and entry.get("version"):
                marker = f" ; {entry['markers']}" if entry.get("markers") else ""
                lines.append(f"{name}{entry['version']}{marker}")
    return lines


def _list_pinned(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if match := _PIN.match(line):
            yield match["name"], match["version"]


def _find_single(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for name, version in pairs:
        if name and version:
            found.setdefault(canonicalize_name(name), set()).add(version)
    return {name: min(versions) for name, versions in found.items() if len(versions) == 1}
