"""The launcher `fork` with the real probe; the harness's own interpreter stands in for a scenario environment."""

from __future__ import annotations

import sys
import tempfile
import textwrap
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from harness.evidence.comparing import find_differences
from harness.evidence.model import Exit
from harness.launchers.fork import MOST_IDLE, ForkLauncher, can_fork
from harness.launchers.model import Job, fork_or_spawn
from harness.launchers.spawn import SpawnLauncher
from harness.probe.levels import MOST
from harness.processes import killing as guard
from harness.processes.guardian import Guardian
from harness.servers.opening import open_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.evidence.model import Evidence
    from harness.launchers.model import Launcher
    from harness.servers.model import Server

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not can_fork(), reason="this system has no fork"),
]

LONG = 120.0
"""Seconds no suite here needs."""

INI = "[pytest]\nfilterwarnings =\n    always::ResourceWarning\n"


class Bench:
    """Runs suites under either launcher."""

    def __init__(self, guardian: Guardian, server: Server, folder: Path) -> None:
        self.guardian = guardian
        self.fork = ForkLauncher(guardian=guardian)
        self.spawn = SpawnLauncher(guardian=guardian)
        self._server = server
        self._folder = folder
        self._numbers = count()
        self.new_processes: list[str] = []  # why suites ran in one under `fork`
        self.ini = INI
        self.python = Path(sys.executable)

    def run(
        self,
        launcher: Launcher,
        text: str,
        files: Mapping[str, str] | None = None,
        limit: float = LONG,
        spawned: str = "",
    ) -> Evidence:
        return fork_or_spawn(lambda why: self._once(launcher, text, files or {}, limit, why), spawned)

    def _once(self, launcher: Launcher, text: str, files: Mapping[str, str], limit: float, spawned: str) -> Evidence:
        suite = self._folder / f"suite-{next(self._numbers)}"
        suite.mkdir()
        for name, content in {"test_it": text, **files}.items():
            imports = "import os, signal, sys, time\n" if name == "test_it" else ""
            (suite / name).parent.mkdir(exist_ok=True)
            (suite / f"{name}.py").write_text(imports + textwrap.dedent(content))
        (suite / "pytest.ini").write_text(self.ini)
        with self._server.lease() as database:
            job = Job(suite=suite, python=self.python, database=database, limit=limit, spawned=spawned)
            evidence, timings = launcher.run(job)
        if timings.spawned:
            self.new_processes.append(timings.spawned)
        return evidence

    def forked(self, text: str, files: Mapping[str, str] | None = None, limit: float = LONG) -> Evidence:
        """Run under `fork`, making sure that it was no `spawn`."""
        before = list(self.new_processes)
        evidence = self.run(self.fork, text, files, limit)
        assert self.new_processes == before
        return evidence

    def assert_alive(self) -> None:
        """The next suite is as if there had been none before it."""
        evidence = self.forked("def test_next(): pass")
        assert (evidence.exit, len(evidence.tests), evidence.infrastructure) == (Exit(code=0), 1, "")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Guardian() as guardian, open_server(None, databases=2, guardian=guardian) as server:
        yield server


@pytest.fixture
def bench(server: Server) -> Iterator[Bench]:
    with Guardian() as guardian, guardian.folder("suites") as folder:
        bench = Bench(guardian, server, folder)
        yield bench
        bench.fork.close()
        assert list(guard.find_marked(guardian.marker)) == []


