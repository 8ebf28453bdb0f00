"""Which Pythons a suite's project supports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.environments.model import Interpreter


def supports_python(supported: str, version: str) -> bool:
    """Whether `>=3.12` allows a full version. What can't be understood allows all."""
    try:
        return SpecifierSet(supported).contains(version, prereleases=True)
    except InvalidSpecifier:
        return True


def fit_interpreters(supported: str, interpreters: Iterable[Interpreter]) -> tuple[Interpreter, ...]:
    """The interpreters that are supported."""
    return tuple(each for each in interpreters if supports_python(supported, each.version))
