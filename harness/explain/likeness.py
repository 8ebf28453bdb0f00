"""Whether two texts of one signature are about the same thing.

Some signatures stand for many texts: all deprecations, all coroutines that weren't awaited. What is known of another
text of the same signature is no answer to the reader's.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.explain.model import NamedError
    from harness.verdicts.model import Finding

MANY_TEXTS = frozenset({"deprecation", "never-awaited", "scope-mismatch", "unclosed-resource"})
"""Signatures whose texts differ in more than names, numbers and addresses."""

ALIKE = 0.6
"""Share of the words that two texts must have in common."""

_LONGEST = 160
"""Letters that are compared: samples and outputs are cut off."""

_PLACE = re.compile(r"^(?:\S+:\d+: )?(?:[A-Za-z_][\w.]*(?:Warning|Error|Exception|Failed): |Failed: )?")
_TEST = re.compile(r"(?:\bTest\w+\.)?\btest_\w+(?:\.py)?|\bTest\w+\b")
_WORD = re.compile(r"[A-Za-z_]{2,}")
_KEYS = frozenset({"event_loop", "event_loop_policy", "aclose", "close", "a_test"})
"""Names of which both texts must have the same."""


def is_alike(one: str, other: str) -> bool:
    """Whether the texts say the same of the same thing, but for names of tests, numbers and places."""
    words, others = _list_words(one), _list_words(other)
    return words & _KEYS == others & _KEYS and len(words & others) >= ALIKE * len(words | others)


@lru_cache(maxsize=4096)
def _list_words(text: str) -> frozenset[str]:
    message = _TEST.sub("a_test", _PLACE.sub("", " ".join(text.split())))
    return frozenset(_WORD.findall(message[:_LONGEST]))


def make_filter(signature: str, messages: Sequence[str]) -> Callable[[Finding], bool]:
    """Whether a finding of a signature is about what the reader's text is about; any is where there is no text."""
    if signature not in MANY_TEXTS or not messages:
        return lambda _: True
    return lambda finding: is_alike(messages[0], finding.sample)


def find_like(one: NamedError, known: Iterable[tuple[str, str, str]]) -> str:
    """Of a signature with many texts the text that this one is like, or else its own; of another none.

    `known`: surfaces, roots and texts.
    """
    if one.surface not in MANY_TEXTS:
        return ""
    text = one.error.chain[0].text
    like = (other for surface, root, other in known if (surface, root) == (one.surface, one.root))
    return next((other for other in like if is_alike(text, other)), text)
