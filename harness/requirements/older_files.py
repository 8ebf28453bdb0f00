"""`setup.cfg` and `Pipfile`."""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING

from harness.requirements.model import Rank, Source, make_source, rank_name
from harness.requirements.tables import get_table, read_toml
from harness.requirements.text_files import decode_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SETUP = "setup.cfg"
PIPFILE = "Pipfile"


def read_ini(files: Mapping[str, bytes], path: str) -> configparser.ConfigParser:
    """The file's sections; none where it can't be read."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    if path in files:
        try:
            parser.read_string(decode_text(files[path]))
        except configparser.Error:
            return configparser.ConfigParser(interpolation=None)
    return parser


def read_setup(files: Mapping[str, bytes]) -> list[Source]:
    """`setup.cfg`, where the project can't be built."""
    parser = read_ini(files, SETUP)
    found = [make_source(SETUP, "install_requires", _split(parser.get("options", "install_requires", fallback="")))]
    for extra, text in parser["options.extras_require"].items() if "options.extras_require" in parser else ():
        found.append(make_source(SETUP, f"extra {extra}", _split(text), rank=rank_name(extra)))
    return [source for source in found if source.lines or source.notes]


def read_setup_tests(files: Mapping[str, bytes]) -> list[Source]:
    """What `setup.cfg` names for tests alone, which no metadata has."""
    text = read_ini(files, SETUP).get("options", "tests_require", fallback="")
    return [make_source(SETUP, "tests_require", _split(text), rank=Rank.TESTS)] if text else []


def read_setup_python(files: Mapping[str, bytes]) -> str:
    """`python_requires`."""
    return read_ini(files, SETUP).get("options", "python_requires", fallback="").strip()


def _split(text: str) -> list[str]:
    """As setuptools does: one a line, or all in one line with semicolons between them."""
    lines = [line.strip() for line in (text.splitlines() if "\n" in text else text.split(";"))]
    return [line for line in lines if line and not line.startswith(("#", "file:"))]


def read_pipfile(files: Mapping[str, bytes]) -> list[Source]:
    """`[packages]` and `[dev-packages]`."""
    data, problem = read_toml(files, PIPFILE)
    found = []
    for part, rank in (("packages", Rank.ALWAYS), ("dev-packages", Rank.DEVELOPMENT)):
        lines, notes = [], []
        for name, entry in get_table(data, part).items():
            table = entry if isinstance(entry, dict) else {"version": entry}
            if {"git", "path", "file"} & table.keys():
                if table.get("path") != ".":
                    notes.append(f"{PIPFILE}: {name} is asked for by its address, so it is not installed")
            else:
                lines.append("".join(_write(name, table)))
        if lines or notes:
            found.append(make_source(PIPFILE, part, lines, rank=rank, notes=notes))
    return found if not problem else [make_source(PIPFILE, "", (), notes=(problem,))]


def _write(name: str, table: Mapping[str, object]) -> Iterator[str]:
    yield name
    if extras := table.get("extras"):
        yield f"[{','.join(extras)}]" if isinstance(extras, list) else ""
    version = str(table.get("version", "*"))
    yield "" if version == "*" else version
    if markers := table.get("markers"):
        yield f" ; {markers}"
