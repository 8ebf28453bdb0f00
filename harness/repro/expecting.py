"""Which errors a reproduction is about, and how somebody who has nothing of this project finds them again."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

import msgspec

from harness.output.text import shorten_error
from harness.verdicts.observations import ObservationKind, fold_text
from harness.verdicts.signatures import SignatureCategory, load_categories, load_signatures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.evidence.model import Evidence
    from harness.verdicts.model import Finding, Unnamed, Verdict
    from harness.verdicts.signatures import Match

ENDINGS = {"hang": "hangs", "crash": "crashes", "no-tests": "finds no test"}
"""How pytest itself ends, by the signature of that."""

LIMIT = 600.0
"""Seconds after which a check gives up."""

ERRORS = frozenset({SignatureCategory.ERROR, SignatureCategory.OUTCOME})
"""Categories of signatures that name an error."""

_RAISED = frozenset({ObservationKind.EXCEPTION, ObservationKind.PROBLEM, ObservationKind.UNRAISABLE})
_CHANGING = re.compile(r"0x(?:…|[0-9a-fA-F]+)|\d+")
_FIRST = 120  # characters of a text without a name by which it is found again

Pattern = tuple[str, list[str] | None]


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """What a check looks for, as `harness.repro.check` takes it."""

    errors: tuple[tuple[str, tuple[Pattern, ...]], ...] = ()
    ends: str = ""
    limit: float = LIMIT


def choose_findings(verdict: Verdict) -> tuple[Finding, ...]:
    """The named errors that a reproduction is about: those of tests, or where there are none, all others."""
    categories = load_categories()
    errors = [one for one in verdict.findings if categories.get(one.signature) in ERRORS]
    return tuple([one for one in errors if one.tests] or errors)


def choose_unnamed(verdict: Verdict) -> tuple[Unnamed, ...]:
    """Errors without a name, where there are none that have one."""
    return () if choose_findings(verdict) else verdict.unnamed


def list_expected(verdict: Verdict, evidence: Evidence, hide: Callable[[str], str]) -> Expectation:
    """What to look for. `hide` takes secrets out of a text; of one that had any, what comes before it is looked for."""
    findings = choose_findings(verdict)
    ends = next((ENDINGS[one.signature] for one in findings if one.signature in ENDINGS), "")
    named = {
        one.signature: hide(f"{one.signature}: {shorten_error(one.sample)}")
        for one in findings
        if one.signature not in ENDINGS
    }
    errors = [(label, tuple(_list_patterns(name))) for name, label in named.items()]
    unnamed = {(one.type, _find_first_line(one, evidence, hide)): None for one in choose_unnamed(verdict)}
    errors += [(f"{kind}: {line}", (_make_pattern(line, kind),)) for kind, line in unnamed]
    limit = evidence.hang.limit if evidence.hang is not None else LIMIT
    return Expectation(errors=tuple(one for one in errors if one[1]), ends=ends, limit=limit)


def _list_patterns(name: str) -> Iterator[Pattern]:
    signature = next((one for one in load_signatures() if one.name == name), None)
    for match in signature.match if signature else ():
        if match.text is not None or match.type is not None:
            yield match.text or "", _list_types(match) if _RAISED.intersection(match.on) else None


def _list_types(match: Match) -> list[str]:
    """Without their modules, as pytest prints some."""
    types = (match.type,) if isinstance(match.type, str) else match.type or ()
    return [one.rpartition(".")[2] for one in types]


def _make_pattern(line: str, kind: str) -> Pattern:
    """Numbers and addresses change."""
    parts = [re.escape(part) for part in _CHANGING.split(line)]
    return "^" + r".{1,20}".join(parts), [kind.rpartition(".")[2]]


def _find_first_line(unnamed: Unnamed, evidence: Evidence, hide: Callable[[str], str]) -> str:
    """The beginning of its first line, up to what is a secret."""
    texts = [
        raised.text
        for chain in (
            *(phase.chain for test in evidence.tests for phase in test.phases),
            *(problem.chain for problem in evidence.problems),
        )
        for raised in chain
        if raised.type == unnamed.type
    ]
    whole = next((text for text in texts if fold_text(text) == unnamed.text), unnamed.text)
    line = (whole.splitlines() or [""])[0][:_FIRST]
    same = takewhile(lambda letters: letters[0] == letters[1], zip(line, hide(line), strict=False))
    return "".join(letter for letter, _ in same)
