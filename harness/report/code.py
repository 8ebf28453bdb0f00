"""The rendered suites of cells, coloured when the page is made. Lines and files that suites share are there once."""

from __future__ import annotations

import posixpath
from functools import cache
from typing import TYPE_CHECKING

from pygments.lexers import IniLexer, PythonLexer
from pygments.token import STANDARD_TYPES, Token, Whitespace

from harness.knowledge.code import render_suite
from harness.report.model import PageFile, Suites

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pygments.lexer import Lexer
    from pygments.token import _TokenType

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.target import Target

Line = tuple[str, ...]

_LEXERS: dict[str, Lexer] = {".py": PythonLexer(stripnl=False), ".ini": IniLexer(stripnl=False)}
_ALONE = frozenset({".py"})
"""Of these a line means the same whatever stands around it, unless a text runs over several lines."""
_PLAIN = frozenset({Token.Text, Whitespace, Token.Punctuation, Token.Name})


class SuiteTexts:
    """Collects files; equal lines and equal files get the same number."""

    def __init__(self) -> None:
        self._lines: dict[Line, int] = {}
        self._files: dict[tuple[str, str], int] = {}
        self._listed: list[PageFile] = []

    def add(self, files: Mapping[str, str]) -> tuple[int, ...]:
        """The numbers of a suite's files, the configuration first, then what all tests share, then the tests."""
        paths = sorted(files, key=lambda one: (not one.endswith(".ini"), "test_" in one, one))
        return tuple(self._add_file(path, files[path]) for path in paths if files[path].strip())

    def make(self, suites: dict[int, tuple[int, ...]], rendered_for: dict[int, int]) -> Suites:
        """All that was collected, with which cell has which files."""
        return Suites(lines=tuple(self._lines), files=tuple(self._listed), suites=suites, rendered_for=rendered_for)

    def _add_file(self, path: str, text: str) -> int:
        number = self._files.get((path, text))
        if number is None:
            number = self._files[path, text] = len(self._files)
            lines = tuple(self._lines.setdefault(line, len(self._lines)) for line in colour(path, text))
            self._listed.append(PageFile(path, lines))
        return number


def colour(path: str, text: str) -> list[Line]:
    """The lines of a file, each as kinds of tokens and their texts in turn."""
    ending = posixpath.splitext(path)[1]
    lines = text.rstrip("\n").split("\n")
    if ending not in _LEXERS:
        return [("", line) if line else () for line in lines]
    if ending in _ALONE and all(line.count('"""') != 1 for line in lines):
        return [_colour_line(ending, line) for line in lines]
    return list(_split_lines(_LEXERS[ending], "\n".join(lines)))


@cache
def _colour_line(ending: str, line: str) -> Line:
    """One of a few hundred that suites are made of."""
    return next(_split_lines(_LEXERS[ending], line), ())


def _split_lines(lexer: Lexer, text: str) -> Iterator[Line]:
    parts: list[tuple[str, str]] = []
    for kind, value in lexer.get_tokens(text):
        name = _name_kind(kind)
        first, *rest = value.split("\n")
        _append(parts, name, first)
        for part in rest:
            yield tuple(text for pair in parts for text in pair)
            parts = []
            _append(parts, name, part)


def _append(parts: list[tuple[str, str]], name: str, text: str) -> None:
    """Joined with what stands before it where that is of the same kind."""
    if not text:
        return
    if parts and parts[-1][0] == name:
        parts[-1] = name, parts[-1][1] + text
    else:
        parts.append((name, text))


def _name_kind(kind: _TokenType) -> str:
    """Its class, as style sheets for Pygments have it; the first letter is enough for most."""
    return "" if kind in _PLAIN else STANDARD_TYPES.get(kind, "")


def add_cells(texts: SuiteTexts, catalogue: Catalogue, cells: Sequence[str], targets: Mapping[int, Target]) -> Suites:
    """The suites of these cells. `targets` are what environments, by number and the best first, ask of a suite."""
    suites: dict[int, tuple[int, ...]] = {}
    rendered_for: dict[int, int] = {}
    first = next(iter(targets), None)
    for number, text in enumerate(cells):
        cell = catalogue.find(text)
        if cell is None:
            continue
        for environment, target in targets.items():
            if catalogue.not_applicable(cell, target) is None:
                suites[number] = texts.add(render_suite(catalogue, cell, target))
                if environment != first:
                    rendered_for[number] = environment
                break
    return texts.make(suites, rendered_for)
