"""Annotations: what GitHub Actions shows beside a line of a file. A job makes one by printing a command.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.escaping import escape_controls

if TYPE_CHECKING:
    from collections.abc import Iterable

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


class AnnotationLevel(StrEnum):
    """How grave it is, in GitHub's words."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Annotation(msgspec.Struct, frozen=True, kw_only=True):
    """One of them. Without a file, it is about the whole job."""

    level: AnnotationLevel
    title: str
    message: str
    file: Path | None = None  # absolute
    line: int = 0  # from 1; 0: not known


def write_commands(annotations: Iterable[Annotation]) -> str:
    """A line for each annotation, the gravest first, as GitHub shows only the first ten of a kind. Each once.

    Whatever the texts and names hold, a line is one command.
    """
    ordered = sorted(annotations, key=lambda one: tuple(AnnotationLevel).index(one.level))
    return "\n".join(dict.fromkeys(map(_write_command, ordered)))


def _write_command(one: Annotation) -> str:
    properties = {
        "file": find_repository_path(one.file) if one.file else "",
        "line": str(one.line or "") if one.file else "",
        "title": one.title,
    }
    written = ",".join(f"{name}={_escape(value, _PROPERTY)}" for name, value in properties.items() if value)
    return f"::{one.level} {written}::{_escape(one.message, _DATA)}"


def _escape(text: str, how: dict[int, str]) -> str:
    return escape_controls(text).translate(how)


def find_repository_path(path: Path) -> str:
    """The path as the repository has it that the file is in: `tests/conftest.py`. In none, the path as it is."""
    top = next((parent for parent in path.parents if (parent / ".git").exists()), None)
    return (path.relative_to(top) if top else path).as_posix()
