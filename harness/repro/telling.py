"""The words of a reproduction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.repro.model import Reproduction

LETTERS = "a letter for each test: . passed, F failed, E error in setup or teardown, x failed on purpose"


def title(it: Reproduction) -> str:
    """`default/function/module_global/none on pytest-asyncio 1.5.0, Python 3.13`."""
    return f"{it.subject} on pytest-asyncio {it.environment.plugin}, Python {it.environment.python_minor}"


def measured(it: Reproduction) -> Iterator[str]:
    """What came of it, in lines."""
    here = it.environment
    yield it.label
    if it.verdict.pattern:
        yield f"{it.verdict.pattern} ({LETTERS})"
    yield from map(one_line, it.errors)
    packages = f"pytest {here.pytest}, {here.client}-py {here.client_version}"
    yield f"on {here.platform}, Python {here.python}, {packages}, a server {it.server}"


def readme(it: Reproduction) -> str:
    """The page in the folder."""
    habits = [f"- `{habit}`: {meaning}" for habit, meaning in it.habits]
    lines = [
        f"# {title(it)}",
        "",
        *(["What the suite does:", "", *habits, ""] if habits else []),
        "What was measured:",
        "",
        *(f"    {line}" for line in measured(it)),
        "",
        "To run it, on an empty database of a Valkey server, which the suite writes to and may flush:",
        "",
        f"    uv venv --python {it.environment.python_minor} .venv",
        "    uv pip install --python .venv -r requirements.txt",
        "    export VALKEY_URL=valkey://127.0.0.1:6379/0 REDIS_URL=redis://127.0.0.1:6379/0",
        "    cd suite && ../.venv/bin/python -m pytest",
        "",
        "On Windows that is `..\\.venv\\Scripts\\python -m pytest`, and variables are set with `$env:VALKEY_URL = …`.",
    ]
    return "\n".join(lines) + "\n"
