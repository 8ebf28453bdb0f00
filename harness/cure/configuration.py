"""Setting an option of pytest in the suite's own configuration file, whatever kind it is; all else in it stays."""

from __future__ import annotations

import posixpath
import re
import tomllib
from codecs import BOM_UTF8
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from harness.suites.roots import CONFIGURATION, INI

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.cure.model import Content

PYPROJECT = "pyproject.toml"
_SECTIONS = {INI: "pytest", ".pytest.ini": "pytest", "tox.ini": "pytest", "setup.cfg": "tool:pytest"}
_NATIVE = ("pytest.toml", ".pytest.toml")
_ORDER = (*_NATIVE, *(name for name in CONFIGURATION if name not in _NATIVE))
"""As pytest looks for them in a folder."""

_ALWAYS = (INI, ".pytest.ini", *_NATIVE)
"""Files that configure pytest even if they are empty."""

_HEADER = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True, kw_only=True)
class ConfigurationFile:
    """The file that pytest takes its options from, or would, and where in it they are."""

    path: str
    table: tuple[str, ...]  # of a TOML file; the name of the section alone, of an INI file

    @property
    def is_toml(self) -> bool:
        """Whether it is written in TOML."""
        return self.path.endswith(".toml")


def find_configuration(content: Content, part: str = "") -> ConfigurationFile:
    """The file that counts for the tests in `part`, a path below the suite; one that isn't there yet if there is none.

    It is looked for as pytest does: in the part's folder first, then in those above. A new option goes into
    `pyproject.toml` if the project has one, and otherwise into a new `pytest.ini`.
    """
    for folder in _list_folders(content, part):
        for name in _ORDER:
            path = posixpath.join(folder, name)
            if path in content and (table := _find_table(name, content[path])):
                return ConfigurationFile(path=path, table=table)
    if PYPROJECT in content:
        return ConfigurationFile(path=PYPROJECT, table=("tool", "pytest", "ini_options"))
    return ConfigurationFile(path=INI, table=("pytest",))


def read_options(content: Content, part: str = "") -> dict[str, str]:
    """The options that are set there, by name; empty where the file can't be understood."""
    file = find_configuration(content, part)
    text = _decode(content.get(file.path, b""))
    if text is None:
        return {}
    if file.is_toml:
        with suppress(tomllib.TOMLDecodeError):
            found = _look_up(tomllib.loads(text), file.table)
            return {name: value for name, value in found.items() if isinstance(value, str)}
        return {}
    return {name: value for name, value, _ in _list_ini_options(text.splitlines(), file.table[0])}


def set_options(content: Content, options: Mapping[str, str], part: str = "") -> Content | None:
    """The files with these options; None where they are so already, or the file can't be understood."""
    file = find_configuration(content, part)
    text = _decode(content.get(file.path, b""))
    if text is None:
        return None
    try:
        changed = _set_in_toml(text, file.table, options) if file.is_toml else _set_in_ini(text, file.table[0], options)
    except TOMLKitError:
        return None
    mark = BOM_UTF8 if content.get(file.path, b"").startswith(BOM_UTF8) else b""
    return None if changed == text else {**content, file.path: mark + changed.encode()}


def _list_folders(content: Content, part: str) -> Iterator[str]:
    """The folder of the part, and all above it up to the suite's own."""
    file = part.partition("::")[0].strip("/")
    folder = posixpath.dirname(file) if file in content else file.removeprefix(".")
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _find_table(name: str, data: bytes) -> tuple[str, ...]:
    """Where pytest's options are in the file; empty where it isn't one that configures pytest."""
    text = _decode(data)
    if text is None:
        return ()
    if name == PYPROJECT:
        with suppress(tomllib.TOMLDecodeError):
            table = _look_up(tomllib.loads(text), ("tool", "pytest"))
            if "ini_options" in table:
                return ("tool", "pytest", "ini_options")
            return ("tool", "pytest") if table else ()
        return ()
    if name.endswith(".toml"):
        return ("pytest",)
    section = _SECTIONS[name]
    there = any(_read_header(line) == section for line in text.splitlines())
    return (section,) if there or name in _ALWAYS else ()


def _decode(data: bytes) -> str | None:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _look_up(document: dict[str, Any], table: Sequence[str]) -> dict[str, Any]:
    """A table of the document; an empty one where there is none."""
    for key in table:
        found = document.get(key)
        document = found if isinstance(found, dict) else {}
    return document


def _set_in_toml(text: str, table: Sequence[str], options: Mapping[str, str]) -> str:
    document = tomlkit.parse(text.replace("\r\n", "\n"))
    place: Any = document
    for key in table[:-1]:
        place = place.setdefault(key, tomlkit.table(is_super_table=True))
    place = place.setdefault(table[-1], tomlkit.table())
    for name, value in options.items():
        if place.get(name) != value:
            place[name] = value
    return _restore_newlines(tomlkit.dumps(document), text)


def _set_in_ini(text: str, section: str, options: Mapping[str, str]) -> str:
    lines = text.splitlines()
    for name, value in options.items():
        lines = _set_ini_option(lines, section, name, value)
    changed = "\n".join(lines) + "\n"
    return text if lines == text.splitlines() else _restore_newlines(changed, text)


def _set_ini_option(lines: Sequence[str], section: str, name: str, value: str) -> list[str]:
    there = list(_list_ini_options(lines, section))
    sign = "=" if there and all(re.match(r"[^\s=]+=\S", lines[at.start]) for *_, at in there) else " = "
    line = f"{name}{sign}{value}"
    for other, old, at in there:
        if other == name:
            return list(lines) if old == value else [*lines[: at.start], line, *lines[at.stop :]]
    if there:
        end = there[-1][2].stop
        return [*lines[:end], line, *lines[end:]]
    headers = [number for number, text in enumerate(lines) if _read_header(text) == section]
    if headers:
        return [*lines[: headers[0] + 1], line, *lines[headers[0] + 1 :]]
    gap = [""] if lines and lines[-1].strip() else []
    return [*lines, *gap, f"[{section}]", line]


def _list_ini_options(lines: Sequence[str], section: str) -> Iterator[tuple[str, str, range]]:
    """The options of a section: name, value and lines, those that continue it included."""
    here = False
    number = 0
    while number < len(lines):
        line = lines[number]
        header = _read_header(line)
        found = re.match(r"([^\s#;=:\[][^=:]*?)\s*[=:]\s*(.*)", line) if here and header is None else None
        if header is not None:
            here = header == section
        number += 1
        if found:
            start, end = number - 1, number
            while number < len(lines) and (not lines[number].strip() or lines[number][0] in " \t"):
                number += 1
                end = number if lines[number - 1].strip() else end
            further = (text.strip() for text in lines[start + 1 : end])
            yield found[1], "\n".join((found[2].strip(), *further)).strip(), range(start, end)
            number = end


def _read_header(line: str) -> str | None:
    found = _HEADER.match(line)
    return found[1] if found else None


def _restore_newlines(text: str, like: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n") if "\r\n" in like else text
