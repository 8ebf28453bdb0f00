"""The launcher `spawn` with the real probe; the harness's own interpreter stands in for a scenario environment."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import psutil
import pytest

from harness.evidence.model import Exit
from harness.launchers.model import Job
from harness.launchers.output import TAIL
from harness.launchers.spawn import SpawnLauncher
from harness.servers import views
from harness.servers.opening import open_server
from harness.suites.conditions import Conditions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.evidence.model import Evidence, Timings
    from harness.launchers.child import Child
    from harness.processes.guardian import Guardian
    from harness.servers.model import Server

pytestmark = pytest.mark.integration

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to end by")
LONG = 120.0
"""Seconds no suite here needs."""


@pytest.fixture(scope="module")
def server(guardian: Guardian) -> Iterator[Server]:
    with open_server(None, databases=4, guardian=guardian) as server:
        yield server


@pytest.fixture
def launcher(guardian: Guardian) -> SpawnLauncher:
    return SpawnLauncher(guardian=guardian)


def write(folder: Path, text: str) -> Path:
    """A suite of one file."""
    (folder / "test_it.py").write_text("import os, signal, subprocess, sys, time\n" + textwrap.dedent(text))
    return folder


def observe(
    launcher: SpawnLauncher,
    server: Server,
    suite: Path,
    limit: float = LONG,
    *,
    client: str = "valkey",
    conditions: Conditions | None = None,
) -> tuple[Evidence, Timings]:
    """Run a suite once."""
    with server.lease() as database:
        job = Job(
            suite=suite,
            python=Path(sys.executable),
            database=database,
            limit=limit,
            client=client,
            conditions=conditions,
        )
        return launcher.run(job)


@pytest.fixture
def suite(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a suite and gives its folder."""
    numbers = count()

    def new(text: str) -> Path:
        folder = tmp_path / f"suite-{next(numbers)}"
        folder.mkdir()
        return write(folder, text)

    return new


@pytest.fixture
def run(suite: Callable[[str], Path], launcher: SpawnLauncher, server: Server) -> Callable[..., Evidence]:
    """Runs a suite given as text and gives its evidence."""

    def run(text: str, client: str = "valkey") -> Evidence:
        return observe(launcher, server, suite(text), client=client)[0]

    return run


def living(process_id: str) -> bool:
    """Whether a process whose number a suite wrote down is still there."""
    try:
        return psutil.Process(int(process_id)).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_suite_that_passes_leaves_a_finished_session_and_exit_code_0(run: Callable[..., Evidence]) -> None:
    evidence = run("def test_one(): pass")
    assert [(test.id, [phase.when for phase in test.phases]) for test in evidence.tests] == [
        ("test_it.py::test_one", ["setup", "call", "teardown"])
    ]
    assert evidence.finished
    assert evidence.exit == Exit(code=0)
    assert "1 passed" in evidence.output
    assert evidence.infrastructure == ""
    assert evidence.before is not None
    assert (evidence.before.clients, evidence.before.keys, evidence.keys_left) == ((), (), ())


def test_a_suite_that_fails_is_evidence_with_exit_code_1(run: Callable[..., Evidence]) -> None:
    evidence = run("def test_one(): assert not 'reached'")
    assert evidence.exit == Exit(code=1)
    assert evidence.tests[0].phases[1].outcome == "failed"
    assert evidence.infrastructure == ""


def test_keys_that_a_suite_leaves_are_listed(run: Callable[..., Evidence]) -> None:
    evidence = run(
        """
        import valkey
        def test_one():
            with valkey.Valkey.from_url(os.environ["VALKEY_URL"]) as client:
                client.mset({"b": 1, "a": 2})
        """
    )
    assert evidence.keys_left == ("a", "b")


