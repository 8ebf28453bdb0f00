"""What a built project's own metadata says: the answer of its build backend, whichever that is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness.requirements.model import Source, make_source, rank_name

if TYPE_CHECKING:
    from collections.abc import Iterable

_EXTRA = re.compile(r"""extra\s*==\s*(?P<quote>['"])(?P<name>[^'"]*)(?P=quote)""")
ALWAYS, NEVER = 'python_version >= "0"', 'python_version < "0"'


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a wheel's METADATA that matters here."""

    name: str
    version: str
    python: str = ""
    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()


def read_metadata(metadata: Metadata) -> list[Source]:
    """What the project needs, and its extras."""
    found = [make_source(metadata.name, "dependencies", select_extra(metadata.requires, ""))]
    for extra in metadata.extras:
        lines = select_extra(metadata.requires, extra)
        found.append(make_source(metadata.name, f"extra {extra}", lines, rank=rank_name(extra)))
    return [source for source in found if source.lines or source.notes]


def select_extra(requires: Iterable[str], extra: str) -> list[str]:
    """The lines of an extra, without saying so in their markers; with no extra those that are always needed."""
    chosen = []
    for line in requires:
        marker = str(Requirement(line).marker or "")
        named = {canonicalize_name(found["name"]) for found in _EXTRA.finditer(marker)}
        if (canonicalize_name(extra) in named) if extra else not named:
            chosen.append(_drop_extra(line, extra) if extra else line)
    return chosen


def _drop_extra(line: str, extra: str) -> str:
    requirement = Requirement(line)
    alone = re.fullmatch(rf"(?:(?P<rest>(?:(?! or ).)*) and )?{_EXTRA.pattern}", str(requirement.marker))
    if alone:
        rest = alone["rest"]
    else:
        rest = _EXTRA.sub(
            lambda found: ALWAYS if canonicalize_name(found["name"]) == canonicalize_name(extra) else NEVER,
            str(requirement.marker),
        )
    requirement.marker = None
    return f"{requirement} ; {rest}" if rest else str(requirement)
