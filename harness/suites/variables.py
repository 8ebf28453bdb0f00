"""Variables for suites of one's own, as `--env` and `--env-file` name them. Their values may be secrets."""

from __future__ import annotations

import io
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from harness.errors import UsageError
from harness.files import read_given
from harness.servers.secrecy import find_passwords

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SHORTEST_SECRET = 6
"""Characters. A shorter value is no secret, and hiding it would tear up what tests print."""

_SECRET = re.compile(r"PASS|SECRET|TOKEN|KEY|CREDENTIAL|PRIVATE|AUTH|SALT|SIGNATURE", re.IGNORECASE)
_NAME = re.compile(r"[^=\0]+")


def read_variables(written: Iterable[str], files: Iterable[str], shell: Mapping[str, str]) -> dict[str, str]:
    """Values by name: those of the files, then those that were written, of which the last counts.

    A name alone takes over the value that it has in `shell`. Raises `UsageError`, which repeats no value.
    """
    found: dict[str, str] = {}
    for file in files:
        for name, value in read_variable_file(file).items():
            found[name] = _take_over(name, file, shell) if value is None else value
    for text in written:
        name, given, value = text.partition("=")
        if not _NAME.fullmatch(name) or "\0" in value:
            raise UsageError("--env: what stands there names no variable.", remedy="Write --env NAME=VALUE.")
        found[name] = value if given else _take_over(name, "--env", shell)
    return found


@cache  # what comes through a pipe, as of `--env-file <(command)`, can be read once
def read_variable_file(file: str) -> Mapping[str, str | None]:
    """Values by name; None for a name alone. `${NAME}` stands for a value above or of this shell.

    Raises `UsageError`, which repeats no line.
    """
    path = Path(file).expanduser()
    try:
        text = read_given(path).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise UsageError(f"--env-file {file} can't be read: {reason}.", remedy="Mend that, or leave it out.") from None
    wrong = next((each.original.line for each in parse_stream(io.StringIO(text)) if each.error), None)
    if wrong is not None:
        raise UsageError(
            f"--env-file {file}: line {wrong} can't be understood.", remedy="Write NAME=VALUE in each line."
        )
    return dotenv_values(stream=io.StringIO(text))


def find_secrets(variables: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Values that must not show in results: by the variable's name, and passwords in addresses.

    Not a word of small letters, such as `postgres`: somebody chose it for tests, and texts are full of it.
    """
    found = {value for name, value in variables if _SECRET.search(name)}
    found |= {secret for _, value in variables if "://" in value for secret in find_passwords(value)}
    return frozenset(
        value
        for value in found
        if len(value) >= SHORTEST_SECRET and not re.fullmatch("[a-z]+", value) and "{" not in value
    )


def _take_over(name: str, where: str, shell: Mapping[str, str]) -> str:
    if name not in shell:
        raise UsageError(
            f"{where} names the variable {name} without a value, and this shell has none of that name.",
            remedy=f"Write {name}=VALUE, or export {name} first.",
        )
    return shell[name]
