"""What a command prints in the end, on standard output."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from harness.errors import UsageError
from harness.output.colours import painter
from harness.output.formats import render
from harness.output.table import WIDTH, as_text

if TYPE_CHECKING:
    from harness.output.formats import Document
    from harness.output.table import Table


def terminal_width() -> int:
    """Columns of the terminal; `WIDTH` where standard output is none."""
    return shutil.get_terminal_size((WIDTH, 24)).columns


def print_tables(*tables: Table | None, gap: str = "\n\n") -> None:
    """Those that there are, as wide as the terminal, with its colours."""
    width, paint = terminal_width(), painter()
    print(gap.join(as_text(table, width, paint) for table in tables if table is not None))


def print_document(document: Document, name: str) -> None:
    """In one of the formats; text as wide as the terminal, with its colours."""
    print(render(document, name, terminal_width(), painter()))


def print_json(data: dict[str, Any]) -> None:
    """Indented, and nothing else."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(data)).decode() + "\n")


def choose_format(name: str, *, json: bool) -> str:
    """The format that `--format` and `--json` choose together. Raises `UsageError` for two."""
    if json and name not in ("text", "json"):  # text is what is printed without either
        raise UsageError(f"--json doesn't go with --format {name}.", remedy="Leave one of them out.")
    return "json" if json else name


def short_path(path: Path) -> str:
    """A path as short as it can be written here."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
