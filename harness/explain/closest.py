"""Which signatures an unknown text resembles, and what keeps it from being one of them."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from harness.explain.model import CloseSignature
from harness.explain.naming import list_match_types, list_texts
from harness.explain.wordings import ANYTHING, list_wordings
from harness.verdicts.observations import ObservationKind
from harness.verdicts.signatures import Match, Signature, load_signatures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.explain.model import TextError

MOST = 3
LOWEST = 0.55
"""Share of a wording's words, each by how rare it is, below which a text doesn't resemble it."""

_LINES = 40
_WORD = re.compile(r"[A-Za-z_]{2,}")
_FREQUENT = frozenset(
    {"the", "is", "an", "of", "in", "to", "it", "was", "be", "as", "on", "by", "for", "and", "or", "than", "at", "has"}
    | {"with", "that", "this", "not", "can", "are", "no", "object", "attribute", "argument"}
)


_IN_TEXTS = {
    ObservationKind.EXCEPTION,
    ObservationKind.PROBLEM,
    ObservationKind.WARNING,
    ObservationKind.HANDLER_CALL,
    ObservationKind.UNRAISABLE,
}
"""What a text can show. Of anything else only the ledgers of evidence know."""


class _Wording(msgspec.Struct, frozen=True):
    signature: Signature
    match: Match
    text: str
    words: frozenset[str]


def find_closest(error: TextError, most: int = MOST) -> tuple[CloseSignature, ...]:
    """The signatures that a text without a name resembles, closest first; none where nothing does."""
    best: dict[str, CloseSignature] = {}
    for raised in error.chain:
        for one in (*_find_same_words(raised.type, raised.text, raised.origin), *_find_similar(raised.text)):
            if one.signature not in best or one.score > best[one.signature].score:
                best[one.signature] = one
    return tuple(sorted(best.values(), key=lambda one: (-one.score, one.signature))[:most])


def _find_same_words(kind: str, text: str, origin: str) -> Iterator[CloseSignature]:
    """Signatures of just these words that ask for another type or place."""
    for signature in load_signatures():
        for match in signature.match:
            if match.text is None or not any(len(_split(wording)) > 1 for wording in list_wordings(match)):
                continue
            if any(re.search(match.text, one) for one in list_texts(text)):
                yield CloseSignature(
                    signature=signature.name,
                    wording=_clean(list_wordings(match)[0]),
                    reason=_explain(match, kind, origin),
                    score=1.0,
                )


def _explain(match: Match, kind: str, origin: str) -> str:
    types = list_match_types(match)
    if types and kind not in types:
        here = f"this is {kind}" if kind else "the type of this isn't known"
        return f"it is {' or '.join(types)}, and {here}"
    if match.origin is not None:
        place = re.sub(r":\\d\+.*|\$$|\\", "", match.origin)
        return f"it is raised in {place}, and " + (
            f"this in {origin}" if origin else "where this was raised isn't known"
        )
    return "it is met where this wasn't"


def _find_similar(text: str) -> Iterator[CloseSignature]:
    weights = _weigh()
    lines = [_split(line) for line in text.splitlines()[:_LINES]]
    for one in _list_all():
        words = max(lines, key=lambda line: len(one.words & line), default=frozenset())
        shared = one.words & words
        whole = sum(weights[word] for word in one.words)
        score = sum(weights[word] for word in shared) / whole if whole else 0.0
        if score >= LOWEST and len(shared) > 1:
            missing = sorted(one.words - words)
            reason = f"it has also: {', '.join(missing)}" if missing else "it has all these words, but isn't worded so"
            yield CloseSignature(
                signature=one.signature.name, wording=_clean(one.text), reason=reason, score=round(score * 0.99, 2)
            )


@cache
def _list_all() -> tuple[_Wording, ...]:
    return tuple(
        _Wording(signature, match, text, words)
        for signature in load_signatures()
        for match in signature.match
        if _IN_TEXTS.intersection(match.on)
        for text in (*list_wordings(match), signature.title)
        if len(words := _split(text)) > 1
    )


@cache
def _weigh() -> dict[str, float]:
    """How much each word says: the fewer signatures have it, the more."""
    having = Counter(word for words in _by_signature().values() for word in words)
    return {word: 1 + math.log(len(_by_signature()) / number) for word, number in having.items()}


@cache
def _by_signature() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for one in _list_all():
        found.setdefault(one.signature.name, set()).update(one.words)
    return {name: frozenset(words) for name, words in found.items()}


def _split(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(text[:2000])) - _FREQUENT


def _clean(wording: str) -> str:
    return wording.strip(ANYTHING).strip()