def test_a_suite_sees_only_the_variables_it_should(
    run: Callable[..., Evidence], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--collect-only")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    evidence = run(
        """
        def test_one():
            assert os.environ["VALKEY_URL"] == os.environ["REDIS_URL"]
            assert "@127.0.0.1:" in os.environ["VALKEY_URL"] and os.environ["VALKEY_URL"].startswith("redis://:")
            assert "PYTEST_ADDOPTS" not in os.environ and "PYTHONWARNINGS" not in os.environ
            assert sys.path[0] == os.getcwd()
        """,
        client="redis",
    )
    assert evidence.exit == Exit(code=0), evidence.output


def test_what_is_printed_after_the_session_is_distinguished(run: Callable[..., Evidence]) -> None:
    evidence = run(
        """
        import atexit
        atexit.register(lambda: (print("late out"), print("late err", file=sys.stderr)))
        def test_one(): pass
        """
    )
    assert "1 passed" in evidence.output
    assert evidence.output_after == "late out\nlate err"


def test_a_flood_of_output_is_cut_to_its_tail(run: Callable[..., Evidence]) -> None:
    evidence = run(
        """
        def test_one(capfd):
            with capfd.disabled():
                for _ in range(50):
                    os.write(1, b"x" * 1_000_000)
        """
    )
    assert len(evidence.output) <= TAIL
    assert "1 passed" in evidence.output


@needs_signals
def test_a_crash_is_reported_by_its_signal_and_keeps_what_was_seen_before(run: Callable[..., Evidence]) -> None:
    evidence = run(
        """
        def test_one(): pass
        def test_two(): os.kill(os.getpid(), signal.SIGSEGV)
        """
    )
    assert evidence.exit == Exit(signal="SIGSEGV")
    assert [test.id for test in evidence.tests if len(test.phases) == 3] == ["test_it.py::test_one"]
    assert not evidence.finished
    assert evidence.infrastructure == ""


def test_a_suite_that_leaves_by_the_back_door_keeps_its_exit_code(run: Callable[..., Evidence]) -> None:
    evidence = run("def test_one(): os._exit(7)")
    assert evidence.exit == Exit(code=7)
    assert not evidence.finished


@needs_signals
def test_a_kill_that_is_not_ours_is_no_evidence_about_the_suite(run: Callable[..., Evidence]) -> None:
    evidence = run("def test_one(): os.kill(os.getpid(), signal.SIGKILL)")
    assert evidence.exit == Exit(signal="SIGKILL")
    assert "killed from outside" in evidence.infrastructure


HANGS = {
    "in a test": """
        def test_one(): pass
        def test_two(): wait_forever()
        def wait_forever(): time.sleep(10_000)
        """,
    "in a task": """
        import asyncio
        async def never_done(): await asyncio.Event().wait()
        def test_one(): asyncio.run(never_done())
        """,
    "holding the interpreter's lock": """
        from collections import deque
        from itertools import repeat
        def test_one(): deque(repeat(None), maxlen=0)
        """,
    "on the way out": """
        import atexit
        atexit.register(lambda: time.sleep(10_000))
        def test_one(): pass
        """,
}


@pytest.fixture(scope="module")
def hangs(guardian: Guardian, server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Evidence]:
    """What became of all of `HANGS`, run together. The limit leaves a slow machine time to get as far as hanging."""
    launcher = SpawnLauncher(guardian=guardian)

    def run(text: str) -> Evidence:
        return observe(launcher, server, write(tmp_path_factory.mktemp("suite"), text), limit=8)[0]

    with ThreadPoolExecutor(len(HANGS)) as pool:
        return dict(zip(HANGS, pool.map(run, HANGS.values()), strict=True))


def test_a_hang_is_killed_and_shows_where_it_hung(hangs: dict[str, Evidence]) -> None:
    evidence = hangs["in a test"]
    assert evidence.hang is not None
    assert (evidence.hang.test, evidence.hang.when, evidence.hang.limit) == ("test_it.py::test_two", "call", 8)
    assert "wait_forever" in evidence.hang.stacks
    assert evidence.exit == Exit()
    assert evidence.infrastructure == ""


