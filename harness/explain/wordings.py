"""The words of signatures, taken from their patterns: `unable to perform operation on <…>; the handler is closed`."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.verdicts.signatures import Match

ANYTHING = "…"
_CLASSES = "wdsSWD"
SHORTEST = 15
"""Characters that a message which is cut off must have left: `Event loop is` begins in more than one way."""


@lru_cache(maxsize=256)
def list_wordings(match: Match) -> tuple[str, ...]:
    """Every wording that the match's pattern allows, with `…` for what differs. None where it asks for no text."""
    return () if match.text is None else tuple(dict.fromkeys(filter(None, _Pattern(match.text).expand())))


def find_beginning(match: Match, text: str) -> bool:
    """Whether a message that is cut off after `text` begins as a wording does."""
    anchored = match.text is not None and match.text.startswith("^")
    return len(text) >= SHORTEST and anchored and any(_begins(text, wording) for wording in list_wordings(match))


def _begins(text: str, wording: str) -> bool:
    fixed = wording.partition(ANYTHING)[0]
    return fixed.startswith(text) or (len(fixed) >= SHORTEST and text.startswith(fixed))


class _Pattern:
    """Reads a regular expression as far as those of signatures go: groups, choices, classes, what may be left out."""

    def __init__(self, pattern: str) -> None:
        self._rest = pattern

    def expand(self) -> list[str]:
        """All texts, up to the end or to the parenthesis that ends a group."""
        texts: list[str] = []
        parts: list[list[str]] = []
        while self._rest and self._rest[0] != ")":
            if self._rest[0] == "|":
                self._rest = self._rest[1:]
                texts += self._join(parts)
                parts = []
            else:
                parts.append(self._repeat(self._read_one()))
        return texts + self._join(parts)

    @staticmethod
    def _join(parts: list[list[str]]) -> list[str]:
        joined = ("".join(part) for part in product(*parts))
        return [text.replace(ANYTHING * 2, ANYTHING).strip() for text in joined]

    def _repeat(self, texts: list[str]) -> list[str]:
        sign, after = self._rest[:1], self._rest[1:]
        if sign and sign in "*+?":
            self._rest = after.removeprefix("?")
            return [*texts, ""] if sign == "?" else [ANYTHING]
        return texts

    def _read_one(self) -> list[str]:
        first, self._rest = self._rest[0], self._rest[1:]
        match first:
            case "^" | "$":
                return [""]
            case ".":
                return [ANYTHING]
            case "\\":
                escaped, self._rest = self._rest[0], self._rest[1:]
                return [ANYTHING if escaped in _CLASSES else escaped]
            case "[":
                inside, _, self._rest = self._rest.partition("]")
                return [ANYTHING] if inside.startswith("^") else list(inside)
            case "(":
                return self._read_group()
            case _:
                return [first]

    def _read_group(self) -> list[str]:
        unwanted = self._rest.startswith("?!")
        self._rest = self._rest.removeprefix("?:").removeprefix("?!")
        texts = self.expand()
        self._rest = self._rest[1:]
        return [""] if unwanted else texts
