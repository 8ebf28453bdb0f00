"""What is looked at while a suite runs, and the mark that no process of a suite loses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import psutil
import pytest

from harness.launchers import limits
from harness.launchers.limits import ALLOWANCE, TEMPORARY, LimitWatch, choose_suite_memory, redirect_temporary_files
from harness.launchers.model import MEMORY, OUTPUT
from harness.processes import killing as guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[3]
MUCH = 2**40
RUN = "0123456789abcdef0123456789abcdef"

needs_marks = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells one process the limits of another")
needs_limits = pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a limit on data")

CONFINED = """
import os, sys, time
sys.path.insert(0, {root!r})
from harness.probe.limits import confine, relax
confine({memory}, {output}, {mark})
"""


def confined(then: str, memory: int = 2**30, output: int = OUTPUT, mark: int = 0) -> str:
    """A program that limits itself and goes on."""
    return CONFINED.format(root=str(ROOT), memory=memory, output=output, mark=mark) + then


def printed(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    return done.stdout.strip()


@pytest.fixture
def started() -> Iterator[Callable[[str], psutil.Process]]:
    """Starts a program and gives its process once it has printed something."""
    programs: list[subprocess.Popen[bytes]] = []

    def start(program: str) -> psutil.Process:
        programs.append(subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE))
        stdout = programs[-1].stdout
        assert stdout is not None
        assert stdout.readline()
        return psutil.Process(programs[-1].pid)

    yield start
    for program in programs:
        program.kill()
        program.communicate()


def test_memory_is_counted_over_all_processes(started: Callable[[str], psutil.Process]) -> None:
    each = ALLOWANCE
    processes = [
        started(f"import time; kept = b'x' * {each}; print('there', flush=True); time.sleep(60)") for _ in range(2)
    ]
    assert LimitWatch((), each).find_exceeded(processes[:1]) == ""
    assert LimitWatch((), each // 2).find_exceeded(processes) == "memory"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_what_processes_share_is_counted_once(started: Callable[[str], psutil.Process]) -> None:
    parent = started(
        f"import os, time; kept = b'x' * {2 * ALLOWANCE}\n"
        "if os.fork() == 0: time.sleep(60)\nprint('there', flush=True); time.sleep(60)"
    )
    family = [parent, *parent.children()]
    assert len(family) == 2
    assert sum(process.memory_info().rss for process in family) > 4 * ALLOWANCE
    assert LimitWatch((), 2 * ALLOWANCE).find_exceeded(family) == ""
    family[1].kill()


def test_a_process_that_is_gone_takes_nothing() -> None:
    program = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = psutil.Process(program.pid)
    program.communicate()
    assert LimitWatch((), -ALLOWANCE).find_exceeded([process]) == ""


class Closed:
    """A process of which the system shows nothing of one kind or another."""

    def __init__(self, **errors: Exception) -> None:
        self._errors = errors

    def memory_info(self) -> SimpleNamespace:
        return self._answer("resident")

    def memory_full_info(self) -> SimpleNamespace:
        return self._answer("own")

    def _answer(self, what: str) -> SimpleNamespace:
        if what in self._errors:
            raise self._errors[what]
        return SimpleNamespace(rss=MUCH, uss=MUCH, pss=MUCH)


@pytest.mark.parametrize("error", [psutil.AccessDenied(1), OSError(87, "The parameter is incorrect")])
def test_memory_that_can_not_be_read_is_no_silence(error: Exception) -> None:
    watch = LimitWatch((), MEMORY)
    assert watch.find_exceeded([cast("psutil.Process", Closed(resident=error))]) == ""
    assert watch.unread == type(error).__name__
    # What it shares with others counts then as well.
    watch = LimitWatch((), MEMORY)
    assert watch.find_exceeded([cast("psutil.Process", Closed(own=error))]) == "memory"
    assert watch.unread == ""


def test_output_is_counted_by_file(tmp_path: Path) -> None:
    file = tmp_path / "stdout"
    assert LimitWatch([file], MUCH).find_exceeded(()) == ""
    for size, text in ((OUTPUT, ""), (OUTPUT + 1, "output")):
        with file.open("wb") as stream:
            stream.truncate(size)
        assert LimitWatch([file], MUCH).find_exceeded(()) == text


def test_a_file_among_the_temporary_ones_counts_as_output(tmp_path: Path) -> None:
    watch = LimitWatch((), MUCH, temporary=tmp_path)
    (tmp_path / "pytest-of-joe").mkdir()
    file = tmp_path / "tmpx1y2z3"
    file.touch()
    assert watch.find_exceeded(()) == ""
    os.truncate(file, OUTPUT + 1)
    assert watch.find_exceeded(()) == "output"
    assert LimitWatch((), MUCH, temporary=tmp_path / "gone").find_exceeded(()) == ""


def test_temporary_files_are_put_where_they_are_watched_only_on_windows(tmp_path: Path) -> None:
    assert redirect_temporary_files(tmp_path, "linux") == {}
    variables = redirect_temporary_files(tmp_path, "win32")
    assert variables.keys() == {"TEMP", "TMP"}
    assert set(variables.values()) == {str(tmp_path / TEMPORARY)}
    assert (tmp_path / TEMPORARY).is_dir()


def test_the_tags_of_runs_and_units_differ_and_a_unit_belongs_to_its_run() -> None:
    units = [f"{RUN}:{unit}" for unit in ("0", "1", "warm-2")]
    other = f"f{RUN[1:]}:1"
    tags = [guard.make_tag(marker) for marker in (RUN, *units, other)]
    assert len(set(tags)) == len(tags)
    assert len({tag >> guard.UNIT_BITS for tag in tags[:-1]}) == 1
    assert all(2**62 <= tag < 2**63 for tag in tags)


@needs_marks
def test_a_process_is_found_by_its_tag_when_it_has_left_everything_else(
    started: Callable[[str], psutil.Process],
) -> None:
    leaves = """
