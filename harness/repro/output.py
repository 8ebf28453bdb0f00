"""The words of a reproduction."""

from __future__ import annotations

import shlex
from itertools import groupby
from typing import TYPE_CHECKING

from harness.output.text import one_line
from harness.packages import NONE
from harness.suites.folder import MEASURED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.repro.model import Reproduction
    from harness.suites.subject import Files

LETTERS = "a letter for each test: . passed, F failed, E error in setup or teardown, x failed on purpose"
LONGEST = 200  # of a line with an error
_GAP = " … "
_LIST = 1_000_000  # characters of a list of files, which is never cut
_WORDS = 2  # of a representation: `<Task pending …>`


def make_title(it: Reproduction) -> str:
    """`default/function/module_global/none on pytest-asyncio 1.5.0, Python 3.13`."""
    return f"{it.subject} on {it.environment.plugin_name}, Python {it.environment.python_minor}"


def describe_measured(it: Reproduction) -> Iterator[str]:
    """What came of it, in lines."""
    here = it.environment
    yield it.label
    if it.verdict.pattern:
        yield f"{it.verdict.pattern} ({LETTERS})"
    yield from dict.fromkeys(map(shorten, it.errors))
    client = "no client" if here.client == NONE else f"{here.client}-py {here.client_version}"
    packages = f"pytest {here.pytest}, {client}"
    server = f", a server {it.server}" if it.served else ""
    if here.local:
        yield f"with packages that come from no index: {', '.join(here.local)}"
    yield f"on {here.platform}, Python {here.python}, {packages}{server}"


def describe_files(files: Files, left_out: Mapping[str, str]) -> Iterator[str]:
    """Which files of a suite of one's own went in, and which did not, by the reason."""
    yield ""
    yield f"Files in it ({len(files)}), with which alone the suite was run:"
    yield f"  {one_line(', '.join(sorted(files)), _LIST)}"
    for reason, group in groupby(sorted(left_out, key=lambda path: (left_out[path], path)), left_out.__getitem__):
        paths = list(group)
        yield f"Left out ({len(paths)}), because {reason}:"
        yield f"  {one_line(', '.join(paths), _LIST)}"
    if left_out:
        yield "To put one in: --include PATH. Look through the files before you send them to anybody."


def shorten(text: str) -> str:
    """On one line; of a long text first what stands in angle brackets is left out, then what stands in the middle.

    An error's end says most: `Task <Task pending …> got Future <Future pending> attached to a different loop`.
    """
    line = one_line(text, max(len(text), LONGEST))
    if len(line) > LONGEST:
        line = _drop_representations(line)
    if len(line) <= LONGEST:
        return line
    half = (LONGEST - len(_GAP)) // 2
    return f"{line[:half].rstrip()}{_GAP}{line[-half:].lstrip()}"


def _drop_representations(line: str) -> str:
    """Of each `<Task pending name='Task-2' coro=<…>>` the first words; what is not closed stays as it is."""
    kept, depth, start = "", 0, 0
    for at, letter in enumerate(line):
        if letter == "<":
            if depth == 0:
                kept, start = kept + line[start:at], at
            depth += 1
        elif letter == ">" and depth:
            depth -= 1
            if depth == 0:
                words = line[start + 1 : at].split(" ")
                more = [] if len(words) <= _WORDS else ["…"]
                kept, start = f"{kept}<{' '.join(words[:_WORDS] + more)}>", at + 1
    return kept + line[start:]


def make_readme(it: Reproduction) -> str:
    """The page in the folder."""
    habits = [f"- `{habit}`: {meaning}" for habit, meaning in it.habits]
    lines = [
        f"# {make_title(it)}",
        "",
        *(["What the suite does:", "", *habits, ""] if habits else []),
        MEASURED,
        "",
        *(f"    {line}" for line in describe_measured(it)),
        "",
        *_describe_running(it),
    ]
    return "\n".join(lines) + "\n"


def _describe_running(it: Reproduction) -> Iterator[str]:
    where = ", on an empty database of a Valkey server, which the suite writes to and may flush" if it.served else ""
    yield f"To run it{where}:"
    yield ""
    yield f"    uv venv --python {it.environment.python_minor} .venv"
    yield "    uv pip install --python .venv -r requirements.txt"
    if it.project:
        yield "    uv pip install --python .venv --no-deps ./suite"
    if it.served:
        yield f"    export VALKEY_URL={it.address} REDIS_URL=redis://127.0.0.1:6379/0"
    for name in it.variables:
        yield f"    export {name}=...  # was set; the value is not written here, it may be a secret"
    yield f"    cd suite && {shlex.join(['../.venv/bin/python', '-m', 'pytest', *it.arguments])}"
    yield ""
    variables = ", and variables are set with `$env:VALKEY_URL = …`" if it.served or it.variables else ""
    yield f"On Windows that is `..\\.venv\\Scripts\\python -m pytest`{variables}."
