"""What a reproduction runs to see whether its error appears. Its text is put into what `repro` writes.

Standard library and Python 3.8 alone: whoever gets a reproduction has nothing of this project.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any, Iterator, List, Tuple, Union
from urllib.parse import urlsplit

APPEARS, ABSENT, UNKNOWN = 0, 1, 2
"""Exit codes: the error appears, it doesn't, it couldn't be found out."""

RAN = (0, 1)
"""Exit codes with which pytest has run every test."""

# A plugin for pytest: errors as they are, however the suite has pytest print them, and those that reach no test.
WATCHER = """
import logging
import os
import sys


def write(line):
    with open(os.environ["REPRO_ERRORS"], "a", encoding="utf-8", errors="replace") as file:
        file.write(line + "\\n")


def note(error):
    waiting, seen = [error], []
    while waiting:
        error = waiting.pop()
        if error is None or any(error is one for one in seen):
            continue
        seen.append(error)
        name, text = type(error).__name__, str(error)
        if name == "FixtureLookupError":
            text = error.msg or "fixture %r not found" % error.argname
        write("%s: %s" % (name, text))
        waiting += [error.__cause__ or error.__context__, *getattr(error, "exceptions", ())]


def pytest_exception_interact(call):
    note(call.excinfo.value)


class Handler(logging.Handler):
    def emit(self, record):
        write(record.getMessage())
        if record.exc_info:
            note(record.exc_info[1])


def hear(event, args):
    try:
        if event == "sys.unraisablehook":
            note(args[1].exc_value)
    except Exception:  # late in the interpreter's shutdown much is gone, and the error is printed all the same
        pass


logging.getLogger("asyncio").addHandler(Handler(logging.ERROR))
sys.addaudithook(hear)
"""

Expected = List[Tuple[str, List[Tuple[str, Union[List[str], None]]]]]
"""What to look for: a label, and patterns of which one is enough, each for an error's text, with the types that it may
have. An empty list stands for any type, None for any line of what is printed."""


def find_missing(required: list[str]) -> tuple[list[str], list[str]]:
    """Packages that aren't installed, and those of which another version is."""
    missing, other = [], []
    for line in required:
        name, _, version = line.partition("==")
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
        else:
            if found != version:
                other.append(f"{name} {found} instead of {version}")
    return missing, other


def find_server(command: str, address: str, cluster: bool) -> tuple[str, str]:
    """The address of the server, and what is wrong with it."""
    url = os.environ.get("VALKEY_URL") or os.environ.get("REDIS_URL") or ""
    how = f"Start a server with `{command}` and set VALKEY_URL={address}"
    if not url:
        return "", f"VALKEY_URL is not set. {how}"
    # The two names of the scheme mean the same, but redis-py knows only its own.
    url = re.sub("^(valkey|redis)", address.partition(":")[0], url)
    parts = urlsplit(url)
    if parts.scheme in ("unix", ""):
        return url, ""
    place = (parts.hostname or "127.0.0.1", parts.port or 6379)
    try:
        with socket.create_connection(place, timeout=5) as connection:
            if not cluster or parts.password or serves_slots(connection):
                return url, ""
    except OSError as error:
        return url, f"no server answers at {place[0]}:{place[1]} ({error}). {how}"
    return url, f"the server at {place[0]}:{place[1]} is not a cluster that serves all slots. {how}"


def serves_slots(connection: socket.socket) -> bool:
    """Whether the server is a cluster, and every key has a place in it."""
    connection.sendall(b"CLUSTER INFO\r\n")
    return b"cluster_state:ok" in connection.recv(4096)


def read_errors(text: str) -> Iterator[tuple[str, str]]:
    """Types and texts of the errors in what was printed; the type is empty where none is printed."""
    for line in text.splitlines():
        content = re.sub(r"^E\s+", "", line.strip())
        named = re.match(r"(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*): (.*)", content)
        if named:
            yield named.group(1), named.group(2)
        if line.startswith("E "):
            yield "", content


