"""What a command prints in the end, on standard output."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from harness.output.colours import make_painter
from harness.output.formats import render
from harness.output.table import WIDTH, as_text, fold_wide
from harness.paths import CARRIED_BASELINE

if TYPE_CHECKING:
    from harness.output.formats import Document
    from harness.output.table import Table


def find_terminal_width() -> int:
    """Columns of the terminal; `WIDTH` where standard output is none."""
    return shutil.get_terminal_size((WIDTH, 24)).columns


def print_tables(*tables: Table | None, gap: str = "\n\n") -> None:
    """Those that there are, as wide as the terminal, with its colours."""
    width, paint = find_terminal_width(), make_painter()
    print(gap.join(as_text(fold_wide(table, width), width, paint) for table in tables if table is not None))


def print_document(document: Document, name: str) -> None:
    """In one of the formats; text as wide as the terminal, with its colours."""
    print(render(document, name, find_terminal_width(), make_painter()))


def print_json(data: dict[str, Any]) -> None:
    """Indented, and nothing else."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(data)).decode() + "\n")


def short_path(path: Path) -> str:
    """A path as short as it can be written here; an installation's own baseline is named, not where it is."""
    if path == CARRIED_BASELINE:
        return "the program's baseline"
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
