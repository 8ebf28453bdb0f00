"""What two pieces of evidence of one suite disagree on, apart from what no two runs share."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.model import Evidence

LONGEST = 200
"""Characters of a value that are shown."""

LINES = 100
"""Lines of output that are compared. Where the kept tail begins depends on how long the suite's path is."""

OWN_FRAME = re.compile(r'\s*File ".*[\\/]probe[\\/](?:run|warm)\.py", line \d+ in ')
"""Lines of the interpreter's crash dump about the code that starts pytest, which differs between launchers."""

CHANGING = (
    (re.compile(r"0x(?:…|[0-9a-fA-F]+)"), "0x"),  # object addresses
    (re.compile(r"\('(?:127\.0\.0\.1|::1)', \d+"), "('loopback', …"),  # a socket's own port
    (re.compile(r"\bfd=\d+"), "fd=…"),
    (re.compile(r"\b(?:Task|ThreadPoolExecutor|asyncio)[-_](?:\d+)(?:_\d+)?"), "Task-…"),
    (re.compile(r"\bport=\d+,db=\d+"), "port=…,db=…"),
    (re.compile(r"\bpid[= ]\d+"), "pid=…"),
    # A thread finds the result of another one's future there, or has to wait for it.
    (re.compile(r"(\bconcurrent[\\/]futures[\\/]_base\.py(?:\", line |:))\d+(?=[,:] in result)"), r"\1…"),
    (re.compile(r"\d+\.\d+ ?s(?:econds)?\b(?: \([\d:]+\))?"), "…s"),
    # Looked for at the beginning of words only: anywhere in them, long ones take quadratic time.
    (re.compile(r"(?<![^\s'\"])[^\s'\"]*valkey-loop-matrix-\w+-[^/\s'\"]*/suite(?:-\d+)?"), "SUITE"),
)
"""What changes from run to run: (pattern, what stands for it)."""


def find_differences(one: Evidence, other: Evidence) -> tuple[str, ...]:
    """`tests.0.phases.1.outcome: "passed" | "failed"`: every place where they disagree."""
    return tuple(_compare(make_comparable(one), make_comparable(other), ""))


def make_comparable(evidence: Evidence) -> dict[str, Any]:
    """The evidence as plain data, without what changes from run to run."""
    data: dict[str, Any] = _settle(msgspec.to_builtins(evidence))
    data["output"] = [line for line in data["output"].splitlines() if not OWN_FRAME.match(line)][-LINES:]
    # Which of the connections that are opened together gets ready first, and is used again first, is up to the system.
    # Which thread ends first is, too, and which test runs by then.
    data["background"] = sorted(
        ({**line, "test": "", "when": ""} if line["source"] == "thread" else line for line in data["background"]),
        key=msgspec.json.encode,
    )
    data["connections"] = sorted(({**line, "name": ""} for line in data["connections"]), key=msgspec.json.encode)
    return data


def _settle(value: Any) -> Any:
    match value:
        case str():
            for pattern, constant in CHANGING:
                value = pattern.sub(constant, value)
            return value
        case dict():
            return {key: _settle(each) for key, each in value.items()}
        case list() | tuple():
            return [_settle(each) for each in value]
        case _:
            return value


def _compare(one: Any, other: Any, path: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from _compare(one.get(key), other.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list):
        for index, (a, b) in enumerate(itertools.zip_longest(one, other)):
            yield from _compare(a, b, f"{path}.{index}")
    elif isinstance(one, str) and isinstance(other, str) and "\n" in one + other:
        yield from _compare(one.splitlines(), other.splitlines(), path)
    elif one != other:
        yield f"{path}: {_format(one)} | {_format(other)}"


def _format(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