def test_a_secret_of_the_users_is_in_the_suite_and_not_in_the_evidence(
    suite: Callable[[str], Path], launcher: SpawnLauncher, server: Server
) -> None:
    text = """
    def test_one():
        print("printed", os.environ["API_TOKEN"], os.environ["AT"])
        raise OSError(os.environ["API_TOKEN"])
    """
    said = (("API_TOKEN", "s3cret-value"), ("AT", "port {port}"))
    evidence, _ = observe(launcher, server, suite(text), conditions=Conditions(variables=said))
    assert evidence.tests[0].phases[1].chain[0].text == "***"
    assert "s3cret-value" not in repr(evidence)
    assert "printed *** port " in evidence.output
    assert "port {port}" not in evidence.output


OWN = """
    import pytest

    @pytest.mark.parametrize("part", range(10))
    def test_long(part):
        time.sleep(1)

    {}
"""


def test_a_suite_of_ones_own_may_take_longer_than_it_may_be_stuck(
    suite: Callable[[str], Path], launcher: SpawnLauncher, server: Server
) -> None:
    evidence, _ = observe(
        launcher, server, suite(OWN.format("")), limit=1, conditions=Conditions(patience=8, longest=LONG)
    )
    assert evidence.hang is None
    assert (evidence.collected, len(evidence.tests), evidence.exit) == (10, 10, Exit(code=0))


def test_a_suite_of_ones_own_that_is_stuck_is_stopped_and_what_did_not_run_is_known(
    suite: Callable[[str], Path], launcher: SpawnLauncher, server: Server
) -> None:
    stuck = suite(OWN.format("def test_stuck(): time.sleep(10_000)") + "\n    def test_never(): pass\n")
    evidence, _ = observe(launcher, server, stuck, conditions=Conditions(patience=8, longest=LONG))
    assert evidence.hang is not None
    assert (evidence.hang.kind, evidence.hang.limit) == ("progress", 8)
    assert (evidence.hang.test, evidence.hang.when) == ("test_it.py::test_stuck", "call")
    assert (evidence.collected, len({test.id for test in evidence.tests})) == (12, 11)


def test_a_suite_of_ones_own_that_never_gets_done_is_stopped_too(
    suite: Callable[[str], Path], launcher: SpawnLauncher, server: Server
) -> None:
    text = """
    import pytest

    @pytest.mark.parametrize("part", range(1000))
    def test_long(part):
        time.sleep(0.5)
    """
    evidence, _ = observe(launcher, server, suite(text), conditions=Conditions(patience=LONG, longest=8))
    assert evidence.hang is not None
    assert (evidence.hang.kind, evidence.hang.limit, evidence.collected) == ("suite", 8, 1000)


def test_collecting_many_files_is_getting_on(
    suite: Callable[[str], Path], launcher: SpawnLauncher, server: Server
) -> None:
    folder = suite("def test_one(): pass")
    for number in range(10):
        (folder / f"test_{number}.py").write_text("import time\ntime.sleep(1)\n")
    evidence, _ = observe(launcher, server, folder, conditions=Conditions(patience=8, longest=LONG))
    assert (evidence.hang, evidence.collected) == (None, 1)


def test_the_tasks_of_a_loop_that_hangs_are_shown(hangs: dict[str, Evidence]) -> None:
    hang = hangs["in a task"].hang
    assert hang is not None
    assert "never_done" in hang.tasks


@needs_signals
def test_a_hang_in_which_no_python_code_can_run_still_shows_its_stacks(hangs: dict[str, Evidence]) -> None:
    hang = hangs["holding the interpreter's lock"].hang
    assert hang is not None
    assert "test_one" in hang.stacks


def test_a_hang_on_the_way_out_is_distinguished_from_one_in_a_test(hangs: dict[str, Evidence]) -> None:
    evidence = hangs["on the way out"]
    assert evidence.hang is not None
    assert (evidence.hang.test, evidence.hang.when) == ("", "session")
    assert evidence.finished


