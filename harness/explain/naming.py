"""The signatures of errors that were read in a text.

A text has less than evidence: a type without its module, no type at all, a message that is cut off or folded, no place.
Each error is compared with the signatures as evidence is, and then once more with what is missing filled in, where
that can't make it another error:

- a type without its module is any type of that name, but for the names that Python has itself;
- a message without a type is whatever is worded so, if it is all of the message;
- a message that ends in dots is the wording that begins so, if only one signature's does;
- folded lines are joined.

What a signature asks of the place of an error is never filled in.
"""

from __future__ import annotations

import builtins
import re
from collections import defaultdict
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import msgspec

from harness.explain.joining import ELLIPSES
from harness.explain.likeness import MANY_TEXTS
from harness.explain.model import NamedError
from harness.explain.wordings import SHORTEST, find_beginning
from harness.verdicts.model import Channel
from harness.verdicts.observations import ObservationKind, fold_text, make_chain_incidents, split_members
from harness.verdicts.signatures import Signature, SignatureCategory, find_naming, load_signatures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.explain.model import ReadText, TextError
    from harness.verdicts.observations import Incident, Observation
    from harness.verdicts.signatures import Match

_K = ObservationKind
_LIKE: dict[ObservationKind, tuple[ObservationKind, ...]] = {
    _K.PROBLEM: (_K.PROBLEM, _K.EXCEPTION),
    _K.HANDLER_CALL: (_K.HANDLER_CALL, _K.OUTPUT_AFTER),
    _K.UNRAISABLE: (_K.UNRAISABLE, _K.OUTPUT_AFTER),
    _K.OUTPUT_AFTER: (_K.OUTPUT_AFTER, _K.EXCEPTION),
}
"""As what else an error may count: whoever reads a text doesn't know what pytest knew."""

_WORDS_ONLY = ("", "Error", "ERROR", "error", "Exception", "E", "FAILED", "CRITICAL", "WARNING")
"""What stands before a message and is no type."""

_NEVER = r"(?!)"
_BARE = {
    "client-timeout": r"^Timeout reading from [\w.-]+:\d+$",
    "context-variable-unset": _NEVER,
    "deprecation": r"event_loop fixture provided by pytest-asyncio|explicitly requests the \"event_loop\" fixture"
    r"|to the asyncio marker has been deprecated"
    r"|Overriding the \"event_loop_policy\" fixture is deprecated|in strict mode\. You might want to use @pytest_"
    r"|^pytest-asyncio detected an unclosed event loop"
    r"|^The loop argument is deprecated since Python 3\.8",
    "different-loop": r"^(?:Task <.*)?got Future <.*attached to a different loop|^attached to a different loop$"
    r"|^The future belongs to a different loop",
    "memory-limit": _NEVER,
    "missing-greenlet": r"^greenlet_spawn has not been called",
    "multiple-loops-requested": r"^Multiple asyncio event loops with different scopes have been requested",
    "output-limit": _NEVER,
    "unclosed-resource": r"^[Uu]nclosed (?:(?:Connection|transport|event loop|resource|client session) <|<socket"
    r"|(?:connector|client session|\w+ client)$)",
}
"""How a message without a type must be worded where the signature's own pattern is too short to stand alone."""

_ALONE = frozenset({_K.EXCEPTION, _K.PROBLEM, _K.WARNING, _K.HANDLER_CALL})
"""What a message may be that stands alone."""

_BEGINNINGS = {"different-loop": re.compile(r"^Task <Task (?:pending|finished|cancelling)")}
"""What only one signature begins with, though its pattern doesn't say so."""

_SHORTENED = {
    "async-fixture-unhandled": (
        "AssertionError",
        re.compile(r"^$"),
        re.compile(r"^pytest_asyncio/plugin\.py:\d+ in setup$"),
    ),
}
"""Type, text and place where pytest leaves the frames of its own out of what it prints."""

_OF_LOOPS = re.compile(r"loop|asyncio|pytest|fixture|coroutine|\bscope\b|\baclose\b", re.IGNORECASE)
_QUOTES = re.compile("['\"`]")
_LONGEST = 20_000
_NUMBERS = re.compile(r"0x[0-9a-fA-F…]+|\d+")


def name_errors(read: ReadText) -> tuple[NamedError, ...]:
    """Every error of a text with the signatures that name it; those that are alike once, in the order of the text."""
    groups: dict[tuple[str, ...], list[NamedError]] = defaultdict(list)
    for error in read.errors:
        for one in _name_members(error):
            groups[_key(one)].append(one)
    return tuple(_merge(group) for group in groups.values())


