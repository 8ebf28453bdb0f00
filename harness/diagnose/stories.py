"""What is drawn from the ledgers of one run."""

from __future__ import annotations

from typing import Literal

import msgspec

StoryKind = Literal[
    "error", "ignored", "background", "wrong-loop", "closed-elsewhere", "never-closed", "loop-left", "tasks-left"
]
"""What a story is about: a failed test, an error that nobody could catch, one of a thread or a log, a connection used
or closed on a loop that isn't its own without an error, and what was left."""


Explained = Literal["yes", "perhaps", "no", ""]
"""Whether the ledgers explain an error: they prove it, they show what it may come of, or neither. Empty: no error."""


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, once, and how often the like of it did."""

    kind: StoryKind
    heading: str
    sentences: tuple[str, ...]  # in the order of what happened; of the first, where there are several
    count: int = 1
    tests: tuple[str, ...] = ()  # ids, each once
    signatures: tuple[str, ...] = ()  # of the error, surface first
    error: str = ""  # its text, as pytest shows it
    explained: Explained = ""
    connections: tuple[str, ...] = ()  # names in the ledger
    loops: tuple[str, ...] = ()
    places: tuple[str, ...] = ()  # "conftest.py:12" of the suite


class RunStory(msgspec.Struct, frozen=True, kw_only=True):
    """All stories of one run; errors come first."""

    summary: tuple[str, ...]  # sentences
    stories: tuple[Story, ...]
    failed: int = 0  # phases of tests that failed
    explained: int = 0  # those that the ledgers explain
    perhaps: int = 0  # those that they may explain