SUITES = {
    "passes": {"text": "def test_it(capsys): print('said')"},
    "fails": {"text": "def test_it():\n    print('said')\n    print('moaned', file=sys.stderr)\n    assert [1] == [2]"},
    "ends itself": {"text": "def test_it(): os._exit(7)"},
    "is killed by a signal": {"text": "def test_it(): os.kill(os.getpid(), signal.SIGSEGV)"},
    "crashes": {"text": "import faulthandler\ndef test_it(): faulthandler._sigsegv()"},
    "prints at import": {"text": "print('tests')\ndef test_it(): pass", "conftest": "print('conftest')"},
    "cannot be collected": {"text": "import no_such_module"},
    "cannot be compiled": {"text": "def test_it(:", "conftest": ""},
    "leaves no descriptors": {
        "text": "import json, traceback\ndef test_it():\n    try: json.loads('x')\n"
        "    except ValueError: print(traceback.format_exc())\n    assert [1] == [2]",
        "conftest": "import resource\ndef pytest_unconfigure(): resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))",
    },
    "has a broken conftest": {"text": "def test_it(): pass", "conftest": "1 / 0"},
    "exits in its conftest": {"text": "def test_it(): pass", "conftest": "raise SystemExit(5)"},
    "has fixtures at every level": {
        "text": "import pytest\n@pytest.fixture\ndef it(it): return it + 1\ndef test_it(it): assert it == 2",
        "conftest": "import pytest\n@pytest.fixture(autouse=True)\ndef always(): print('always')\n"
        "@pytest.fixture\ndef it(): return 1",
    },
    "speaks at exit": {"text": "import atexit\natexit.register(print, 'bye')\ndef test_it(): pass"},
    "speaks when it is finalized": {
        "text": "class Loud:\n    def __del__(self, say=os.write): say(2, b'gone\\n')\n"
        "loud = Loud()\ndef test_it(): pass"
    },
    "fails when it is finalized": {
        "text": "class Loud:\n    def __del__(self): raise RuntimeError('gone')\nloud = Loud()\ndef test_it(): pass"
    },
    "never awaits": {"text": "async def work(): pass\nkept = work()\ndef test_it(): pass"},
    "never retrieves": {
        "text": "import asyncio\nasync def work(): 1 / 0\nkept = []\n"
        "async def main():\n    kept.append(asyncio.ensure_future(work()))\n    await asyncio.sleep(0.01)\n"
        "def test_it(): asyncio.run(main())"
    },
    "leaves a loop and a task": {
        "text": "import asyncio\nloop = asyncio.new_event_loop()\ntask = loop.create_task(asyncio.sleep(9))\n"
        "def test_it(): loop.run_until_complete(asyncio.sleep(0))"
    },
    "leaves a thread": {
        "text": "import threading\ndef late():\n    threading.main_thread().join()\n    os.write(1, b'late\\n')\n"
        "def test_it(): threading.Thread(target=late).start()"
    },
    "leaves a generator": {
        "text": "def g():\n    try:\n        yield\n    finally:\n        os.write(1, b'closed\\n')\n"
        "kept = g()\nnext(kept)\ndef test_it(): pass"
    },
    "leaves a file": {"text": "kept = open(__file__)\ndef test_it(): pass"},
    "leaves a client": {
        "text": "import asyncio\nfrom valkey.asyncio import Valkey\n"
        "client = Valkey.from_url(os.environ['VALKEY_URL'])\n"
        "def test_it(): asyncio.run(client.set('a', 1))\n"
        "def test_again(): asyncio.run(client.get('a'))"
    },
    "closes every descriptor": {"text": "def test_it(): os.closerange(3, 1024)"},
    "replaces the standard streams": {"text": "import io\ndef test_it(): sys.stdout = sys.stderr = io.StringIO()"},
    "changes directory": {"text": "def test_it(): os.chdir('/')"},
    "warns when it is compiled": {"text": r"def test_it(): assert '\d'"},
    "leaves what waits for ever": {
        "text": "import asyncio\nloop = asyncio.new_event_loop()\nkept = [loop.create_future(), asyncio.Event()]\n"
        "def test_it(): loop.close()"
    },
    "speaks before and after the early end": {
        "text": "import json\nclass Loud:\n    def __init__(self, text): self.text = text\n"
        "    def __del__(self, say=os.write): say(2, self.text)\n"
        "json.loud = Loud(b'after')\nkept = Loud(b'before')\ndef test_it(): pass"
    },
    "uses temporary folders": {"text": "def test_it(tmp_path): (tmp_path / 'a').write_text('b')"},
}


def test_a_finalizer_that_does_nothing_any_more_needs_no_new_process(bench: Bench) -> None:
    text = """
        from unittest import IsolatedAsyncioTestCase
        kept = []
        class Kept(IsolatedAsyncioTestCase):
            async def test_it(self): kept.append(self)
    """
    spawned = bench.run(bench.spawn, text)
    assert [len(spawned.tests), spawned.exit] == [1, Exit(code=0)]
    assert find_differences(spawned, bench.forked(text)) == ()


