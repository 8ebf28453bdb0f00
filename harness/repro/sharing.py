"""Which files of a suite of one's own go into a reproduction: it is to be sent to somebody else."""

from __future__ import annotations

import re
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from harness.errors import UsageError
from harness.repro.secrets import find_secret, find_secret_name, is_readable
from harness.suites.folder import OUTSIDE
from harness.suites.roots import CONFIGURATION
from harness.suites.suite import Suite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAMES = re.compile(r"[\w.-]+")
NOT_NAMED = "no Python file or configuration of pytest names it"


class SharedFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a suite that go out, and why each of the others does not."""

    suite: Suite  # of these files alone
    left_out: dict[str, str]  # path → reason


def share_files(suite: Suite, include: Sequence[str] = ()) -> SharedFiles:
    """The suite with what its tests need: Python files, the configuration of pytest, and files that these name.

    No file that a link brought in from outside, no hidden file, none that is a secret by its name or by what is in it,
    and none that can't be looked into. `include` adds files: a path adds that one whatever it is, a pattern such as
    `data/*.json` adds none of these.
    Raises `UsageError` for one that no file matches.
    """
    patterns = tuple(each.removeprefix("./") for each in include)
    for pattern in patterns:
        if not any(_matches(path, pattern) for path in suite.content):
            raise UsageError(
                f"No file of the suite matches --include {pattern!r}.",
                remedy="Give a path below the suite's folder, or a pattern such as 'data/*.json'.",
            )
    left_out = {path: reason for path in suite.content if path not in patterns and (reason := _refuse(suite, path))}
    offered = {path: content for path, content in suite.content.items() if path not in left_out}
    named = _collect_names(offered, suite.conditions.arguments if suite.conditions else ())
    for path in offered:
        if not (_is_needed(path) or _name_of(path) in named or any(_matches(path, one) for one in patterns)):
            left_out[path] = NOT_NAMED
    content = {path: content for path, content in suite.content.items() if path not in left_out}
    return SharedFiles(suite=replace(suite, content=content), left_out=dict(sorted(left_out.items())))


def _refuse(suite: Suite, path: str) -> str:
    """Why a file stays here even if the tests need it; empty if it may go."""
    real = suite.linked.get(path, path)
    if real == OUTSIDE:
        return "a link leads to it, out of the suite's folder"
    if name := find_secret_name(path) or find_secret_name(real):
        return f"{name} is a name of secrets"
    if path not in CONFIGURATION and any(part.startswith(".") for each in (path, real) for part in each.split("/")):
        return "it is hidden"
    if not is_readable(suite.content[path]):
        return "it is no text, so what is in it can't be looked at"
    found = find_secret(suite.content[path], code=path.endswith(".py"))
    return f"there is {found} in it" if found else ""


def _is_needed(path: str) -> bool:
    return path.endswith(".py") or _name_of(path) in CONFIGURATION


def _name_of(path: str) -> str:
    return path.rpartition("/")[2]


def _collect_names(files: Mapping[str, bytes], arguments: Sequence[str]) -> frozenset[str]:
    """Whatever may be the name of a file in the files that tests are made of, and in the arguments of pytest."""
    texts = (content.decode("utf-8", "replace") for path, content in files.items() if _is_needed(path))
    return frozenset(word.rstrip(".") for text in (*texts, *arguments) for word in _NAMES.findall(text))


def _matches(path: str, pattern: str) -> bool:
    return path == pattern or fnmatchcase(path, pattern)
