"""Killing process trees, and the small process that does it when the harness can't any more.

Run as a script it reads one command a line from its standard input until the other end closes, in whatever way the
harness ended, and then kills and removes what is left. It imports nothing of the harness, so it starts fast and can be
run by its path. Commands: `watch PID`, `forget PID`, `remove FOLDER`, `keep FOLDER`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

MARKER = "VALKEY_LOOP_MATRIX_RUN"
"""Environment variable every process of a run inherits. It finds the ones that left their process tree."""

UNIT_BITS = 21
"""Of a tag, those that say which unit of a run."""

PATIENCE = 10.0
"""Seconds to go on killing processes that keep appearing."""


def is_alive(process: psutil.Process) -> bool:
    """Whether it still runs. A zombie is dead: only its parent may take it away."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def make_tag(marker: str) -> int:
    """The number that stands for a run's marker, or one of its units, as a limit that processes inherit.

    Large enough to mean nothing, and to be nobody else's: 40 bits for the run, 21 for the unit. A unit is known by the
    number in its name.
    """
    run, _, unit = marker.partition(":")
    number = int("".join(filter(str.isdigit, unit)) or -1) + 1
    return 1 << 62 | int(run[:10], 16) << UNIT_BITS | number % (1 << UNIT_BITS)


def find_tagged(marker: str) -> Iterator[psutil.Process]:
    """The living processes that carry the tag of `marker`, or of one of its units. Linux only; elsewhere none."""
    if sys.platform != "linux":
        return
    wanted = make_tag(marker)
    bits = 0 if ":" in marker else UNIT_BITS
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.rlimit(psutil.RLIMIT_RTTIME)[1] >> bits == wanted >> bits and is_alive(process):
                yield process


def find_marked(marker: str) -> Iterator[psutil.Process]:
    """This user's processes that carry `marker`, or one of its units (`marker:unit`), in their environment."""
    for process in psutil.process_iter():
        try:
            value = process.environ().get(MARKER, "")
        except (psutil.Error, OSError):
            continue
        if (value == marker or value.startswith(f"{marker}:")) and is_alive(process):
            yield process


def find_tree(roots: Iterable[psutil.Process]) -> set[psutil.Process]:
    """The living ones of `roots` and of all their descendants."""
    found = set()
    for root in roots:
        with contextlib.suppress(psutil.Error):
            found |= {root, *root.children(recursive=True)}
    return {process for process in found if is_alive(process)}


def kill_all(
    roots: Collection[psutil.Process],
    marker: str,
    *,
    patience: float = PATIENCE,
    spared: int | None = None,
) -> set[psutil.Process]:
    """Kill `roots`, their descendants, and everything that carries `marker`; return what still lives.

    What only carries the marker isn't killed where it is in the session `spared`. No process can enter another's.

    Never waits for a child with `wait`: whoever started it needs its exit status. Looks again until nothing is found,
    because a process may start another one while it is being killed.
    """
    deadline = time.monotonic() + patience
    known = set(roots)
    while True:
        marked = {process for process in find_marked(marker) if not _is_in_session(process, spared)}
        victims = find_tree(known | marked) | set(find_tagged(marker))
        if not victims or time.monotonic() > deadline:
            return victims
        known |= victims
        for process in victims:
            with contextlib.suppress(psutil.Error):
                process.kill()
        time.sleep(0.005)


def _is_in_session(process: psutil.Process, session: int | None) -> bool:
    if sys.platform == "win32" or session is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        return os.getsid(process.pid) == session
    return False


def _obey(lines: Iterable[bytes]) -> tuple[dict[int, psutil.Process], set[str]]:
    """Follow the commands to their end; return what is watched then, and which folders are to go."""
    watched: dict[int, psutil.Process] = {}
    folders: set[str] = set()
    for line in lines:
        command, _, argument = os.fsdecode(line).rstrip("\n").partition(" ")
        if command == "watch":
            # The process object remembers when it was created: a later process with the same number is safe.
            with contextlib.suppress(psutil.NoSuchProcess):
                watched[int(argument)] = psutil.Process(int(argument))
        elif command == "forget":
            watched.pop(int(argument), None)
        elif command == "remove":
            folders.add(argument)
        elif command == "keep":
            folders.discard(argument)
    return watched, folders


def main() -> None:
    """Guard one run; its marker is the only argument."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    watched, folders = _obey(sys.stdin.buffer)
    kill_all(list(watched.values()), sys.argv[1])
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
