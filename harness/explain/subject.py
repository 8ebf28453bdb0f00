"""What `explain` is asked about: a file, a cell, a signature, or else a text."""

from __future__ import annotations

import difflib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.cell import CORE_AXES, Cell
from harness.errors import UnknownNameError, UsageError
from harness.explain.catalogue_words import require_no_name_of_catalogue
from harness.files import read_given
from harness.invocation import command_line
from harness.output.text import one_line
from harness.suites.suite import is_suite
from harness.verdicts.signatures import load_retired, load_signatures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from harness.catalogue.catalogue import Catalogue

STDIN = "-"

LARGEST = 512 * 2**20
"""Bytes that are taken from standard input or a pipe."""

_LABEL = re.compile(r"(?:(?:cleanup|background): )?([\w-]+)(?: ?← ?([\w-]+))?")
_FILE = re.compile(r"\S*[\w)]\.(?:txt|log|out|xml|md|json|jsonl|html)|(?:~|\.{0,2})/[^\s:]+")
_NEAR = 0.75
"""How alike a name and a signature's must be to be taken for a slip."""


class NamedSubject(msgspec.Struct, frozen=True, kw_only=True):
    """Signatures by name: one, or a surface and the root below it."""

    names: tuple[str, ...]
    note: str = ""  # what it was taken for, where that isn't plain


class CellSubject(msgspec.Struct, frozen=True, kw_only=True):
    """A cell of the catalogue."""

    cell: Cell
    note: str = ""


class TextSubject(msgspec.Struct, frozen=True, kw_only=True):
    """A text: an error's message, a whole output, a JUnit report."""

    data: bytes
    source: str  # "the text", "standard input", or a file's path
    note: str = ""


Subject = NamedSubject | CellSubject | TextSubject


def find_subject(words: Sequence[str], catalogue: Catalogue, stdin: BinaryIO | None = None) -> Subject:
    """What is meant by the words, which are one text; without any, what is piped in.

    A file that is there comes first, then a cell's id, then a signature's name, also one that is retired. Raises
    `UsageError` for what can't be read, for a name that is nearly one, and where there is nothing to explain.
    """
    what = " ".join(words)
    if what in ("", STDIN):
        return _read_stdin(stdin or sys.stdin.buffer, named=bool(what))
    if len(words) > 1 and any(_exists(Path(word)) for word in words):
        raise UsageError("explain takes one file.", remedy="Explain one after the other, or pipe them in.")
    path = Path(what)
    named = _find_named(what)
    if len(what) < 1000 and "\n" not in what and _exists(path):
        also = " A signature has this name too; for that, change the folder." if named else ""
        return TextSubject(data=_read_file(path), source=what, note=f"Read the file {what}.{also}" if also else "")
    if named:
        return named
    if cell := _find_cell(what, catalogue):
        return CellSubject(cell=cell)
    require_no_name_of_catalogue(what.strip(), catalogue)
    _require_no_slip(what)
    return TextSubject(data=what.encode(errors="surrogateescape"), source="the text")


def _read_stdin(stream: BinaryIO, *, named: bool) -> TextSubject:
    if stream.isatty() and not named:
        raise UsageError(
            "There is nothing to explain.",
            remedy=f"Name a text, a file, a signature or a cell, as in `{command_line('explain', 'loop-closed')}`, or "
            f"pipe an output in: `pytest | {command_line('explain')}`.",
        )
    data = stream.read(LARGEST)
    if not data.strip():
        raise UsageError(
            "Nothing came in on standard input.",
            remedy="Pipe in what pytest prints: `pytest 2>&1 | …`. Or name a text, a file, a signature or a cell.",
        )
    return TextSubject(data=data, source="standard input")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _read_file(path: Path) -> bytes:
    if path.is_dir():
        raise UsageError(
            f"{path} is a folder.",
            remedy=f"Name a file with an output. For the tests in it: `{command_line('diagnose', str(path))}`.",
        )
    try:
        data = read_given(path)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}.", remedy="Name a file that can be read.") from None
    if not data.strip():
        raise UsageError(f"{path} is empty.", remedy="Name a file with an error's text or pytest's output.")
    return data


def _find_named(what: str) -> NamedSubject | None:
    """A signature's name, also a retired one, in other letters, or as it stands in a table: `surface←root`."""
    found = _LABEL.fullmatch(what.strip())
    if not found:
        return None
    known = [_resolve(name) for name in found.groups() if name]
    if not all(names for names, _ in known):
        return None
    notes = [note for _, note in known if note]
    return NamedSubject(names=tuple(name for names, _ in known for name in names), note=" ".join(notes))


def _resolve(written: str) -> tuple[tuple[str, ...], str]:
    """The signatures that a word names, and what is to be known of that; none where it names none."""
    names = {one.name for one in load_signatures()}
    if written in names:
        return (written,), ""
    for retired in load_retired():
        if retired.name == written:
            now = " or ".join(retired.now)
            return retired.now, f"{written} was retired in version {retired.since}; it is now {now}."
    plain = written.lower().replace("_", "-")
    return ((plain,), f"Taken for the signature {plain}.") if plain in names else ((), "")


def _find_cell(what: str, catalogue: Catalogue) -> Cell | None:
    """The cell. Raises `UsageError` for what is built like an id and lacks a part, or has a value that there isn't."""
    text = what.strip()
    parts = text.partition("@")[0].split("/")
    _require_whole(text, parts, catalogue)
    if len(parts) != len(CORE_AXES) or any(char.isspace() for char in text):
        return None
    known = [part in catalogue.axes[axis].values for axis, part in zip(CORE_AXES, parts, strict=True)]
    return catalogue.parse(text) if sum(known) > 1 else None


def _require_whole(text: str, parts: Sequence[str], catalogue: Catalogue) -> None:
    values = [catalogue.axes[axis].values for axis in CORE_AXES]
    if 1 < len(parts) < len(values) and all(any(part in known for known in values) for part in parts):
        raise UsageError(
            f"{one_line(text)} is a part of a cell's id.",
            remedy=f"Name all of {', '.join(CORE_AXES)}, as in default/session/async_fixture/aclose.",
        )


def _require_no_slip(what: str) -> None:
    """Raise `UsageError` for one word that is nearly a name, or that looks like a file that isn't there."""
    word = what.strip()
    if not word:
        raise UsageError("The text is empty.", remedy="Give an error's text, a file, a signature or a cell.")
    if is_suite(word):
        raise UsageError(
            f"{one_line(word)} is a suite, not a cell.",
            remedy=f"To explain what its tests show: `{command_line('diagnose', 'DIR')}`.",
        )
    if any(char.isspace() for char in word):
        return
    names = [*(one.name for one in load_signatures()), *(one.name for one in load_retired())]
    near = re.fullmatch(r"[\w-]+", word) and difflib.get_close_matches(word.lower(), names, n=3, cutoff=_NEAR)
    if near:
        raise UnknownNameError("signature", word, names)
    if _FILE.fullmatch(word) and len(word) < 300:
        raise UsageError(
            f"There is no file {one_line(word)}.",
            remedy="Name one that is there, or give the error's text itself.",
        )