def name_error(error: TextError) -> NamedError:
    """One error with its signatures. Of an exception group, use `name_errors`."""
    incidents = tuple(make_chain_incidents(error.chain, kind=error.kind, channel=error.channel, test=error.test))
    return _name_incident(error, incidents[0]) if incidents else NamedError(error=error)


def _name_members(error: TextError) -> Iterator[NamedError]:
    incidents = make_chain_incidents(error.chain, kind=error.kind, channel=error.channel, test=error.test)
    for chain, incident in zip(split_members(error.chain), incidents, strict=True):
        yield _name_incident(msgspec.structs.replace(error, chain=chain), incident)


def _name_incident(error: TextError, incident: Incident) -> NamedError:
    """Surface and root, by the rules of verdicts: what lies between is neither."""
    names = [find_name(observation) for observation in incident]
    surface = names[0]
    root = next((name for name in reversed(names) if name), "")
    tests = (error.test,) if error.test else ()
    return NamedError(error=error, surface=surface, root="" if root == surface else root, tests=tests)


def _key(one: NamedError) -> tuple[str, ...]:
    raised = one.error.chain[0]
    many = one.surface in MANY_TEXTS
    own = () if (one.surface or one.root) and not many else (raised.type, _NUMBERS.sub("#", fold_text(raised.text)))
    return (one.surface, one.root, one.error.kind, one.error.channel, *own)


def _merge(group: Sequence[NamedError]) -> NamedError:
    tests = tuple(dict.fromkeys(test for one in group for test in one.tests))
    return msgspec.structs.replace(group[0], count=len(group), tests=tests)


@lru_cache(maxsize=8192)
def find_name(observation: Observation) -> str:
    """The name of the signature that this is, or nothing."""
    found = next((one for seen in _fill_in(observation) for one in find_naming(load_signatures(), seen)), None)
    if found is None:
        found = _find_shortened(observation) or _find_bare(observation) or _find_clipped(observation)
    if found is None:
        found = _find_unquoted(observation)
    return found.name if found and _may_name(found, observation) else ""


def _may_name(signature: Signature, observation: Observation) -> bool:
    """Whether the signature answers for this: in the background only errors do; of deprecations those of loops."""
    if observation.channel is Channel.BACKGROUND:
        return signature.category in (SignatureCategory.ERROR, SignatureCategory.OUTCOME)
    if signature.name == "deprecation":
        return _OF_LOOPS.search(f"{observation.type} {observation.text} {observation.origin}") is not None
    return True


def _fill_in(observation: Observation) -> Iterator[Observation]:
    """The observation, and what it may be as well."""
    kinds = _list_kinds(observation)
    for kind in kinds:
        for name in _list_types(observation.type):
            for text in list_texts(observation.text):
                yield msgspec.structs.replace(observation, kind=kind, type=name, text=text)


def _list_kinds(observation: Observation) -> tuple[ObservationKind, ...]:
    if observation.kind is _K.EXCEPTION and observation.type.endswith("Warning"):
        return (_K.EXCEPTION, _K.WARNING)
    return _LIKE.get(observation.kind, (observation.kind,))


def list_texts(text: str) -> tuple[str, ...]:
    """The text as it stands, its first line, its lines joined with a space and without one, and without a full stop."""
    text = text[:_LONGEST].strip()
    first, _, more = text.partition("\n")
    joined = (first.rstrip(), " ".join(text.split()), text.replace("\n", "")) if more else ()
    return tuple(dict.fromkeys((text, *joined, text.rstrip(".!?"))))


@lru_cache(maxsize=1024)
def _list_types(name: str) -> tuple[str, ...]:
    """The type, and those of signatures that a text may call so."""
    short = name.rpartition(".")[2]
    if hasattr(builtins, name):
        return (name,)
    if name in ("_pytest.outcomes.Failed", "builtins.Failed"):
        return (name, "Failed")
    if hasattr(builtins, name.removeprefix("builtins.")):
        return (name.removeprefix("builtins."),)
    package = name.partition(".")[0].lstrip("_")
    same = (
        full
        for full in _known_types().get(short, ())
        if "." not in name or full.partition(".")[0].lstrip("_") == package
    )
    return (name, *(full for full in same if full != name))