def test_what_only_a_new_process_finalizes_as_pytest_would_is_run_again_in_one(bench: Bench) -> None:
    text = """
        class Loud:
            def __del__(self): os.write(2, b"gone")
        kept = Loud()
        def test_it(): pass
    """
    spawned = bench.run(bench.spawn, text)
    assert bench.new_processes == []
    assert find_differences(spawned, bench.run(bench.fork, text)) == ()
    (reason,) = bench.new_processes
    assert "shut down" in reason
    assert spawned.exit == Exit(code=0)


@pytest.mark.parametrize("declined", ["fails when it is finalized", "has a broken conftest"])
def test_a_warm_process_goes_on_after_a_suite_that_needs_a_new_one(bench: Bench, declined: str) -> None:
    asks = "def test_it(): raise ValueError(os.getsid(os.getppid()))"  # a warm process has a session of its own
    before = bench.forked(asks)
    files = dict(SUITES[declined])
    bench.run(bench.fork, files.pop("text"), files)
    assert len(bench.new_processes) == 1
    assert bench.forked(asks).tests[0].phases[1].chain == before.tests[0].phases[1].chain


def test_what_is_no_cell_of_the_catalogue_runs_in_a_new_process_whatever_it_holds(bench: Bench) -> None:
    evidence = bench.run(bench.fork, "def test_it(): assert os.getppid()", spawned="it is no cell")
    assert (evidence.exit, bench.new_processes) == (Exit(code=0), ["it is no cell"])


@pytest.mark.parametrize("name", SUITES)
def test_a_forked_suite_is_observed_as_a_spawned_one(bench: Bench, name: str) -> None:
    files = dict(SUITES[name])
    text = files.pop("text")
    spawned = bench.run(bench.spawn, text, files)
    for _ in range(4):  # from the fourth time on its test modules may be there before it
        forked = bench.run(bench.fork, text, files)
        assert find_differences(spawned, forked) == ()
    assert spawned.infrastructure == ""
    bench.assert_alive()


def test_a_forked_suite_is_observed_as_a_spawned_one_where_the_temporary_folder_is_a_link(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "link"))
    files = dict(SUITES["leaves a client"])
    with Guardian() as guardian, guardian.folder("suites") as folder:
        bench = Bench(guardian, server, folder)
        spawned = bench.run(bench.spawn, files["text"])
        assert [connection.opened.at for connection in spawned.connections] == ["test_it.py:5 in test_it"]
        assert find_differences(spawned, bench.forked(files["text"])) == ()
        bench.fork.close()


CONFTEST = """
import sys
import pytest
def pytest_runtest_setup(item): print("setup of", item.nodeid)
@pytest.fixture{scope}
def it(): return 1
"""

PLAIN = "import pytest\nclass TestIt:\n    def test_it(self, it): assert it == 2\n"

SEVERAL = {"shop/__init__": "", "shop/test_it": PLAIN, "barn/test_barn": PLAIN.replace("TestIt", "TestBarn")}
"""Test modules in a package and in a folder that is none."""


def test_test_modules_are_imported_once_for_suites_that_differ_in_their_conftest_file(bench: Bench) -> None:
    conftest = """
    import sys, pytest
    KNOWN = "test_it" in sys.modules
    @pytest.fixture
    def known(): return {} or KNOWN
    """
    suites = [{"conftest": textwrap.dedent(conftest).format(number)} for number in (0, 0, 0, 0, "''", "()")]
    runs = [bench.forked("def test_it(known): raise ValueError(known)", files) for files in suites]
    assert [run.tests[0].phases[1].chain[0].text for run in runs] == ["False", "False", "False", "True", "True", "True"]


def test_conftest_files_have_their_say_about_test_modules_that_are_there_before_them(bench: Bench) -> None:
    for scope in ("", "", "", "(scope='session')", "(scope='module')", ""):
        files = {**SEVERAL, "conftest": CONFTEST.format(scope=scope)}
        spawned = bench.run(bench.spawn, "", files)
        assert spawned.output.count("setup of") == 2
        assert find_differences(spawned, bench.forked("", files)) == ()


