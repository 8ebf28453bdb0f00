"""An axis, its values, and the rules that say where a value can't be expressed, each with its reason."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - msgspec needs the type at run time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

ServerKind = Literal["shared", "own", "cluster"]
"""A database of a server, a server with all its databases, or a cluster instead."""

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft


class Needs(msgspec.Struct, frozen=True):
    """A version without which the value can't be expressed.

    `requirement` is `name>=version` or a bare name, of a package or `python`; `a or b` takes either. A requirement on
    the client package that isn't in use (`redis>=5.0.1` when valkey-py is under test) doesn't count.
    """

    requirement: str
    reason: str


class Excludes(msgspec.Struct, frozen=True):
    """Cells that nobody can write down: a selection over the axes, and the reason.

    A combination that people do write and that errors is a result; it isn't excluded.
    """

    selection: str
    reason: str


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One way of following a habit, as its file in `scenarios/` declares it."""

    meaning: str  # one line
    phrase: str = ""  # completes the clause of its axis: "in an async fixture"; empty: the value's name does
    sources: tuple[str, ...]  # addresses of documentation or public reports
    needs: tuple[Needs, ...] = ()
    excludes: tuple[Excludes, ...] = ()
    new_process: str = ""  # why its cells can't be forked, where they show something else then
    installs: tuple[str, ...] = ()  # what its suites import beside pytest-asyncio and the client: PEP 508 lines
    alone: str = ""  # why it isn't combined with other values: covering arrays leave it out, profiles name its cells
    server: ServerKind = "shared"  # what its suites need


def leave(_: Draft) -> None:
    """Build nothing: the value is the absence of a habit."""


def accept(_: Draft) -> str | None:
    """Have no objection to the finished draft."""
    return None


@dataclass(frozen=True, kw_only=True)
class NamedValue:
    """A value with what its file says beside it: its axis, its name, and how it changes a suite.

    `check` sees the finished draft and says why the value can't be expressed in it, or None.
    """

    axis: str
    name: str
    value: Value
    build: Callable[[Draft], None] = leave
    check: Callable[[Draft], str | None] = accept


class ValueGroup(msgspec.Struct, frozen=True):
    """Values of an axis for which there are better words than a list of them."""

    values: tuple[str, ...]
    clause: str  # "the client's fixture is wider than one test"


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """A habit, as the folder's `__init__.py` declares it."""

    question: str  # what the habit decides, one line
    order: int  # place among the axes
    default: str
    core: bool = False
    clause: str = ""  # for the phrases of its values: "the client is made {}"
    groups: tuple[ValueGroup, ...] = ()
    first: tuple[str, ...] = ()  # values to list first, in this order; the others follow by name


@dataclass(frozen=True, kw_only=True)
class NamedAxis:
    """An axis with its name and its values in the order of listing."""

    name: str
    axis: Axis
    values: dict[str, NamedValue]

    @property
    def default(self) -> str:
        """The value that an id leaves out (extension axes) and that a person would take for granted."""
        return self.axis.default
