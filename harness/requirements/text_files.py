"""Requirements files as pip reads them, with what they include."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING

from harness.requirements.model import Rank, Source, make_source, rank_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_NAME = re.compile(r"(?P<words>.*?)(requirements?|reqs)(?P<more>.*)\.(txt|in)", re.IGNORECASE)
_ANY = re.compile(r"(?P<words>.*)()\.(txt|in)", re.IGNORECASE)
_FOLDER = re.compile(r"requirements?|reqs?|requires", re.IGNORECASE)
_BASE = frozenset(
    {"", "base", "main", "common", "core", "app", "prod", "production", "install", "runtime", "default", "minimal"}
)
_OPTION = re.compile(r"(-[rce]|--(?:requirement|constraint|editable))[ =]*\s*(?P<value>.+)")
_OWN = re.compile(r"\./?(?P<extras>\[[^]]*\])?")
_COMMENT = re.compile(r"(^|\s)#.*$")
_HASH = re.compile(r"\s--hash[= ]\S+")


def read_files(files: Mapping[str, bytes]) -> list[Source]:
    """The folder's requirements files. What only others include belongs to those; `.in` goes before its `.txt`."""
    found = {path: rank for path in sorted(files) if (rank := rank_file(path)) is not None}
    return [read_file(files, path, rank) for path, rank in found.items() if path not in {*find_compiled(files)}]


def find_compiled(files: Mapping[str, bytes]) -> list[str]:
    """Files that were made from a `.in` beside them: which versions there are, not what is needed."""
    return [
        path for path in files if path.endswith(".txt") and path[:-3] + "in" in files and rank_file(path) is not None
    ]


def rank_file(path: str) -> Rank | None:
    """What a file is for, by its name and its folder; None for one that is no requirements file."""
    folder, _, name = path.rpartition("/")
    inside = bool(_FOLDER.fullmatch(folder))
    above = Rank.ALWAYS if inside or not folder else rank_name(folder)
    match = _NAME.fullmatch(name) or (_ANY.fullmatch(name) if inside else None)
    if match is None or above < Rank.TESTS:
        return None
    words = re.sub(r"^[-_.]+|[-_.]+$", "", f"{match['words']}-{match.groupdict().get('more') or ''}")
    base = words.lower() in _BASE or re.fullmatch(r"[\d.]+", words) is not None
    return min(above, Rank.ALWAYS if base else rank_name(words))


def read_file(files: Mapping[str, bytes], path: str, rank: Rank) -> Source:
    """A requirements file and those that it includes."""
    reading = Reading(files)
    reading.file(path)
    return reading.source(path, "", rank)


class Reading:
    """Collects what lines in the format of requirements files name."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._read: set[tuple[str, bool]] = set()
        self._lines: list[str] = []
        self._constraints: list[str] = []
        self._extras: list[str] = []
        self._notes: list[str] = []

    def source(self, file: str, part: str, rank: Rank) -> Source:
        """What was collected."""
        return make_source(
            file,
            part,
            self._lines,
            rank=rank,
            extras=self._extras,
            constraints=self._constraints,
            notes=self._notes,
        )

    def file(self, path: str, *, constraining: bool = False) -> None:
        """The lines of a file, once."""
        if (path, constraining) not in self._read:
            self._read.add((path, constraining))
            for line in join_lines(decode_text(self._files[path])):
                self.line(line, path, constraining=constraining)

    def arguments(self, words: Iterable[str], path: str) -> None:
        """What stands after `pip install`."""
        pending = ""
        for word in words:
            if pending:
                self.line(f"{pending} {word}", path)
                pending = ""
            elif word in ("-r", "-c", "-e", "--requirement", "--constraint", "--editable"):
                pending = word
            elif word not in ("-U", "--upgrade", "-q", "-v", "--pre", "--no-deps"):
                self.line(word, path)

    def line(self, line: str, path: str, *, constraining: bool = False) -> None:
        """One line; `path` is the file that it stands in."""
        option = _OPTION.fullmatch(line)
        value = option["value"].strip().strip("\"'") if option else line
        if own := _OWN.fullmatch(value):
            # The folder itself: it is installed, and what it needs stands in its own files.
            self._extras += [each.strip() for each in (own["extras"] or "[]")[1:-1].split(",") if each.strip()]
        elif option and option[1] in ("-e", "--editable"):
            self._notes.append(f"{path}: what stands after {option[1]} is not installed")
        elif option:
            self._include(value, path, constraining=constraining or option[1] in ("-c", "--constraint"))
        elif line.startswith("-"):
            self._notes.append(f"{path}: the option {re.split('[ =]', line)[0]} is not followed")
        else:
            (self._constraints if constraining else self._lines).append(_HASH.sub("", line))

    def _include(self, file: str, path: str, *, constraining: bool) -> None:
        place = posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
        if place in self._files:
            self.file(place, constraining=constraining)
        else:
            shown = "an address" if "://" in file else file
            self._notes.append(f"{path} includes {shown}, which is not in the folder")


def decode_text(content: bytes) -> str:
    """`pip freeze > requirements.txt` in PowerShell writes UTF-16."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")


def join_lines(text: str) -> Iterator[str]:
    """The lines without comments, those that go on joined."""
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        stripped = _COMMENT.sub("", line).strip()
        if stripped:
            yield stripped


def split_words(text: str) -> list[str]:
    """As a shell does; where its quotes don't match, at spaces."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