@cache
def _known_types() -> dict[str, tuple[str, ...]]:
    """The types that signatures name, by the last part of each."""
    found: dict[str, list[str]] = defaultdict(list)
    for signature in load_signatures():
        for match in signature.match:
            for full in list_match_types(match):
                if full not in found[short := full.rpartition(".")[2]]:
                    found[short].append(full)
    return {short: tuple(fulls) for short, fulls in found.items()}


def list_match_types(match: Match) -> tuple[str, ...]:
    """The types that a match asks for, if it does."""
    return () if match.type is None else (match.type,) if isinstance(match.type, str) else match.type


def _find_shortened(observation: Observation) -> Signature | None:
    for signature in load_signatures():
        kind, text, place = _SHORTENED.get(signature.name, ("", None, None))
        if (
            text
            and place
            and observation.type == kind
            and text.search(observation.text)
            and place.search(observation.origin)
        ):
            return signature
    return None


def _find_bare(observation: Observation) -> Signature | None:
    """The signature that is worded so, where the text names no type."""
    name = observation.type
    known = hasattr(builtins, name) and name != "Exception"
    if name not in _WORDS_ONLY and (known or "." in name or name.endswith(("Error", "Exception", "Warning"))):
        return None
    texts = list_texts(observation.text) + (() if name in _WORDS_ONLY else list_texts(f"{name}: {observation.text}"))
    for signature in load_signatures():
        if any(_is_worded(signature, match, text) for match in signature.match for text in texts):
            return signature
    return None


def _find_unquoted(observation: Observation) -> Signature | None:
    """The signature that is worded so but for quotes, which a shell takes out of what isn't in quotes itself."""
    if observation.type not in _WORDS_ONLY or _QUOTES.search(observation.text):
        return None
    found = {
        signature.name: signature
        for signature in load_signatures()
        for pattern in _list_unquoted(signature)
        for text in list_texts(observation.text)
        if re.search(pattern, text)
    }
    return next(iter(found.values())) if len(found) == 1 else None


@cache
def _list_unquoted(signature: Signature) -> tuple[str, ...]:
    """What it is worded like without quotes, where it has some."""
    patterns = (
        [_BARE[signature.name]]
        if signature.name in _BARE
        else [one.text for one in signature.match if one.text and one.origin is None and _ALONE.intersection(one.on)]
    )
    quoted = (one for one in patterns if _QUOTES.search(one) and "[" not in one)
    return tuple(re.sub(r"\\\\?(?=['\"`])|['\"`]", "", one) for one in quoted)


def _is_worded(signature: Signature, match: Match, text: str) -> bool:
    if match.origin is not None or not _ALONE.intersection(match.on):
        return False
    if own := _BARE.get(signature.name):
        return re.search(own, text) is not None
    return match.text is not None and re.search(match.text, text, re.IGNORECASE) is not None


def _find_clipped(observation: Observation) -> Signature | None:
    """The only signature with a wording that begins like a text which ends in dots."""
    text = fold_text(observation.text, _LONGEST)
    if not text.endswith(ELLIPSES):
        return _find_cut_inside(observation)
    for ellipsis in ELLIPSES:
        text = text.removesuffix(ellipsis)
    found = {
        signature.name: signature
        for signature in load_signatures()
        for match in signature.match
        if match.origin is None
        and observation.kind in match.on
        and _has_type(match, observation.type)
        and (find_beginning(match, text) or _begins_alone(signature, text))
    }
    if not observation.type and not found:
        found = {
            one.name: one
            for one in load_signatures()
            if len(text) >= SHORTEST and any(_is_type_cut(match, text) for match in one.match)
        }
    return next(iter(found.values())) if len(found) == 1 else None


def _find_cut_inside(observation: Observation) -> Signature | None:
    """The signature that begins like a text which ends inside of the task that it names."""
    text = observation.text
    if text.count("<") <= text.count(">"):
        return None
    return next(
        (
            one
            for one in load_signatures()
            if _begins_alone(one, text) and any(_has_type(match, observation.type) for match in one.match)
        ),
        None,
    )


def _is_type_cut(match: Match, text: str) -> bool:
    """Whether only the beginning of the match's type is left, and the type is all that it asks for."""
    return match.text is None and any("." in full and full.startswith(text) for full in list_match_types(match))


def _begins_alone(signature: Signature, text: str) -> bool:
    beginning = _BEGINNINGS.get(signature.name)
    return beginning is not None and beginning.match(text) is not None


def _has_type(match: Match, name: str) -> bool:
    return bool(set(_list_types(name)) & set(list_match_types(match)))