@pytest.mark.parametrize(
    "files",
    [
        {"test_it": "import pytest\n@pytest.fixture\ndef it(it): return it + 1\ndef test_it(it): assert it == 2"},
        {"test_it": "from _pytest.tmpdir import tmp_path as folder\ndef test_it(folder): assert folder"},
        {"test_it": "class TestIt:\n    kept = print('imported')\n    def test_it(self): pass"},
        {"test_it": "def test_it(kept=print('imported')): pass"},
        {"test_it": "import app\ndef test_it(): pass", "app": "print('imported')"},
        {"shop/conftest": "print('imported')"},
        {"conftest": CONFTEST.format(scope="") + "collect_ignore = ['barn']\n"},
        {"conftest": CONFTEST.format(scope="") + "def pytest_pycollect_makemodule(): print('asked')\n"},
        {"test_it": "import pytest\n@pytest.mark.unknown\ndef test_it(): pass"},
        {"test_it": "import pytest\n@pytest.mark.skipif\ndef test_it(): pass\nclass TestIt(int): pass"},
    ],
)
def test_test_modules_that_do_more_than_to_define_tests_are_imported_by_each_suite(
    bench: Bench, files: dict[str, str]
) -> None:
    suite = {"conftest": CONFTEST.format(scope=""), **SEVERAL, "test_it": "", **files}
    spawned = bench.run(bench.spawn, suite["test_it"], suite)
    for _ in range(5):
        assert find_differences(spawned, bench.forked(suite["test_it"], suite)) == ()


REPLACING = "import asyncio\nclass Queue: pass\nasyncio.Queue = Queue\n"

FINDING = """
sys.sought = []
class Finder:
    def find_spec(self, name, *rest):
        if name == "test_it": sys.sought.append(name)
sys.meta_path.insert(0, Finder())
"""


ASKED = """
def __getattr__(name):
    sys.asked.append(name)
    raise AttributeError(name)
def test_it(): raise ValueError(sys.asked)
"""


@pytest.mark.parametrize(
    ("text", "conftest"),
    [
        ("from asyncio import Queue\ndef test_it(): raise ValueError(Queue)", REPLACING),
        ("import asyncio\ndef test_it(kept=asyncio.Queue): raise ValueError(kept)", REPLACING),
        ("import asyncio\ndef test_it(): raise ValueError(asyncio)", "sys.modules['asyncio'] = pytest\n"),
        (
            "def test_it(): raise ValueError([path == os.getcwd() for path in sys.path])",
            "sys.path.insert(0, os.path.dirname(os.__file__))\n",
        ),
        ("import asyncio\ndef test_it() -> asyncio.Queue(): raise ValueError(test_it.__annotations__)", REPLACING),
        ("import asyncio\ndef test_it(*it: asyncio.Queue()): raise ValueError(test_it.__annotations__)", REPLACING),
        ("def test_it(): raise ValueError(sys.sought)", FINDING),
        (ASKED, "sys.asked = []\n"),
        (
            "import pytest\n@pytest.mark.skip\ndef test_it(): pass",
            "class mark: skip = pytest.mark.xfail\npytest.mark = mark\n",
        ),
    ],
)
def test_test_modules_import_what_a_conftest_file_has_changed(bench: Bench, text: str, conftest: str) -> None:
    spawned = bench.run(bench.spawn, text, {"conftest": "import os, sys, pytest\n" + conftest})
    for _ in range(5):
        forked = bench.run(bench.fork, text, {"conftest": "import os, sys, pytest\n" + conftest})
        assert find_differences(spawned, forked) == ()


def test_conftest_files_and_tests_find_the_path_of_a_new_process(bench: Bench) -> None:
    conftest = """
        import os, pytest, sys
        BEFORE = [*sys.path]
        @pytest.fixture
        def path(): return [[path.replace(os.getcwd(), "here") for path in paths] for paths in (BEFORE, sys.path)]
    """
    asks = "def test_it(path): raise ValueError(path)"
    files = {"zoo/test_zoo": asks, "conftest": conftest}  # found after `test_it.py`
    spawned = bench.run(bench.spawn, asks, files)
    for _ in range(5):
        assert find_differences(spawned, bench.forked(asks, files)) == ()


