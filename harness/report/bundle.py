"""The page's script: its ES modules, which lie beside each other, as one text that needs no other file.

Each module but the last becomes a function of its own that gives back what it exports, so that names of one are none
of another's. The last one, which imports the others, may wait for something at its top level.
The forms of `import` and `export` that are understood are the ones below; any other is an error.
"""

from __future__ import annotations

import posixpath
import re
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAIN = "main.js"

_IMPORT = re.compile(r'^import \{(?P<names>[^}]*)\} from "(?P<path>\.{1,2}/[^"]+)";\n', re.MULTILINE)
_DECLARATION = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const|let) (?P<name>[\w$]+))", re.MULTILINE)
_LIST = re.compile(r"\bexport ?\{(?P<names>[^}]*)\};?\s*$")
_LEFT = re.compile(r"^\s*(?:import|export)\b.*$", re.MULTILINE)


class BundleError(Exception):
    """A module that can't be joined with the others."""


def read_page_file(path: str) -> str:
    """A file of the page's sources."""
    return resources.files("harness.report").joinpath("web", *path.split("/")).read_text("utf-8")


def bundle(main: str = MAIN, read: Callable[[str], str] = read_page_file) -> str:
    """The module and all that it imports, each once, what is imported first. Raises `BundleError`."""
    parts: dict[str, str] = {}
    _add(main, read, parts, ())
    names = {path: f"module{number}" for number, path in enumerate(parts)}
    *others, last = (_link(text, path, names) for path, text in parts.items())
    wrapped = [f"const module{number} = (() => {{\n{text}}})();" for number, text in enumerate(others)]
    return "\n".join([*wrapped, last])


def _add(path: str, read: Callable[[str], str], parts: dict[str, str], importing: tuple[str, ...]) -> None:
    if path in importing:
        raise BundleError(f"modules that import each other: {' → '.join((*importing, path))}")
    if path in parts:
        return
    text = read(path)
    for match in _IMPORT.finditer(text):
        _add(_resolve(path, match["path"]), read, parts, (*importing, path))
    parts[path] = text


def _resolve(importing: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(importing), path))


def _link(text: str, path: str, names: dict[str, str]) -> str:
    """The module's body: imports are looked up in the other modules' results, and the exports are returned."""
    exports = [(match["name"], match["name"]) for match in _DECLARATION.finditer(text)]
    text = _IMPORT.sub(
        lambda match: f"const {{{_rename(match['names'])}}} = {names[_resolve(path, match['path'])]};\n", text
    )
    text = _DECLARATION.sub("", text)
    if listed := _LIST.search(text):
        exports += [(new, old) for old, new in _read_names(listed["names"])]
        text = text[: listed.start()]
    if left := _LEFT.search(text):
        raise BundleError(f"{path}: not understood: {left[0].strip()}")
    body = text if text.endswith("\n") else text + "\n"
    returned = ", ".join(new if new == old else f"{new}: {old}" for new, old in exports)
    return f"{body}return {{ {returned} }};\n" if exports else body


def _rename(names: str) -> str:
    """`a as b` of an import, as destructuring has it."""
    return ", ".join(old if old == new else f"{old}: {new}" for old, new in _read_names(names))


def _read_names(names: str) -> list[tuple[str, str]]:
    """Each with the name that it gets."""
    found = (one.split() for one in names.split(",") if one.strip())
    return [(one[0], one[-1]) for one in found]
