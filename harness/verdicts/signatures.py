"""Signatures: named, documented kinds of error. They are data, in `signatures.toml`; this loads and checks them."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from harness.verdicts.observations import ObservationKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.verdicts.observations import Observation


class SignatureCategory(StrEnum):
    """What meeting a signature means when every test passed."""

    ERROR = "error"
    LEAK = "leak"
    WARNING = "warning"
    OUTCOME = "outcome"


_ENDS = frozenset({"hang", "crash"})
_EXCEPTIONS = {
    ObservationKind.THREAD: ObservationKind.EXCEPTION,
    ObservationKind.LOG: ObservationKind.EXCEPTION,
}


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to recognise a signature. Everything given must hold; patterns are searched, types are exact.

    What is recognised on an `exception` is so too where that ended a thread or was logged.
    """

    on: tuple[ObservationKind, ...]
    type: str | tuple[str, ...] | None = None
    text: str | None = None
    origin: str | None = None
    meanwhile: str | None = None  # exact, like a type

    def __post_init__(self) -> None:
        if not self.on:
            raise ValueError("a match that is on nothing")
        for pattern in (self.text, self.origin):
            if pattern is not None:
                _require_valid(pattern)

    def holds(self, observation: Observation) -> bool:
        """Whether the observation is one of these."""
        return (
            self.fits(observation.kind, observation.type)
            and self.meanwhile in (None, observation.meanwhile)
            and (self.text is None or re.search(self.text, observation.text) is not None)
            and (self.origin is None or re.search(self.origin, observation.origin) is not None)
        )

    def fits(self, kind: ObservationKind, name: str) -> bool:
        """Whether an observation of this kind and type may be one of these."""
        if _EXCEPTIONS.get(kind, kind) not in self.on:
            return False
        match self.type:
            case None:
                return True
            case str(only):
                return name == only
            case several:
                return name in several


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, cache_hash=True):
    """A named, documented kind of error. `reference` is public documentation or a public report."""

    name: str
    title: str
    category: SignatureCategory
    cause: str
    reference: str
    advice: str = ""
    match: tuple[Match, ...]

    def names(self, observation: Observation) -> bool:
        """Whether this signature is what was observed."""
        return any(match.holds(observation) for match in self.match)


@lru_cache(maxsize=8192)
def find_naming(signatures: tuple[Signature, ...], observation: Observation) -> tuple[Signature, ...]:
    """Those of the signatures that the observation is. Cells observe the same again and again."""
    candidates = _list_candidates(signatures, observation.kind, observation.type)
    return tuple(signature for signature in candidates if signature.names(observation))


@lru_cache(maxsize=1024)
def _list_candidates(signatures: tuple[Signature, ...], kind: ObservationKind, name: str) -> tuple[Signature, ...]:
    """Those that an observation of this kind and type may be. Only a few of all are."""
    return tuple(signature for signature in signatures if any(match.fits(kind, name) for match in signature.match))


class RetiredName(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A name that a signature had once. Results, notes and links with it stay, so it is still understood."""

    name: str
    now: tuple[str, ...]  # the signatures that name today what it named; one, unless it was divided
    since: str  # release of this project


class _SignaturesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    signature: tuple[Signature, ...]
    retired: tuple[RetiredName, ...] = ()


def parse_signatures(text: str) -> tuple[Signature, ...]:
    """The signatures in a TOML text, by name.

    Raises `msgspec.ValidationError` for an unknown field, an invalid pattern or a name used twice.
    """
    signatures = msgspec.toml.decode(text, type=_SignaturesFile).signature
    seen: set[str] = set()
    for signature in signatures:
        if signature.name in seen:
            raise msgspec.ValidationError(f"Two signatures are named {signature.name!r}")
        if not signature.match:
            raise msgspec.ValidationError(f"The signature {signature.name!r} matches nothing")
        seen.add(signature.name)
    return tuple(sorted(signatures, key=lambda signature: signature.name))


def parse_retired(text: str) -> tuple[RetiredName, ...]:
    """The retired names in a TOML text of signatures, by name.

    Raises `msgspec.ValidationError` for one that is in use, and for one that points to no signature.
    """
    read = msgspec.toml.decode(text, type=_SignaturesFile)
    names = {signature.name for signature in read.signature}
    for retired in read.retired:
        if retired.name in names:
            raise msgspec.ValidationError(f"The retired name {retired.name!r} is a signature's")
        if not retired.now or not names.issuperset(retired.now):
            raise msgspec.ValidationError(f"The retired name {retired.name!r} points to no signature")
    return tuple(sorted(read.retired, key=lambda retired: retired.name))


@cache
def load_signatures() -> tuple[Signature, ...]:
    """The signatures this project ships."""
    return parse_signatures(_read_file())


@cache
def load_retired() -> tuple[RetiredName, ...]:
    """The names that signatures of this project had once."""
    return parse_retired(_read_file())


@cache
def load_categories() -> Mapping[str, SignatureCategory]:
    """The category of each signature that this project ships, by its name."""
    return MappingProxyType({signature.name: signature.category for signature in load_signatures()})


def is_loop_error(signature: str, categories: Mapping[str, SignatureCategory]) -> bool:
    """Whether a cure is to get rid of it. A read that waits for another loop ends in a hang, or a crash."""
    return categories.get(signature, SignatureCategory.ERROR) is SignatureCategory.ERROR or signature in _ENDS


def _read_file() -> str:
    return resources.files(__package__).joinpath("signatures.toml").read_text(encoding="utf-8")


def _require_valid(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
