"""The types of searching a suite's cure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

Content = Mapping[str, bytes]
"""A suite's files by path, slashes on every system."""


class CandidateKind(StrEnum):
    """What a candidate changes. In this order they are preferred where all else is equal."""

    SETTING = "setting"  # pytest's configuration
    EDIT = "edit"  # of code that is there
    CONFTEST = "conftest"  # something that a conftest gets
    VERSION = "version"  # of a package


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One change that may cure a suite. `change` gives the files after it, None where there is nothing to change."""

    name: str  # short and unique: "default_loop_scopes_session"
    title: str  # what it does, one line: "run all tests and fixtures on one loop of the session"
    kind: CandidateKind
    change: Callable[[Content], Content | None]
    versions: tuple[tuple[str, str], ...] = ()  # (package, version), for the kind `version`