def find_absent(expected: Expected, text: str) -> list[str]:
    """Labels of what isn't there."""
    errors = list(read_errors(text))

    def appears(pattern: str, kinds: list[str] | None) -> bool:
        if kinds is None:
            return re.search(pattern, text, re.MULTILINE) is not None
        return any(re.search(pattern, found) and (not kind or not kinds or kind in kinds) for kind, found in errors)

    return [label for label, patterns in expected if not any(appears(*one) for one in patterns)]


def read_files(folder: Path) -> dict[str, str | bytes]:
    """The suite that is in a folder."""
    found = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def write_files(files: dict[str, str | bytes], folder: str) -> None:
    """The suite."""
    for name, content in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def run_pytest(folder: str, arguments: list[str], variables: dict[str, str], limit: float) -> tuple[Any, str]:
    """Pytest's exit code, None at the limit on time; and all that was printed and raised."""
    with tempfile.TemporaryDirectory() as beside:
        errors = Path(beside, "errors")
        Path(beside, "repro_watcher.py").write_text(WATCHER)
        path = os.pathsep.join(filter(None, [beside, os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, **variables, "PYTHONPATH": path, "REPRO_ERRORS": str(errors)}
        command = [sys.executable, "-m", "pytest", "-p", "repro_watcher", *arguments]
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            printed, code = process.communicate(timeout=limit)[0], process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            printed, code = process.communicate()[0], None
        sys.stdout.flush()
        sys.stdout.buffer.write(printed)
        sys.stdout.flush()
        raised = errors.read_text(encoding="utf-8") if errors.exists() else ""
    return code, printed.decode("utf-8", "replace") + "\n" + raised


def judge(expected: Expected, ends: str, code: Any, text: str) -> tuple[int, str]:
    """The exit code and a line that says why.

    `ends` is how pytest itself ended, where that is the error: "hangs", "crashes" or "finds no test".
    """
    how = "hangs" if code is None else "crashes" if not 0 <= code < 256 else "finds no test" if code == 5 else ""
    if ends:
        return (APPEARS, f"pytest {ends}") if how == ends else (ABSENT, f"pytest ended with exit code {code}")
    if code is None:
        return UNKNOWN, "pytest did not end in time"
    absent = find_absent(expected, text)
    if expected and not absent:
        return APPEARS, "; ".join(label for label, _ in expected)
    if code not in RAN:
        return UNKNOWN, f"pytest ended with exit code {code}, and has not run all tests"
    if expected:
        return ABSENT, "; ".join(absent)
    return (APPEARS, "all tests pass, as they did when it was measured") if code == 0 else (ABSENT, "tests fail")


def check(
    files: dict[str, str | bytes],
    *,
    expected: Expected,
    required: list[str],
    arguments: list[str],
    needs: list[str],
    server: str,
    address: str,
    cluster: bool,
    ends: str,
    limit: float,
) -> int:
    """Run the suite, print what pytest prints and one line more, and return one of the three exit codes.

    `needs` are names of variables that must be set; `server` is a command that starts one, empty if none is needed;
    `address` is where that one is.
    """

    def end(code: int, why: str) -> int:
        found = ("The error appears", "The error does not appear") if expected or ends else ("Yes", "No")
        line = (*found, "Can't tell")[code]
        print(f"{line}: {why}", file=sys.stderr if code == UNKNOWN else sys.stdout)
        return code

    missing, other = find_missing(required)
    if missing:
        return end(UNKNOWN, f"these packages are not installed: {', '.join(missing)}")
    if other:
        print("Other versions than those measured:", ", ".join(other), flush=True)
    unset = [name for name in needs if name not in os.environ]
    if unset:
        return end(UNKNOWN, f"these variables are not set: {', '.join(unset)}")
    variables: dict[str, str] = {}
    if server:
        url, problem = find_server(server, address, cluster)
        if problem:
            return end(UNKNOWN, problem)
        variables = {"VALKEY_URL": url, "REDIS_URL": os.environ.get("REDIS_URL") or re.sub("^valkey", "redis", url)}
    with tempfile.TemporaryDirectory() as folder:
        write_files(files, folder)
        code, text = run_pytest(folder, [*arguments, *sys.argv[1:]], variables, limit)
    return end(*judge(expected, ends, code, text))
