"""What a command prints in the end, on standard output."""

from __future__ import annotations

import contextlib
import shutil
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.escaping import escape_controls, escape_message
from harness.output.annotations import write_commands
from harness.output.colours import make_painter
from harness.output.explained import list_texts, make_explain_line
from harness.output.formats import make_json, render
from harness.output.table import WIDTH, as_text, fold_wide, wrap
from harness.paths import CARRIED_BASELINE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.output.annotations import Annotation
    from harness.output.formats import Document
    from harness.output.table import Table


def find_terminal_width() -> int:
    """Columns of the terminal; `WIDTH` where standard output is none."""
    return shutil.get_terminal_size((WIDTH, 24)).columns


def print_tables(*tables: Table | None, gap: str = "\n\n") -> None:
    """Those that there are, as wide as the terminal, with its colours."""
    width, paint = find_terminal_width(), make_painter()
    print(gap.join(as_text(fold_wide(table, width), width, paint) for table in tables if table is not None))


def print_explain_line(*tables: Table | None, lines: Iterable[str] = ()) -> None:
    """The command that explains the errors that these tables and lines name; nothing where they name none."""
    if line := make_explain_line([*lines, *list_texts(tables)]):
        print_lines("\n".join(wrap(line, find_terminal_width())))


def print_document(document: Document, name: str) -> None:
    """In one of the formats; text as wide as the terminal, with its colours."""
    print(render(document, name, find_terminal_width(), make_painter()))


def print_json(data: dict[str, Any]) -> None:
    """Indented, and nothing else."""
    sys.stdout.write(make_json(data) + "\n")


def print_commands(annotations: Iterable[Annotation]) -> None:
    """Annotations, and nothing else."""
    print(write_commands(annotations))


def print_texts(texts: Iterable[str]) -> None:
    """One after the other as they are, and nothing else: none may hold what controls a terminal."""
    sys.stdout.writelines(texts)


def print_aside(text: str) -> None:
    """A message on standard error."""
    print(escape_message(text), file=sys.stderr, flush=True)


def show_page(path: Path) -> None:
    """Open a page in the user's browser, and say so where there is none."""
    if not webbrowser.open(path.absolute().as_uri()):
        print_aside(f"No browser was found here to open {short_path(path)}.")


def print_lines(text: str) -> None:
    """A text in which names of files and the like may stand. It is there at once."""
    print(escape_controls(text), flush=True)


def print_diff(text: str) -> bool:
    """A diff, with its tabs. False where something else in it could not be printed as it is."""
    shown = "\t".join(map(escape_controls, text.split("\t")))
    print(shown, flush=True)
    return shown == text


def short_path(path: Path) -> str:
    """A path as short as it can be written here; an installation's own baseline is named, not where it is."""
    if path == CARRIED_BASELINE:
        return "the program's baseline"
    with contextlib.suppress(ValueError, OSError):
        path = path.absolute().relative_to(Path.cwd())
    return str(path).replace("\n", "\\n")
