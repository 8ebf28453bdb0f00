"""How the text after an option becomes a value. Each refusal is a `UsageError` that says what was expected.

These are converters of cyclopts, whose own messages name types and not what one may write.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UnknownNameError, UsageError
from harness.packages import NEWEST
from harness.sizes import parse_size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cyclopts import Token

SMALLEST_SIZE = 64 * 2**20
"""Bytes. With less, not even pytest gets started everywhere."""

_VERSION = re.compile(r"\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?")
_PYTHON = re.compile(r"([a-z]+-)?\d+(\.\d+)*((a|b|rc)\d+)?t?")


def read_text(_: object, tokens: Sequence[Token]) -> str:
    """A text that isn't blank."""
    (token,) = tokens
    if not token.value.strip():
        raise _unusable(token, "a text")
    return token.value


def read_texts(type_: object, tokens: Sequence[Token]) -> tuple[str, ...]:
    """The texts of an option that may be given several times."""
    return tuple(read_text(type_, [token]) for token in tokens)


def read_path(type_: object, tokens: Sequence[Token]) -> Path:
    """A folder or a file."""
    return Path(read_text(type_, tokens))


def read_names(_: object, tokens: Sequence[Token]) -> tuple[str, ...]:
    """Names separated by commas."""
    for token in tokens:
        if not all(part.strip() for part in token.value.split(",")):
            raise _unusable(token, "names separated by commas")
    return tuple(part.strip() for token in tokens for part in token.value.split(","))


def read_some_of(choices: Sequence[str]) -> Callable[[object, Sequence[Token]], tuple[str, ...]]:
    """Reads names out of a closed list."""

    def read(type_: object, tokens: Sequence[Token]) -> tuple[str, ...]:
        names = read_names(type_, tokens)
        for name in names:
            if name not in choices:
                raise UnknownNameError(_flag(tokens[0]).lstrip("-"), name, choices)
        return names

    return read


def read_versions(_: object, tokens: Sequence[Token]) -> tuple[str, ...]:
    """Versions of a package, separated by commas."""
    return _versions(tokens, _VERSION, "versions separated by commas, or 'newest'")


def read_pythons(_: object, tokens: Sequence[Token]) -> tuple[str, ...]:
    """Versions of Python, separated by commas."""
    return _versions(tokens, _PYTHON, "versions such as 3.12, 3.13t or pypy-3.10 separated by commas, or 'newest'")


def read_count(_: object, tokens: Sequence[Token]) -> int:
    """A whole number, at least 1."""
    (token,) = tokens
    if not re.fullmatch(r"[0-9]{1,9}", token.value) or int(token.value) < 1:
        raise _unusable(token, "a whole number, at least 1")
    return int(token.value)


def read_seconds(_: object, tokens: Sequence[Token]) -> float:
    """A number above 0."""
    (token,) = tokens
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", token.value) or float(token.value) <= 0:
        raise _unusable(token, "a number of seconds above 0")
    return float(token.value)


def read_percent(_: object, tokens: Sequence[Token]) -> float:
    """A number from 0 to 100."""
    (token,) = tokens
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", token.value) or float(token.value) > 100:
        raise _unusable(token, "a number from 0 to 100")
    return float(token.value)


def read_size(_: object, tokens: Sequence[Token]) -> int:
    """Bytes, at least `SMALLEST_SIZE`."""
    (token,) = tokens
    size = parse_size(token.value)
    if size is None or size < SMALLEST_SIZE:
        raise _unusable(token, "a size of at least 64MiB, such as 512MiB or 2GiB")
    return size


def read_server(_: object, tokens: Sequence[Token]) -> str | None:
    """A server; None where the environment variable is blank, as in CI without the secret."""
    (token,) = tokens
    if token.source != "cli":
        return token.value.strip() or None
    return read_text(_, tokens)


def _versions(tokens: Sequence[Token], pattern: re.Pattern[str], expected: str) -> tuple[str, ...]:
    found = tuple(part.strip() for token in tokens for part in token.value.split(","))
    for version in found:
        if version != NEWEST and not pattern.fullmatch(version):
            raise UsageError(f"{_flag(tokens[0])}: {version!r} is not a version.", remedy=f"Give {expected}.")
    return found


def _unusable(token: Token, expected: str) -> UsageError:
    return UsageError(f"{_flag(token)}: {token.value!r} can't be used.", remedy=f"Give {expected}.")


def _flag(token: Token) -> str:
    return token.keyword or "The argument"
