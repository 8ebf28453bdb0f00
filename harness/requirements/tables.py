"""Tables of TOML files that anybody may have written."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from harness.requirements.text_files import decode_text

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_toml(files: Mapping[str, bytes], path: str) -> tuple[dict[str, Any], str]:
    """The file's table, and why it can't be read. Empty where there is no such file."""
    if path not in files:
        return {}, ""
    try:
        return tomllib.loads(decode_text(files[path])), ""
    except tomllib.TOMLDecodeError as error:
        return {}, f"its {path} can't be read: {error}"


def get_table(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The table of that name; empty where there is none."""
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def get_list(found: object) -> list[object]:
    """A list, where it is one."""
    return found if isinstance(found, list) else []


def get_strings(found: object) -> list[str]:
    """The texts in a list."""
    return [each for each in get_list(found) if isinstance(each, str)]
