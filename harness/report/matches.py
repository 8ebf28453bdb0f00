"""How the find box knows a signature by a line that somebody pastes: what of its matches a reader's terminal shows.

A pasted line has less than evidence: no place, often no type, or a type without its module. What is asked for instead
is a wording that says enough. `explain` reads whole outputs, and knows more.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from harness.explain.wordings import ANYTHING, list_wordings
from harness.report.model import PageMatch
from harness.verdicts.observations import ObservationKind

if TYPE_CHECKING:
    from harness.verdicts.signatures import Match, Signature

IGNORED = "Exception ignored"
"""What Python prints before an exception that it can't raise."""

SHORTEST = 14
"""Characters of a wording that says enough, such as `loop is closed`."""

_IN_THE_BACKGROUND = {ObservationKind.UNRAISABLE, ObservationKind.OUTPUT_AFTER}
_PRINTED = {
    *_IN_THE_BACKGROUND,
    *(ObservationKind.EXCEPTION, ObservationKind.PROBLEM, ObservationKind.WARNING, ObservationKind.HANDLER_CALL),
}


def list_page_matches(signature: Signature) -> tuple[PageMatch, ...]:
    """The matches of a signature that one line can show."""
    found = (_make(one) for one in signature.match if _PRINTED.intersection(one.on) and one.meanwhile is None)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _make(match: Match) -> PageMatch | None:
    given = (match.type,) if isinstance(match.type, str) else match.type or ()
    types = tuple(dict.fromkeys(name.rpartition(".")[2] for name in given))
    alone = _says_enough(match)
    needs_place = match.origin is not None and any(hasattr(builtins, name) for name in types)
    if not alone and (needs_place or not types):
        return None
    return PageMatch(
        types=types,
        text=match.text or "",
        alone=alone,
        lead=IGNORED if _IN_THE_BACKGROUND.issuperset(match.on) else "",
    )


def _says_enough(match: Match) -> bool:
    """Whether each of its wordings is long enough to stand without a type."""
    wordings = list_wordings(match)
    return bool(wordings) and all(len(one.replace(ANYTHING, "")) >= SHORTEST for one in wordings)