os.setsid()
os.execve(sys.executable, [sys.executable, "-c", "import time; print('there', flush=True); time.sleep(60)"], {})
"""
    process = started(confined(leaves, mark=guard.make_tag(f"{RUN}:7")))
    assert process not in set(guard.find_marked(RUN))
    assert set(guard.find_tagged(RUN)) == {process}
    assert set(guard.find_tagged(f"{RUN}:7")) == {process}
    assert set(guard.find_tagged(f"{RUN}:8")) == set()
    assert guard.kill_all([], f"{RUN}:7") == set()
    assert not guard.is_alive(process)


@needs_limits
def test_a_confined_process_runs_out_of_memory_and_has_a_reserve_to_tell_of_it() -> None:
    then = f"""
try:
    bytearray({2**28})
except MemoryError:
    relax()
    print(len(bytearray({2**24})))
"""
    assert printed(confined(then, memory=2**26)) == str(2**24)


@needs_limits
def test_address_space_and_threads_are_no_memory() -> None:
    then = f"""
import mmap, threading
mapped = mmap.mmap(-1, {2**33}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ)
ended = threading.Event()
threads = [threading.Thread(target=ended.wait) for _ in range(64)]
for thread in threads: thread.start()
ended.set()
print(len(mapped))
"""
    assert printed(confined(then)) == str(2**33)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file")
def test_a_confined_process_can_not_fill_a_file(tmp_path: Path) -> None:
    then = f"""
try:
    with open({str(tmp_path / "file")!r}, "wb", buffering=0) as file:
        for _ in range(3): file.write(b"x" * 1000)
except OSError as error:
    print(error.errno == __import__("errno").EFBIG)
"""
    assert printed(confined(then, output=1500)) == "True"
    assert (tmp_path / "file").stat().st_size == 1500


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        (None, max(MEMORY, psutil.virtual_memory().total // 2)),
        ("max\n", max(MEMORY, psutil.virtual_memory().total // 2)),
        (f"{3 * MEMORY}\n", min(3 * MEMORY, psutil.virtual_memory().total) // 2),
        (f"{MEMORY}\n", MEMORY),
    ],
)
def test_a_suite_may_take_half_of_what_is_there_and_never_less_than_a_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, container: str | None, expected: int
) -> None:
    monkeypatch.setattr(limits, "CONTAINER", tmp_path / "memory.max")
    if container is not None:
        (tmp_path / "memory.max").write_text(container)
    assert choose_suite_memory() == max(MEMORY, expected)
