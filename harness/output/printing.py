"""What a command says in the end, on standard output."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from harness.output.table import WIDTH, as_text
from harness.paths import CARRIED_BASELINE

if TYPE_CHECKING:
    from harness.output.table import Table


def terminal_width() -> int:
    """Columns of the terminal; `WIDTH` where standard output is none."""
    return shutil.get_terminal_size((WIDTH, 24)).columns


def print_tables(*tables: Table | None) -> None:
    """Those that there are, as wide as the terminal."""
    width = terminal_width()
    print("\n\n".join(as_text(table, width) for table in tables if table is not None))


def print_json(data: dict[str, Any]) -> None:
    """Indented, and nothing else besides."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(data)).decode() + "\n")


def short_path(path: Path) -> str:
    """A path as short as it can be written here; an installation's own baseline is named, not where it is."""
    if path == CARRIED_BASELINE:
        return "the program's baseline"
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
