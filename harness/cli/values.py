"""How the text after an option becomes a value. Each refusal is a `UsageError` that says what was expected.

These are converters of cyclopts, whose own messages name types and not what one may write.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.sources import is_source
from harness.errors import UnknownNameError, UsageError
from harness.packages import NEWEST
from harness.sizes import parse_size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cyclopts import Token

VERSION = r"\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?(\+[a-z\d]+(\.[a-z\d]+)*)?"
"""A version of a package as people write it; the local part is that of one that was never released."""

SMALLEST_SIZE = 64 * 2**20
"""Bytes. With less, not even pytest gets started everywhere."""


def read_text(_: object, tokens: Sequence[Token]) -> str:
    """A text that isn't blank."""
    (token,) = tokens
    if not token.value.strip():
        raise _make_unusable_error(token, "a text")
    return token.value


def read_texts(type_: object, tokens: Sequence[Token]) -> tuple[str, ...]:
    """The texts of an option that may be given several times."""
    return tuple(read_text(type_, [token]) for token in tokens)


def read_path(type_: object, tokens: Sequence[Token]) -> Path:
    """A folder or a file."""
    return Path(read_text(type_, tokens))


def read_paths(type_: object, tokens: Sequence[Token]) -> tuple[Path, ...]:
    """Folders or files."""
    return tuple(read_path(type_, [token]) for token in tokens)


def read_server(_: object, tokens: Sequence[Token]) -> str | None:
    """A server; None where the environment variable is blank, as in CI without the secret."""
    (token,) = tokens
    return read_text(_, tokens) if token.source == "cli" else token.value.strip() or None


def read_size(_: object, tokens: Sequence[Token]) -> int:
    """Bytes, at least `SMALLEST_SIZE`."""
    (token,) = tokens
    size = parse_size(token.value)
    if size is None or size < SMALLEST_SIZE:
        raise _make_unusable_error(token, "a size of at least 64MiB, such as 512MiB or 2GiB")
    return size


def read_count(_: object, tokens: Sequence[Token]) -> int:
    """A whole number, at least 1."""
    return int(_read_number(tokens, r"[0-9]{1,9}", lambda number: number >= 1, "a whole number, at least 1"))


def read_seconds(_: object, tokens: Sequence[Token]) -> float:
    """A number above 0."""
    return _read_number(tokens, r"[0-9]{1,6}(\.[0-9]+)?", lambda number: number > 0, "a number of seconds above 0")


def read_percent(_: object, tokens: Sequence[Token]) -> float:
    """A number from 0 to 100."""
    return _read_number(tokens, r"[0-9]{1,3}(\.[0-9]+)?", lambda number: number <= 100, "a number from 0 to 100")


def read_ports(_: object, tokens: Sequence[Token]) -> tuple[int, ...]:
    """Numbers of ports, of an option that may be given several times."""
    expected = "the number of a port, from 1 to 65535"
    return tuple(
        int(_read_number([token], r"[0-9]{1,5}", lambda port: 1 <= port <= 65535, expected)) for token in tokens
    )


def read_names(_: object, tokens: Sequence[Token]) -> tuple[str, ...]:
    """Names separated by commas."""
    for token, name in _split(tokens):
        if not name:
            raise _make_unusable_error(token, "names separated by commas")
    return tuple(name for _, name in _split(tokens))


def read_some_of(choices: Sequence[str]) -> Callable[[object, Sequence[Token]], tuple[str, ...]]:
    """Reads names out of a closed list."""

    def read(_: object, tokens: Sequence[Token]) -> tuple[str, ...]:
        for token, name in _split(tokens):
            if name not in choices:
                raise UnknownNameError(f"{token.keyword}".lstrip("-"), name, choices)
        return tuple(name for _, name in _split(tokens))

    return read


def read_versions(_: object, tokens: Sequence[Token]) -> tuple[str, ...]:
    """Versions of a package, or sources of it, separated by commas."""
    expected = "versions separated by commas, 'newest', or a wheel, an sdist, a folder of sources or git+ADDRESS"
    return _read_versions(tokens, VERSION, expected, or_else=is_source)


def read_pythons(_: object, tokens: Sequence[Token]) -> tuple[str, ...]:
    """Versions of Python, separated by commas."""
    pattern = r"([a-z]+-)?\d+(\.\d+)*((a|b|rc)\d+)?t?"
    return _read_versions(tokens, pattern, "versions such as 3.12, 3.13t or pypy-3.10 separated by commas, or 'newest'")


def _read_versions(
    tokens: Sequence[Token], pattern: str, expected: str, *, or_else: Callable[[str], bool] = lambda _: False
) -> tuple[str, ...]:
    for token, version in _split(tokens):
        if version != NEWEST and not re.fullmatch(pattern, version) and not or_else(version):
            raise UsageError(f"{token.keyword}: {version!r} is not a version.", remedy=f"Give {expected}.")
    return tuple(version for _, version in _split(tokens))


def _split(tokens: Sequence[Token]) -> list[tuple[Token, str]]:
    return [(token, part.strip()) for token in tokens for part in token.value.split(",")]


def _read_number(tokens: Sequence[Token], pattern: str, fits: Callable[[float], bool], expected: str) -> float:
    (token,) = tokens
    if not re.fullmatch(pattern, token.value) or not fits(float(token.value)):
        raise _make_unusable_error(token, expected)
    return float(token.value)


def _make_unusable_error(token: Token, expected: str) -> UsageError:
    return UsageError(f"{token.keyword or 'The argument'}: {token.value!r} can't be used.", remedy=f"Give {expected}.")