DESCENDANTS = """
    SLEEPER = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(10_000)"
    STARTER = "import subprocess, sys; subprocess.Popen([sys.executable, *sys.argv[1:]], start_new_session=True)"

    def test_one():
        subprocess.Popen([sys.executable, "-c", SLEEPER, "child"])
        subprocess.Popen([sys.executable, "-c", SLEEPER, "session"], start_new_session=True)
        subprocess.Popen([sys.executable, "-c", SLEEPER, "bare"], start_new_session=True, env={})
        subprocess.run([sys.executable, "-c", STARTER, "-c", SLEEPER, "orphan"], check=True)
        for name in ("child", "session", "bare", "orphan"):
            while not (os.path.exists(name) and open(name).read()):
                time.sleep(0.01)
"""


@needs_signals
def test_a_hang_takes_all_descendants_with_it_wherever_they_went(
    launcher: SpawnLauncher, server: Server, suite: Callable[[str], Path]
) -> None:
    folder = suite(DESCENDANTS + "        time.sleep(10_000)\n")
    evidence, _ = observe(launcher, server, folder, limit=8)
    assert evidence.hang is not None
    assert evidence.infrastructure == ""
    assert not [name for name in ("child", "session", "bare", "orphan") if living((folder / name).read_text())]


@needs_signals
def test_what_a_suite_that_passed_left_running_is_ended_too(
    launcher: SpawnLauncher, server: Server, suite: Callable[[str], Path]
) -> None:
    # Without its environment and its parent nothing tells any more whose process "bare" was.
    folder = suite(DESCENDANTS.replace(", env={}", ""))
    evidence, _ = observe(launcher, server, folder)
    assert evidence.exit == Exit(code=0)
    assert not [name for name in ("child", "session", "bare", "orphan") if living((folder / name).read_text())]


def test_many_suites_at_the_same_time_do_not_see_each_other(
    launcher: SpawnLauncher, server: Server, suite: Callable[[str], Path]
) -> None:
    text = """
        import valkey
        def test_one():
            with valkey.Valkey.from_url(os.environ["VALKEY_URL"]) as client:
                assert client.get("mine") is None
                client.set("mine", {number})
        """
    folders = [suite(text.replace("{number}", str(number))) for number in range(8)]

    with ThreadPoolExecutor(4) as pool:
        for evidence, _ in pool.map(partial(observe, launcher, server), folders):
            assert evidence.exit == Exit(code=0), evidence.output
            assert evidence.keys_left == ("mine",)


def test_stop_kills_what_runs_and_nothing_runs_any_more(
    launcher: SpawnLauncher, server: Server, suite: Callable[[str], Path]
) -> None:
    folder = suite("def test_one():\n    open('here', 'w').write(str(os.getpid()))\n    time.sleep(10_000)")
    with server.lease() as database, ThreadPoolExecutor(1) as pool:
        job = Job(suite=folder, python=Path(sys.executable), database=database, limit=LONG)
        running = pool.submit(launcher.run, job)
        while not ((folder / "here").exists() and (folder / "here").read_text()):
            assert not running.done(), running.result()
        launcher.stop()
        evidence, _ = running.result(30)
        assert "stopped" in evidence.infrastructure
        assert not living((folder / "here").read_text())
        assert "stopped" in launcher.run(job)[0].infrastructure


class SlowToStart(SpawnLauncher):
    """Starts a suite only when it may."""

    def __init__(self, guardian: Guardian) -> None:
        super().__init__(guardian=guardian)
        self.starting, self.may_start = Event(), Event()

    def _start(self, job: Job, scratch: Path) -> Child:
        self.starting.set()
        self.may_start.wait(LONG)
        return super()._start(job, scratch)


def test_stop_does_not_wait_for_a_suite_that_is_just_starting_and_that_is_killed(
    guardian: Guardian, server: Server, suite: Callable[[str], Path]
) -> None:
    launcher = SlowToStart(guardian)
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(observe, launcher, server, suite("def test_one(): time.sleep(10_000)"))
        try:
            assert launcher.starting.wait(30)
            pool.submit(launcher.stop).result(30)
        finally:
            launcher.may_start.set()
        assert "stopped" in running.result(30)[0].infrastructure


