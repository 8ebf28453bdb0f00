"""The types of an explanation: plain data, which is printed as text or as JSON."""

from __future__ import annotations

from typing import Literal

import msgspec

from harness.explain.model import CloseSignature
from harness.explain.occurrences import OccurrenceRange
from harness.knowledge.model import Cure


class KnownVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the reader's and where it is known from."""

    name: str  # "python", a package, or "system"
    version: str
    text: str  # "Python 3.13"
    origin: str  # "named by an option", …


class ReadersPlace(msgspec.Struct, frozen=True, kw_only=True):
    """The reader's versions, and the measured environment that what follows is from."""

    versions: tuple[KnownVersion, ...]
    environment: str = ""  # id; empty where nothing was measured
    differences: tuple[str, ...] = ()  # in what that environment isn't the reader's
    reason: str = ""  # why none is
    command: str = ""  # measures the reader's versions


class ShownRule(msgspec.Struct, frozen=True, kw_only=True):
    """What in a suite causes an error: conditions that cells have in common."""

    text: str
    conditions: tuple[tuple[str, tuple[str, ...]], ...]
    support: int  # cells that meet them and show the error
    meeting: int  # cells that meet them
    example: str = ""  # the simplest of these cells


class CureEffect(msgspec.Struct, frozen=True, kw_only=True):
    """What the same change does to all cells that show an error and that it can be made to."""

    of: int  # such cells, as far as they were measured after it
    gone: int  # that don't show the error any more
    clean: int  # that are clean

    @property
    def share(self) -> float:
        """Of such cells, how many are rid of the error."""
        return self.gone / self.of if self.of else 0.0


class ShownCure(msgspec.Struct, frozen=True, kw_only=True):
    """The nearest cure of a cell, as code, and what else the same change cures."""

    cell: str  # before the change
    cure: Cure
    words: tuple[str, ...] = ()  # what each change means
    settings: tuple[str, ...] = ()  # lines of pytest's settings that do the same in one place
    diff: str
    summary: str = ""  # the diff with a change that is made in several places once
    rule: int = 0  # which of the rules it is for, from 1; 0 for none
    effect: CureEffect | None = None  # None where nothing but the cell itself was asked about


class ExplainedError(msgspec.Struct, frozen=True, kw_only=True):
    """One error, or several of a kind."""

    surface: str  # a signature
    root: str = ""  # another, of what went wrong first
    aside: bool = False  # a leak or a warning, not an error
    messages: tuple[str, ...] = ()  # as they stand in the text: of the surface, of the root
    count: int = 0  # errors in the text; 0 where there is no text
    tests: tuple[str, ...] = ()
    happened: tuple[str, ...] = ()  # sentences
    advice: str = ""
    reference: str = ""
    environment: str = ""  # id of the one that all counts are from; empty where no cell shows it anywhere
    elsewhere: str = ""  # why that isn't the reader's
    own: tuple[str, ...] = ()  # releases of pytest-asyncio on which also a suite without any habit shows it
    cells: int = 0  # that show it
    measured: int = 0  # of so many
    underneath: tuple[tuple[str, int], ...] = ()  # where it is alone: roots that it hides elsewhere, and cells
    uncovered: int = 0  # that show it and meet no rule
    rules: tuple[ShownRule, ...] = ()
    cures: tuple[ShownCure, ...] = ()
    occurrences: tuple[OccurrenceRange, ...] = ()


class UnknownError(msgspec.Struct, frozen=True, kw_only=True):
    """An error that no signature names, and the signatures that come closest."""

    message: str
    count: int = 1
    tests: tuple[str, ...] = ()
    unanswered: str = ""  # the address at which no server is listening, where that is the error
    closest: tuple[CloseSignature, ...] = ()


class CellHistory(msgspec.Struct, frozen=True, kw_only=True):
    """Since and until which releases of pytest-asyncio a cell shows an error."""

    where: str
    error: str  # empty where it never shows any
    text: str


class ExplainedCell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell: what it means, what it shows, and what would cure it."""

    cell: str
    habits: tuple[tuple[str, str, str], ...]  # (axis, value, what it means)
    environment: str = ""
    elsewhere: str = ""  # why that isn't the reader's
    status: str = ""
    outcome: str = ""  # its label there
    pattern: str = ""  # a letter a test
    reason: str = ""  # why it can't be expressed there
    errors: tuple[str, ...] = ()  # the signatures of it, roots first
    impossible: str = ""  # why no version that was measured can express it
    history: tuple[CellHistory, ...] = ()
    cures: tuple[ShownCure, ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """All that `explain` has to say."""

    subject: Literal["signature", "cell", "text"]
    source: str  # a name, an id, a file, "standard input", "the text"
    kind: str = ""  # of a text: "message", "traceback", "pytest", "junit"
    place: ReadersPlace
    errors: tuple[ExplainedError, ...] = ()
    unknown: tuple[UnknownError, ...] = ()
    cell: ExplainedCell | None = None
    notes: tuple[str, ...] = ()
    commands: tuple[tuple[str, str], ...] = ()  # (command, what it does)
