"""A server's password in a text, however it is spelled there: as in the URL, quoted, escaped, wrapped or cut off."""

from __future__ import annotations

import html
import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    Span = tuple[int, int]

HIDDEN = "***"

SHORTEST_PIECE = 4
"""Characters of a password that was cut off which are still taken for it."""

_WORD = re.compile(r"\w{1,7}|[A-Za-z_]{1,11}|\d{1,11}")
"""A password that could be a part of ordinary words. It is found where it stands by itself."""

_IN_NETLOC = re.compile(r"://[^:/@]*:(.*)@", re.DOTALL)
_NEARLY = re.compile(r"^[^:/@]*(?://[^:/@]*)?:(?:/?[^:/@]*:)?(?!//)(.*)@", re.DOTALL)
"""Also where no URL is: a `/` in the password that nobody has quoted, one slash for two, no colon, no scheme."""

_BREAK = r"\s*(?:\n|\\+n)[\s|│>]*(?:E\s+)?"
_WRAPS = (re.compile(r"\s*(?:\n|\\+n)"), re.compile(_BREAK), re.compile(rf"[\"']?{_BREAK}b?[\"']"))
"""What may stand between two signs where a line is broken: by a terminal, in pytest's report, by a pretty-printer."""

_CUT = re.compile(r"\.\.\.|…")
_JOINED_BEFORE = re.compile(r"(?<!\\)\w\Z|(?<=\\)[^nrt\W]\Z")


def find_passwords(url: str) -> frozenset[str]:
    """The passwords that a URL carries, or what was to be one, as they are meant; never raises."""
    found = set(_IN_NETLOC.findall(url) or _NEARLY.findall(url))
    try:
        parts = urlsplit(url)
    except ValueError:  # a host in half a pair of brackets
        pass
    else:
        found |= {parts.password or "", *(value for name, value in parse_qsl(parts.query) if name == "password")}
    return frozenset(unquote(text) for text in found if text)


def hide_password(text: str, url: str) -> str:
    """A text that may repeat the URL's password, without it.

    A password of few characters or of one plain word is hidden where it stands by itself; hiding it inside other words
    would leave nothing of them. Where it is a word of an ordinary message that word goes too, so it may cost the name
    of an error, never the secret.
    """
    for secret in sorted(find_passwords(url), key=len, reverse=True):  # one may be a part of the other
        text = _secret(secret).hide(text)
    return text


class Secret:
    """A password that can be found in texts."""

    def __init__(self, secret: str) -> None:
        self._is_word = _WORD.fullmatch(secret) is not None
        self._signs = [_ways(sign) for sign in secret]
        self._start = re.compile("|".join(way.pattern for way in self._signs[0]))

    def hide(self, text: str) -> str:
        """The text with `***` in its place."""
        spans = [(0, 0), *self._spans(text), (len(text), len(text))]
        return HIDDEN.join(text[end:start] for (_, end), (start, _) in pairwise(spans))

    def _spans(self, text: str) -> Iterator[Span]:
        """Where it stands, in order and without overlaps."""
        done = 0
        for start, end in sorted([*self._wholes(text), *self._ends(text)]):
            if start >= done:
                yield start, end
                done = end

    def _wholes(self, text: str) -> Iterator[Span]:
        """Where all of it stands, or the beginning of it before the text was cut off."""
        for found in self._start.finditer(text):
            signs, end = self._follow(text, found.start(), 0)
            if self._is_word:
                found_here = signs == len(self._signs) and _by_itself(text, found.start(), end)
            else:
                cut_off = signs >= SHORTEST_PIECE and (end == len(text) or _CUT.match(text, end))
                found_here = signs == len(self._signs) or bool(cut_off)
            if found_here:
                yield found.start(), end

    def _ends(self, text: str) -> Iterator[Span]:
        """Where the end of it stands, after the text was cut off."""
        if self._is_word:
            return
        for start in (0, *(cut.end() for cut in _CUT.finditer(text))):
            for first in range(1, len(self._signs) - SHORTEST_PIECE + 1):
                signs, end = self._follow(text, start, first)
                if first + signs == len(self._signs):
                    yield start, end
                    break

    def _follow(self, text: str, start: int, first: int) -> tuple[int, int]:
        """How many signs from the one numbered `first` on stand at `start`, and where they end.

        A sign may be read in several ways, `%25` as one sign or as three, so all of them are followed.
        """
        reached = {start}
        for count, ways in enumerate(self._signs[first:]):
            wraps = [wrap.match(text, at) for at in reached for wrap in _WRAPS] if count else []
            places = reached.union(wrap.end() for wrap in wraps if wrap)
            following = {found.end() for at in places for way in ways if (found := way.match(text, at))}
            if not following:
                return count, max(reached)
            reached = following
        return len(self._signs) - first, max(reached)


_secret = cache(Secret)


def _by_itself(text: str, start: int, end: int) -> bool:
    """Whether no word goes on before or after it. The `n` of an escaped line end is none."""
    before = text[max(0, start - 2) : start]
    return not _JOINED_BEFORE.search(before) and not text[end : end + 1].isalnum() and text[end : end + 1] != "_"


@cache
def _ways(sign: str) -> tuple[re.Pattern[str], ...]:
    """One sign in the languages that a URL or an error is written in; a line may break inside, too."""
    code, encoded = ord(sign), [f"{byte:02x}" for byte in sign.encode("utf-8", "surrogatepass")]
    units = sign.encode("utf-16-be", "surrogatepass").hex()  # JSON writes a sign beyond U+FFFF as two
    ways = [
        re.escape(sign) if sign != "\\" else r"\\+",
        r"\s*".join(r"%\s*(?:2\s*5\s*)*" + _digits(byte) for byte in encoded),
        r"\s*".join(r"\\+\s*x\s*" + _digits(byte) for byte in encoded),
        r"\s*".join(r"\\+\s*u\s*" + _digits(units[at : at + 4]) for at in range(0, len(units), 4)),
        r"\\+\s*U\s*" + _digits(f"{code:08x}"),
        re.escape(html.escape(sign)),
    ]
    if code < 0x100:
        ways.append(r"\\+\s*x\s*" + _digits(f"{code:02x}"))
    if sign in "\"'":
        ways.append(r"\\+" + sign)
    if sign.isspace():
        ways += [r"\+", _BREAK]
    return tuple(re.compile(way) for way in dict.fromkeys(ways))


def _digits(digits: str) -> str:
    return r"\s*".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)
