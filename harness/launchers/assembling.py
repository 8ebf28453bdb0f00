"""Putting together what the probe wrote and what only the launcher can see."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sys
from typing import TYPE_CHECKING

import msgspec
import valkey

from harness.evidence.folding import Record, SessionEnd, read_record
from harness.evidence.joining import join
from harness.evidence.model import Evidence, Exceeded, Exit, Hang
from harness.launchers import output
from harness.launchers.deadlines import Deadline
from harness.launchers.masking import Mask
from harness.launchers.model import OUTPUT
from harness.servers import views
from harness.suites.variables import find_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.evidence.model import ServerView
    from harness.launchers.child import Ending
    from harness.launchers.deadlines import Reached
    from harness.launchers.model import Job

LINES = "evidence"
"""Name of the file in a suite's scratch folder that the probe writes to."""

STACKS = LINES + ".stacks"
"""Name of the file that the interpreter itself dumps the threads' stacks to, even while no Python code can run."""

KILLERS = ("SIGKILL", "SIGTERM")
"""Signals that come from outside: from the kernel when memory is short, or from an operator."""

ENDED_FROM_OUTSIDE = frozenset({15, 0x40010004, 0xC000013A})
"""Exit codes on Windows: as Python and psutil end a process, at a shutdown, and by Ctrl-C or a closed console.

The Task Manager and `taskkill` choose 1, as does `os._exit(1)` in a suite: that can't be known apart, and is a crash.
"""

DISK_FULL = ("[Errno 28]", "[WinError 112]")


def assemble(job: Job, scratch: Path, ending: Ending, *, before: ServerView, stopped: bool) -> Evidence:
    """The whole evidence of a process that is gone.

    Raises `valkey.ValkeyError` when the server doesn't answer any more.
    """
    mask = Mask(job.database, find_secrets(job.conditions.variables) if job.conditions else ())
    record = join(_read(scratch / LINES), {name: _read(file) for name, file in list_workers(scratch).items()})
    printed, printed_after = _read_output(mask, scratch, record)
    finished = record.session_end is not None
    evidence = msgspec.structs.replace(
        record.evidence,
        before=before,
        keys_left=_read_keys_left(job),
        output=printed,
        output_after=printed_after,
        hang=_describe_hang(job, scratch, ending.overran, record) if ending.overran else None,
        collected=None if job.conditions is None else record.collected,
        exceeded=_find_exceeded(job, scratch, ending, record),
        exit=Exit() if ending.overran or ending.exceeded else describe_exit(ending.code, finished=finished),
        notes=(*record.evidence.notes, *_note_unread(ending)),
    )
    reason = _distrust(evidence, ending, scratch, stopped=stopped)
    return mask.evidence(msgspec.structs.replace(evidence, infrastructure=reason))


def _read_keys_left(job: Job) -> tuple[str, ...]:
    """Raises `valkey.ValkeyError` when the server doesn't answer, unless the suite had it to itself: it may end it."""
    if job.database.whole is None:
        viewer = job.database.viewer
        return viewer.read_keys() if viewer else views.read_keys(job.database.url)
    with contextlib.suppress(valkey.ConnectionError):
        return views.read_all_keys(job.database.whole)
    return ()


def _read(file: Path) -> Record:
    """What the probe wrote; nothing, if it didn't come that far."""
    try:
        with file.open("rb") as lines:
            return read_record(lines)
    except FileNotFoundError:
        return Record(evidence=Evidence())


def list_workers(scratch: Path) -> dict[str, Path]:
    """What workers of pytest-xdist wrote, by their names."""
    files = scratch.glob(f"{LINES}.*")
    return {file.suffix.removeprefix("."): file for file in files if file.suffix != ".stacks"}


def name_output_files(scratch: Path) -> tuple[Path, Path]:
    """The files that a suite's standard output and standard error go to."""
    return scratch / "stdout", scratch / "stderr"


def _read_output(mask: Mask, scratch: Path, record: Record) -> tuple[str, str]:
    """Output during the session and after it. Masked before it is joined: what is cut off may begin inside a secret."""
    end = record.session_end or SessionEnd()
    files = zip(name_output_files(scratch), (end.stdout, end.stderr), strict=True)
    parts = [map(mask.text, output.split(file, offset)) for file, offset in files]
    during, after = (output.join(*texts) for texts in zip(*parts, strict=True))
    return during, after


def describe_exit(code: int, *, finished: bool, platform: str = sys.platform) -> Exit:
    """How a process ended whose session `finished` or not.

    Windows has no signals: whoever ends another process chooses the exit code that it has then.
    """
    if platform == "win32" and code in ENDED_FROM_OUTSIDE and not finished:
        return Exit(signal="SIGTERM")
    if code >= 0:
        return Exit(code=code)
    try:
        return Exit(signal=signal.Signals(-code).name)
    except ValueError:  # a real-time signal has a number only
        return Exit(signal=f"SIG{-code}")


def _note_unread(ending: Ending) -> Iterator[str]:
    if ending.unread:
        yield f"the memory of its processes can't be read here ({ending.unread}), so no limit on it was watched"


def _describe_hang(job: Job, scratch: Path, reached: Reached, record: Record) -> Hang:
    """Where it hung."""
    test, when = _find_last_seen(record)
    dumped = record.stacks
    stacks = dumped.stacks if dumped else ""
    file = scratch / STACKS
    if file.exists():
        stacks = stacks or output.split(file, None)[0]
    return Hang(
        kind=reached,
        limit=Deadline(job, scratch / LINES).get_limit(reached),
        test=test,
        when=when,
        stacks=stacks,
        tasks=dumped.tasks if dumped else "",
    )


def _find_last_seen(record: Record) -> tuple[str, str]:
    """Test and phase: the last one begun, or, when the session had ended, on the way out of the interpreter."""
    if record.session_end is not None:
        return "", "session"
    if record.started is not None:
        return record.started.test, record.started.when
    return "", "collect"


def _find_exceeded(job: Job, scratch: Path, ending: Ending, record: Record) -> Exceeded | None:
    """The limit on memory or output that it was over. A suite whose file can't grow any more reports that itself."""
    what = ending.exceeded
    if any(file.stat().st_size >= OUTPUT for file in name_output_files(scratch)):
        what = what or "output"
    if not what:
        return None
    test, when = _find_last_seen(record)
    return Exceeded(what=what, limit=job.memory if what == "memory" else OUTPUT, test=test, when=when)


def _distrust(evidence: Evidence, ending: Ending, scratch: Path, *, stopped: bool) -> str:
    """Why nothing was measured; empty if something was."""
    if stopped and ending.killed:
        return "the run was stopped while the suite ran"
    if ending.survivors:
        return f"processes of the suite could not be killed: {', '.join(map(str, ending.survivors))}"
    if evidence.exit.signal in KILLERS and not ending.killed:
        return f"the suite's process was killed from outside ({evidence.exit.signal}); memory may have run out"
    if evidence.exit.code != 0 and _disk_is_full(evidence, scratch):
        return "the disk is full"
    return evidence.infrastructure


def _disk_is_full(evidence: Evidence, scratch: Path) -> bool:
    text = msgspec.json.encode(evidence).decode()
    return any(sign in text for sign in DISK_FULL) or shutil.disk_usage(scratch).free < output.TAIL
