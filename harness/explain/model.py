"""The types of what is read in a text."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from harness.evidence.model import Raised
from harness.verdicts.model import Channel
from harness.verdicts.observations import ObservationKind

Link: TypeAlias = Literal["surface", "cause", "context", "member"]


class TextError(msgspec.Struct, frozen=True, kw_only=True):
    """An error or a warning in a text, with what it was raised while handling. `chain`: surface first, root last."""

    chain: tuple[Raised, ...]
    channel: Channel = Channel.BODY
    kind: ObservationKind = ObservationKind.EXCEPTION
    test: str = ""
    line: int = 0  # where it stands in the text


class TextVersions(msgspec.Struct, frozen=True, kw_only=True):
    """The versions that a text's header names; empty where it names none."""

    system: str = ""  # "linux", "win32", "darwin"
    python: str = ""  # "3.12.1"
    packages: dict[str, str] = {}  # "pytest-asyncio": "0.26.0"; a client of unknown version: "redis": ""
    settings: dict[str, str] = {}  # "asyncio_mode": "strict"


class ReadText(msgspec.Struct, frozen=True, kw_only=True):
    """All that is read in one text."""

    kind: Literal["message", "traceback", "pytest", "junit"]
    errors: tuple[TextError, ...]
    versions: TextVersions = TextVersions()
    notes: tuple[str, ...] = ()  # such as that only the first and the last part of a large text was read


class NamedError(msgspec.Struct, frozen=True, kw_only=True):
    """An error with the signatures that name it; both empty where none does."""

    error: TextError
    surface: str = ""  # a signature's name
    root: str = ""  # another's, where the chain has one below
    count: int = 1  # how many errors of the text are like it
    tests: tuple[str, ...] = ()  # those that it was met in


class CloseSignature(msgspec.Struct, frozen=True, kw_only=True):
    """A signature that a text resembles without being it, and what keeps it from being it."""

    signature: str  # its name
    wording: str  # the signature's own words, as its title has them
    reason: str  # "it is raised in asyncio/proactor_events.py, and where this was raised isn't known"
    score: float  # 1.0: the words are the signature's own
