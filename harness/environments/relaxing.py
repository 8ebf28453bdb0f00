"""Which requirements hold, which make room for what is under test, and which name what doesn't exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from harness.environments.model import EnvironmentRequest


def find_pinned(lines: Iterable[str]) -> set[str]:
    """The packages of which the lines name one version."""
    return {canonicalize_name(each.name) for each in map(Requirement, lines) if _is_pinned(each)}


def relax(lines: Iterable[str], needed: Collection[str]) -> tuple[list[str], list[str]]:
    """The lines without pins, and without bounds of what is `needed` under test; the pins, to be preferred."""
    kept, pins = [], []
    for line in lines:
        requirement = Requirement(line)
        name = canonicalize_name(requirement.name)
        pinned = _is_pinned(requirement)
        if pinned:
            pins.append(f"{name}{requirement.specifier}")
        if pinned or name in needed:
            requirement.specifier = Requirement(requirement.name).specifier
        kept.append(str(requirement))
    return kept, pins


def _is_pinned(requirement: Requirement) -> bool:
    return any(clause.operator == "==" and not clause.version.endswith("*") for clause in requirement.specifier)


def require_named(request: EnvironmentRequest, reason: str) -> None:
    """Raise `UsageError` where there is no environment because what `pins` name doesn't exist."""
    for line in request.pins:
        name = canonicalize_name(Requirement(line).name)
        if re.search(rf"\b{re.escape(name)}\b was not found in the package registry", reason):
            raise UsageError(f"There is no package {name}.", remedy="Look for its name in the package index.")
        if f"there is no version of {line}" in reason:
            raise UsageError(f"There is no version of {name} that {line} means.", remedy="Name one that was released.")
