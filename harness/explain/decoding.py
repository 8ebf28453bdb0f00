"""From bytes to lines: encodings, escape sequences, line ends, and what log viewers put before each line."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

import msgspec

from harness.output.text import harmless
from harness.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 16 * 1024 * 1024
"""Bytes that are read of a text: a quarter of them from its start, the rest from its end."""

LONGEST_LINE = 20_000
"""Characters that are read of a line."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 4000  # bytes, or lines, that are looked at to tell how a text is written
_ENDS = re.compile(r"\r\n|\n|\r(?!\n)")
_XML_COLOURS = re.compile(r"#x1B\[[0-9;]*m")  # as pytest writes them in XML, where they can't be
_PREFIXES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\S.{0,200}? +\ufeff?(?=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,}Z)",  # gh run view --log: job, step
        r"\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?Z(?: \d\d[EO][+ ]?)? ?",  # GitHub, Azure, GitLab
        r"\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?Z?\] ?",  # Jenkins
        r"\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?\s{1,2}",
        r"[\w.-]{1,80} +\|(?: |$)",  # docker compose
        r"[a-z][a-z0-9._-]{1,40}:(?: |$)",  # tox -p
        r"#\d{1,4} \d+\.\d+ ",  # docker build
        r"\[ *\d+s\](?: |$)",  # Open Build Service
    )
)
_SHARE = 0.9  # of the lines that have a prefix where it is one
_FEWEST = 3  # lines that have it
_QUOTE = re.compile(r"(?:> ?|\| |# |[ \t])+")


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """A text's lines, clean; `first` is the number of each, as some may have been left out."""

    texts: tuple[str, ...]
    skipped_after: int = 0  # lines at the start, after which some are missing
    skipped: int = 0  # how many
    notes: tuple[str, ...] = ()

    def number(self, at: int) -> int:
        """The number in the text of the line at an index, from 1."""
        return at + 1 + (self.skipped if self.skipped and at >= self.skipped_after else 0)


def cut(data: bytes) -> tuple[bytes, bytes, int]:
    """The start, the end and how many bytes are left out between them. The end is empty where all is read."""
    if len(data) <= LARGEST:
        return data, b"", 0
    head, tail = LARGEST // 4, len(data) - LARGEST * 3 // 4
    tail += tail % 2  # where a character of UTF-16 begins
    return data[:head], data[tail:], tail - head


def decode(data: bytes) -> str:
    """The text, in whatever of the usual encodings it is written. What isn't text becomes a replacement character."""
    return data.decode(guess_encoding(data), errors="replace").lstrip("\ufeff")


def guess_encoding(data: bytes) -> str:
    """UTF-8, unless a mark or zeros between letters say UTF-16, as PowerShell writes it, or bytes can't be UTF-8."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[:_SAMPLE]
    if sample and not sample.strip(b"\0"):
        return "utf-8"
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = sample[start::2].count(0)
        if zeros * 2 > len(sample[start::2]) and sample[1 - start :: 2].count(0) * 10 < len(sample):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, len(data) != _SAMPLE)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def is_binary(data: bytes) -> bool:
    """Whether this is no text at all."""
    sample = data[:_SAMPLE]
    if guess_encoding(sample).startswith("utf-16"):
        return False
    controls = sum(byte < 32 and byte not in (7, 8, 9, 10, 12, 13, 27) for byte in sample)
    return b"\0" in sample or controls * 20 > len(sample)


def split_lines(data: bytes) -> Lines:
    """The lines, without colours, carriage returns and what a log viewer put before each of them."""
    encoding = guess_encoding(data)
    head, tail, missing = cut(data)
    first = _to_lines(head.decode(encoding, errors="replace"))
    if not missing:
        return Lines(texts=_without_prefixes(first))
    last = _to_lines(tail.decode(encoding, errors="replace"))[1:]
    head_lines = first[:-1] or first  # the last one is cut off
    skipped = data.count(b"\n", len(head), len(data) - len(tail)) + 1  # with the one that the end begins in
    note = (
        f"The text has {format_size(len(data))}. {format_size(missing)} in its middle, {skipped:,} lines, weren't read."
    )
    texts = _without_prefixes([*head_lines, *last])
    return Lines(texts=texts, skipped_after=len(head_lines), skipped=skipped, notes=(note,))


def _to_lines(text: str) -> list[str]:
    text = text.lstrip("\ufeff")
    if "\x1b" in text or not text.isascii() or "#x1B" in text:
        text = _XML_COLOURS.sub("", text)
        lines = [harmless(line.replace("\t", "    ")) for line in _ENDS.split(text)]
    else:
        lines = [line.expandtabs(4) for line in _ENDS.split(text)]
    return [line[:LONGEST_LINE] for line in lines]


def _without_prefixes(lines: Sequence[str]) -> tuple[str, ...]:
    """Without what stands before every line, or before almost every one."""
    for prefix in _PREFIXES:
        looked_at = lines if len(lines) <= _SAMPLE else (*lines[: _SAMPLE // 2], *lines[-_SAMPLE // 2 :])
        sample = [line for line in looked_at if line]
        having = sum(prefix.match(line) is not None for line in sample)
        if having >= _FEWEST and having >= _SHARE * len(sample):
            lines = [prefix.sub("", line, count=1) if prefix.match(line) else line for line in lines]
    return tuple(line.rstrip() for line in _without_quote(lines))


def _without_quote(lines: Sequence[str]) -> Sequence[str]:
    """Without the margin that all lines share, such as that of a quoted message."""
    filled = [line for line in lines if line.strip()]
    found = _QUOTE.match(filled[0]) if filled else None
    margin = found.group() if found else ""
    for line in filled:
        while not line.startswith(margin) and line.rstrip() != margin.rstrip():
            margin = margin[:-1]
        if not margin:
            return lines
    return [line.removeprefix(margin) for line in lines]