def test_where_python_has_no_ctypes_suites_run_in_new_processes(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['ctypes'] = None\n")
    bench.python = tmp_path / "python"
    bench.python.write_text(f"#!/bin/sh\nPYTHONPATH='{tmp_path}' exec '{sys.executable}' \"$@\"\n")
    bench.python.chmod(0o755)
    text = "def test_it():\n    import ctypes"
    spawned = bench.run(bench.spawn, text)
    assert spawned.tests[0].phases[1].chain[0].type == "ModuleNotFoundError"
    assert find_differences(spawned, bench.run(bench.fork, text)) == ()
    (reason,) = bench.new_processes
    assert "ctypes" in reason


def test_the_processes_that_have_imported_test_modules_end_when_there_are_too_many(bench: Bench) -> None:
    for number in [*range(15)] * 5:
        text = f"class TestIt:\n    def test_{number}(self): pass"
        assert [test.id for test in bench.forked(text).tests] == [f"test_it.py::TestIt::test_{number}"]
    started = psutil.Process().children(recursive=True)
    warm = [process for process in started if guard.is_alive(process) and "--warm" in process.cmdline()]
    assert len(warm) == len(["seed", "warm process"]) + MOST


def test_tasks_and_threads_are_numbered_as_in_a_new_process(bench: Bench) -> None:
    text = """
    import asyncio, threading
    async def name(): return asyncio.current_task().get_name()
    def test_it(): raise ValueError(asyncio.run(name()), threading.Thread().name)
    """
    for launcher in (bench.spawn, bench.fork, bench.fork):
        evidence = bench.run(launcher, text)
        assert evidence.tests[0].phases[1].chain[0].text == "('Task-1', 'Thread-1')"


def test_warm_processes_have_one_seed_and_a_marker_each_by_which_the_system_finds_what_they_fork(bench: Bench) -> None:
    text = """
    def test_it():
        stat = lambda pid: open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
        seed = int(stat(os.getsid(os.getppid()))[1])
        marker = os.environ["VALKEY_LOOP_MATRIX_RUN"]
        seen = open("/proc/self/environ").read().split("\\0")
        raise ValueError(seed, marker, "VALKEY_LOOP_MATRIX_RUN=" + marker in seen)
    """
    found = []
    for bench.ini in (INI, INI + "minversion = 1\n"):
        found.append(bench.forked(text).tests[0].phases[1].chain[0].text.split(", "))
    (seed, marker, seen), (other_seed, other_marker, other_seen) = found
    assert seed == other_seed
    assert marker != other_marker
    assert seen == other_seen == "True)"


@pytest.mark.parametrize(("ini", "printed"), [("[pytest]\nno_such = 1\n", "no_such"), ("[pytest\n", "")])
def test_what_pytest_prints_about_its_configuration_is_the_same(bench: Bench, ini: str, printed: str) -> None:
    bench.forked("def test_it(): pass")
    bench.ini = ini
    spawned = bench.run(bench.spawn, "def test_it(): pass")
    assert printed in spawned.output
    assert find_differences(spawned, bench.run(bench.fork, "def test_it(): pass")) == ()


def test_a_seed_ends_with_the_last_warm_process_that_needs_it(bench: Bench) -> None:
    for number in range(MOST_IDLE + 1):
        bench.ini = f"{INI}minversion = 1.{number}\n"
        bench.assert_alive()
    started = psutil.Process().children(recursive=True)
    bench.fork.close()
    left = [process for process in started if guard.is_alive(process) and "--warm" in process.cmdline()]
    assert left == []
    bench.assert_alive()


def test_where_somebody_kills_a_seed_another_is_started_for_the_next_ini_file(bench: Bench) -> None:
    text = "def test_it(): raise ValueError(os.getppid())"
    (first,) = {bench.forked(text).tests[0].phases[1].chain[0].text for _ in range(2)}
    bench.assert_alive()
    seeds = [one for one in psutil.Process().children() if guard.is_alive(one) and "--warm" in one.cmdline()]
    for seed in seeds:
        seed.kill()
        psutil.wait_procs([seed])
    bench.ini = INI + "minversion = 1\n"
    assert bench.forked(text).tests[0].phases[1].chain[0].text != first
    bench.ini = INI
    assert bench.forked(text).tests[0].phases[1].chain[0].text == first


def test_no_suite_sees_another(bench: Bench) -> None:
    trace = """
    import asyncio, builtins, pytest
    def test_it():
        os.environ["TRACE"] = "1"
        builtins.trace = pytest.trace = asyncio.trace = True
        asyncio.set_event_loop(asyncio.new_event_loop())
        open("trace.txt", "w").close()
    """
    look = """
    import asyncio, builtins, pytest
    def test_it():
        assert "TRACE" not in os.environ
        assert not hasattr(builtins, "trace") and not hasattr(pytest, "trace") and not hasattr(asyncio, "trace")
        assert asyncio.get_event_loop_policy()._local._loop is None
        assert not os.path.exists("trace.txt")
        with pytest.raises(ImportError): import helper
    """
    assert bench.forked(trace, {"helper": "", "conftest": "import helper"}).exit == Exit(code=0)
    assert bench.forked(look).exit == Exit(code=0)


def test_a_suite_that_hangs_is_dumped_and_killed_and_the_next_one_runs(bench: Bench) -> None:
    evidence = bench.forked("def test_it(): time.sleep(1000)", limit=2.0)
    assert evidence.hang is not None
    assert (evidence.hang.test, evidence.hang.when) == ("test_it.py::test_it", "call")
    assert "test_it" in evidence.hang.stacks
    bench.assert_alive()


def test_a_suite_that_ignores_signals_is_killed(bench: Bench) -> None:
    ignoring = """
    def test_it():
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        while True: pass
    """
    assert bench.forked(ignoring, limit=2.0).hang is not None
    bench.assert_alive()


def test_what_a_suite_leaves_running_is_killed(bench: Bench, tmp_path: Path) -> None:
    note = tmp_path / "pids"
    leaving = f"""
    import subprocess
    def test_it():
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], start_new_session=True)
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                open({str(note)!r}, "w").write(str(os.getpid()))
                time.sleep(1000)
            os._exit(0)
        while not os.path.exists({str(note)!r}): time.sleep(0.01)
    """
    evidence = bench.forked(leaving)
    assert (evidence.exit, evidence.infrastructure) == (Exit(code=0), "")
    assert (
        not Path(f"/proc/{note.read_text()}").exists()
        or "zombie" in Path(f"/proc/{note.read_text()}/status").read_text()
    )
    bench.assert_alive()


@pytest.mark.parametrize(
    "harm", ["os.kill(os.getsid(0) and PARENT, signal.SIGKILL)", "os.kill(PARENT, signal.SIGKILL); os._exit(1)"]
)
def test_a_suite_that_kills_the_warm_process_is_run_again_in_a_new_process(bench: Bench, harm: str) -> None:
    text = f"""
    PARENT = int(open("/proc/self/stat").read().split(")")[1].split()[1])
    def test_it():
        if b"--warm" in open(f"/proc/{{PARENT}}/cmdline", "rb").read():
            {harm}
            time.sleep(1000)
    """
    evidence = bench.run(bench.fork, text)
    assert (evidence.exit, evidence.infrastructure) == (Exit(code=0), "")
    assert len(bench.new_processes) == 1
    bench.assert_alive()


def test_a_suite_that_deletes_its_folder_costs_the_warm_process_only(bench: Bench) -> None:
    evidence = bench.forked("import shutil\ndef test_it(): shutil.rmtree(os.path.dirname(__file__))")
    assert evidence.tests[0].phases[1].outcome == "passed"
    bench.assert_alive()


def test_in_an_environment_that_cannot_be_warmed_every_suite_runs_in_a_new_process(
    bench: Bench, tmp_path: Path
) -> None:
    launcher = ForkLauncher(guardian=bench.guardian, probe=tmp_path / "missing.py")
    bench.run(launcher, "def test_it(): pass")
    assert len(bench.new_processes) == 1
    launcher.close()


def test_a_stopped_launcher_runs_nothing(bench: Bench) -> None:
    bench.assert_alive()
    bench.fork.stop()
    assert "stopped" in bench.run(bench.fork, "def test_it(): pass").infrastructure
