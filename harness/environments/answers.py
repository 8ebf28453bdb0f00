"""What each binary answers when it is started as an interpreter, remembered as long as its file doesn't change."""

from __future__ import annotations

import contextlib
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec
from packaging.version import InvalidVersion, Version

from harness.cache import find_cache_root
from harness.environments.identity import make_tag
from harness.files import replace_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

START_LIMIT = 20.0  # seconds; the first start after an update may be slow where a virus scanner looks on

# Runs on Python 2.7 as well, so that the reason for rejecting it can be "too old".
QUESTION = """
import platform, sys
freethreaded = "0"
if sys.version_info >= (3, 13):
    import sysconfig
    freethreaded = str(sysconfig.get_config_var("Py_GIL_DISABLED") or 0)
machine = platform.machine()
if sys.platform == "win32":
    import sysconfig
    machine = sysconfig.get_platform()
text = "\\n".join(("answer", platform.python_version(), platform.python_implementation().lower(), sys.executable,
    sys.platform, machine, freethreaded, "64" if sys.maxsize > 2**32 else "32"))
# Not in the code page, which only some Pythons take.
getattr(sys.stdout, "buffer", sys.stdout).write(text if isinstance(text, bytes) else text.encode("utf-8", "replace"))
"""


class InterpreterAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An interpreter's own description. Kept on disk as long as its file doesn't change."""

    version: str
    implementation: str
    executable: str
    platform: str


class CachedAnswer(msgspec.Struct, frozen=True):
    """An answer and the file that gave it."""

    mtime_ns: int
    size: int
    answer: InterpreterAnswer


class Memory(msgspec.Struct, frozen=True):
    """`interpreters.json`: answers by path, and the question they answer."""

    question: str
    known: dict[str, CachedAnswer]


def ask_all(paths: Sequence[Path], *, refresh: bool) -> dict[Path, InterpreterAnswer | str]:
    """What each of `paths` answers; a string says why there is no answer. All are started at the same time.

    Answers are kept in the cache by path, modification time and size; `refresh` asks again. A binary that gave no
    answer isn't remembered, as what it lacked may not be in its file.
    """
    memory = find_cache_root() / "interpreters.json"
    before = {} if refresh else _recall(memory)
    with ThreadPoolExecutor(max_workers=2 * (os.cpu_count() or 1)) as pool:
        asked = dict(zip(paths, pool.map(lambda path: _ask_once(path, before), paths), strict=True))
    after = {str(path): result for path, result in asked.items() if isinstance(result, CachedAnswer)}
    if after != before:
        with contextlib.suppress(OSError):  # a cache that can't be written to costs time, no more
            replace_file(memory, msgspec.json.encode(Memory(QUESTION, after)))
    return {path: result.answer if isinstance(result, CachedAnswer) else result for path, result in asked.items()}


def _recall(path: Path) -> dict[str, CachedAnswer]:
    try:
        memory = msgspec.json.decode(path.read_bytes(), type=Memory)
    except (OSError, msgspec.MsgspecError):
        return {}
    return memory.known if memory.question == QUESTION else {}


def _ask_once(path: Path, before: dict[str, CachedAnswer]) -> CachedAnswer | str:
    """What `path` answers, now or earlier; a string says why there is no answer."""
    try:
        status = path.stat()
    except OSError as error:
        return f"can't be read: {error.strerror}"
    known = before.get(str(path))
    if known is not None and (known.mtime_ns, known.size) == (status.st_mtime_ns, status.st_size):
        return known
    answer = ask_interpreter(path)
    return answer if isinstance(answer, str) else CachedAnswer(status.st_mtime_ns, status.st_size, answer)


def ask_interpreter(path: Path) -> InterpreterAnswer | str:
    """What `path` answers now; a string says why there is no answer. It writes nothing, byte code included."""
    try:
        # `-c` puts the working folder on the import path of Python 2.7, which has no `-I`: not the user's folder.
        done = subprocess.run(
            [path, "-B", "-E", "-s", "-S", "-c", QUESTION],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            timeout=START_LIMIT,
            cwd=path.parent,
            env=make_plain_variables(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"gave no answer in {START_LIMIT:g} seconds"
    except OSError as error:
        return f"doesn't start: {error.strerror}"
    return _read(done)


def make_plain_variables() -> dict[str, str]:
    """The variables of this process without those that change what a Python does."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _read(done: subprocess.CompletedProcess[str]) -> InterpreterAnswer | str:
    if done.returncode:
        text = next((line.strip() for line in done.stderr.splitlines() if line.strip()), "nothing")
        return f"ends with exit code {done.returncode}, saying: {text}"
    lines = done.stdout.splitlines()
    if len(lines) != 8 or lines[0] != "answer":
        return "doesn't answer as a Python does"
    _, version, implementation, executable, system, machine, freethreaded, bits = lines
    try:
        Version(version.rstrip("+"))
    except InvalidVersion:
        return f"has a version nobody can compare: {version}"
    return InterpreterAnswer(
        version=version.rstrip("+"),  # "3.14.0a1+" is how a build between two releases names itself
        implementation=implementation + ("-freethreaded" if freethreaded == "1" else ""),
        executable=executable,
        platform=make_tag(system, machine, wide=bits == "64"),
    )