def test_a_server_that_went_away_is_reported_instead_of_blaming_the_suite(
    launcher: SpawnLauncher, guardian: Guardian, suite: Callable[[str], Path]
) -> None:
    folder = suite(
        """
        import valkey
        def test_one():
            with valkey.Valkey.from_url(os.environ["VALKEY_URL"]) as client:
                client.shutdown(nosave=True)
            assert not "reached"
        """
    )
    with open_server(None, databases=1, guardian=guardian) as short, short.lease() as database:
        job = Job(suite=folder, python=Path(sys.executable), database=database, limit=LONG)
        evidence, _ = launcher.run(job)
        assert "the server doesn't answer" in evidence.infrastructure
        assert not views.is_answering(database.url)


def test_an_interpreter_that_is_not_there_is_no_traceback(
    launcher: SpawnLauncher, server: Server, suite: Callable[[str], Path]
) -> None:
    with server.lease() as database:
        job = Job(suite=suite(""), python=Path("no-such-python"), database=database, limit=LONG)
        assert "no-such-python" in launcher.run(job)[0].infrastructure


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_not_blamed_on_the_suite(run: Callable[..., Evidence]) -> None:
    evidence = run("def test_one(): open('/dev/full', 'wb', buffering=0).write(b'x')")
    assert evidence.infrastructure == "the disk is full"


def test_the_password_of_a_server_does_not_reach_the_evidence(
    launcher: SpawnLauncher, server: Server, suite: Callable[[str], Path]
) -> None:
    folder = suite(
        "def test_one():\n    print(os.environ['VALKEY_URL'])\n    raise ValueError(os.environ['VALKEY_URL'])"
    )
    with server.lease() as plain:
        with views.connect(plain.url) as client:
            client.acl_setuser(
                "joe", enabled=True, passwords=["+secret-word"], keys="*", channels="*", categories=["+@all"]
            )
        url = f"valkey://joe:secret-word@{plain.url.rpartition('@')[2]}"
        with open_server(url, databases=1) as theirs:
            evidence, _ = observe(launcher, theirs, folder)
    assert "joe:***@" in evidence.tests[0].phases[1].chain[0].text
    assert "joe:***@" in evidence.output
    assert "secret-word" not in repr(evidence)


def test_cpu_time_counts_the_processes_that_a_suite_waited_for(
    launcher: SpawnLauncher, server: Server, suite: Callable[[str], Path]
) -> None:
    burn = "import time; end = time.process_time() + 1.0\\nwhile time.process_time() < end: pass"
    folder = suite(f"def test_one():\n    subprocess.run([sys.executable, '-c', '''{burn}'''], check=True)")
    evidence, timings = observe(launcher, server, folder)
    assert evidence.exit == Exit(code=0), evidence.output
    assert timings.cpu >= 1.0
    assert timings.started.endswith("+00:00")


@needs_signals
def test_stopping_while_many_run_leaves_no_process(
    launcher: SpawnLauncher, server: Server, suite: Callable[[str], Path]
) -> None:
    before = set(psutil.Process().children(recursive=True))
    folders = [suite("def test_one(): time.sleep(10_000)") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(observe, launcher, server, folder) for folder in folders]
        launcher.stop()
        assert all("stopped" in each.result(30)[0].infrastructure for each in running)
    assert set(psutil.Process().children(recursive=True)) <= before


def test_where_the_system_does_not_add_up_cpu_time_and_has_no_signals_a_run_ends_the_same(
    launcher: SpawnLauncher,
    server: Server,
    suite: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module, name in ((os, "wait4"), (os, "pidfd_open"), (os, "killpg"), (signal, "SIGUSR1")):
        monkeypatch.delattr(module, name, raising=False)
    passed, timings = observe(launcher, server, suite("def test_one(): sum(range(10_000_000))"))
    assert passed.exit == Exit(code=0)
    assert timings.cpu > 0
    hanging, _ = observe(launcher, server, suite("def test_one(): time.sleep(10_000)"), limit=8)
    assert hanging.hang is not None
    assert hanging.hang.test == "test_it.py::test_one"
