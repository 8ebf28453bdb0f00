"""Suites that do what no suite should, and what each of them is to come to.

`HOSTILE_FULL=1` runs everything in every place and at full size: 1 GiB of memory, 1 GB printed.
"""

from __future__ import annotations

import os
import textwrap
from dataclasses import dataclass

FULL = os.environ.get("HOSTILE_FULL") == "1"

LIMIT = 10.0 if FULL else 2.0
"""Seconds until a suite that hangs is killed."""

MEMORY = 2**30 if FULL else 2**28
PRINTED = 10**9 if FULL else 80 * 10**6

PLACES = ("test", "fixture", "teardown", "conftest")


@dataclass(frozen=True, kw_only=True)
class Harm:
    """What a suite does in one place, and the signatures that are to name it; none if it gets away with that."""

    does: str
    signatures: frozenset[str] = frozenset()
    fails: bool = False  # with an error that has no name
    limit: float = 60.0


def hangs(does: str) -> Harm:
    return Harm(does=textwrap.dedent(does), signatures=frozenset({"hang"}), limit=LIMIT)


def comes_to(*signatures: str, does: str, fails: bool = False) -> Harm:
    return Harm(does=textwrap.dedent(does), signatures=frozenset(signatures), fails=fails)


CHILD = "import sys, time; kept = b'x' * int(sys.argv[1]); time.sleep(1000)"

HARMS = {
    # hangs
    "hangs_in_a_regular_expression": hangs("""
        import re
        re.match(r"(a|aa)+$", "a" * 80 + "b")
    """),
    "hangs_with_signals_blocked": hangs("""
        import signal, time
        signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
        time.sleep(1000)
    """),
    "waits_for_a_lock_it_holds": hangs("""
        import threading
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()
    """),
    "waits_for_a_lock_in_c": hangs("""
        import ctypes
        mutex = ctypes.create_string_buffer(256)
        ctypes.CDLL(None).pthread_mutex_lock(mutex)
        ctypes.CDLL(None).pthread_mutex_lock(mutex)
    """),
    "spins": hangs("while True: pass"),
    "ignores_every_signal": hangs("""
        import signal
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        while True: pass
    """),
    "stops_itself": hangs("""
        import os, signal
        os.kill(os.getpid(), signal.SIGSTOP)
    """),
    "leaves_a_thread_that_never_ends": hangs("""
        import threading, time
        threading.Thread(target=time.sleep, args=[1000]).start()
    """),
    # ends
    "crashes": comes_to(
        "crash",
        does="""
        import os, signal
        os.kill(os.getpid(), signal.SIGSEGV)
    """,
    ),
    "aborts": comes_to("crash", does="import os; os.abort()"),
    "leaves_with_exit_code_0": comes_to("crash", does="import os; os._exit(0)"),
    "leaves_with_exit_code_7": comes_to("crash", does="import os; os._exit(7)"),
    # prints
    "prints": comes_to(
        "output-limit",
        does=f"""
        for _ in range({PRINTED} // 10**6): print("x" * (10**6 - 1))
    """,
    ),
    "prints_past_python": comes_to(
        "output-limit",
        does=f"""
        import os
        for _ in range({PRINTED} // 10**6): os.write(1, b"x" * 10**6)
    """,
    ),
    "prints_at_exit": comes_to(
        "output-limit",
        does=f"""
        import atexit, os
        atexit.register(lambda: [os.write(2, b"x" * 10**6) for _ in range({PRINTED} // 10**6)])
    """,
    ),
    "has_a_child_print": comes_to(
        "output-limit",
        does=f"""
        import subprocess, sys
        subprocess.run(["head", "-c", "{PRINTED}", "/dev/zero"], check=True)
    """,
    ),
    # eats memory
    "eats_memory": comes_to(
        "memory-limit",
        does="""
        kept = []
        while True: kept.append(bytearray(2**20))
    """,
    ),
    "eats_memory_in_crumbs_and_keeps_it": comes_to(
        "memory-limit",
        does="""
        import builtins
        builtins.kept = []
        while True: builtins.kept.append(bytes(500))
    """,
    ),
    "eats_memory_and_goes_on": hangs("""
        kept = []
        while True:
            try: kept.append(b"x" * 2**20)
            except MemoryError: pass
    """),
    "eats_shared_memory": comes_to(
        "memory-limit",
        does=f"""
        import mmap
        kept = mmap.mmap(-1, 2 * {MEMORY})
        for _ in range(2 * {MEMORY} // 2**20): kept.write(b"x" * 2**20)
        while True: pass
    """,
    ),
    "eats_memory_in_children": comes_to(
        "memory-limit",
        does=f"""
        import subprocess, sys, time
        for _ in range(4): subprocess.Popen([sys.executable, "-c", {CHILD!r}, str({MEMORY} // 2)])
        time.sleep(1000)
    """,
    ),
    "eats_memory_in_children_that_left": comes_to(
        "memory-limit",
        does=f"""
        import os, sys, time
        for _ in range(4):
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    os.execve(sys.executable, [sys.executable, "-c", {CHILD!r}, str({MEMORY} // 2)], {{}})
                os._exit(0)
            os.wait()
        time.sleep(1000)
    """,
    ),
    # leaves processes
    "leaves_children": comes_to(
        does="""
        import subprocess, sys
        for session in (False, True):
            subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], start_new_session=session)
    """
    ),
    "leaves_daemons_without_environment": comes_to(
        does="""
        import os, sys
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.chdir("/")
                os.closerange(0, 4096)
                program = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(1000)"
                os.execve(sys.executable, [sys.executable, "-c", program], {})
            os._exit(0)
        os.wait()
    """
    ),
    "leaves_a_copy_of_itself": comes_to(
        does="""
        import os, time
        if os.fork() == 0:
            os.setsid()
            time.sleep(1000)
    """
    ),
    # takes its surroundings apart
    "closes_every_descriptor": comes_to(fails=True, does="import os; os.closerange(3, 2**16)"),
    "closes_the_standard_streams": comes_to(does="import os; os.closerange(0, 3)"),
    "deletes_its_folder": comes_to(fails=True, does="import os, shutil; shutil.rmtree(os.getcwd())"),
    "changes_directory": comes_to(does="import os; os.chdir('/')"),
    "stands_in_a_folder_that_is_gone": comes_to(
        does="""
        import os, tempfile
        folder = tempfile.mkdtemp()
        os.chdir(folder)
        os.rmdir(folder)
    """
    ),
    "replaces_the_standard_streams": comes_to(does="import sys; sys.stdout = sys.stderr = None"),
    "replaces_asyncio": comes_to(
        does="""
        import asyncio
        asyncio.new_event_loop = asyncio.run = asyncio.BaseEventLoop.close = lambda *_: None
    """
    ),
    "replaces_what_the_probe_uses": comes_to(
        does="""
        import json, os
        json.dumps = os.write = os.fstat = os.lseek = None
    """
    ),
    # reaches for its neighbours
    "writes_to_every_database": comes_to(
        does="""
        import os, time
        import valkey
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            for number in range(16):
                with valkey.Valkey.from_url(os.environ["VALKEY_URL"].rpartition("/")[0] + f"/{number}") as client:
                    client.flushall()
                    client.mset({"pear": "rotten", "plum": "rotten", "sum": 0, "key": "rotten"})
                    client.publish("pear", "rotten")
        with valkey.Valkey.from_url(os.environ["VALKEY_URL"]) as client: client.flushdb()
    """
    ),
    "changes_its_server": comes_to(
        does="""
        import os
        import valkey
        with valkey.Valkey.from_url(os.environ["VALKEY_URL"]) as client:
            client.execute_command("ACL", "SETUSER", "default", "-set")
    """
    ),
}


ALTERNATING = {name: (PLACES[number % len(PLACES)],) for number, name in enumerate(HARMS)}


def cases() -> list[tuple[str, str]]:
    """Names of harms and their places: every harm in every place, or in one each."""
    return [(name, place) for name in HARMS for place in (PLACES if FULL else ALTERNATING[name])]


def function(harm: Harm) -> str:
    """A function that does it."""
    return "def harm():\n" + textwrap.indent(harm.does.strip("\n"), "    ") + "\n"


def fixture(place: str) -> str:
    """A fixture that does it in its setup or its teardown."""
    body = {"fixture": "    harm()\n    yield\n", "teardown": "    yield\n    harm()\n"}[place]
    return "@pytest.fixture(scope='session')\ndef harmed():\n" + body


def suite(harm: Harm, place: str) -> dict[str, str]:
    """The files of a suite that does it between two tests that don't; a teardown comes after all of them."""
    tests = "def test_before(): pass\ndef test_it({asks}): {does}\ndef test_after(): pass\n"
    files = {"pytest.ini": "[pytest]\n"}
    if place == "test":
        return files | {"test_it.py": function(harm) + tests.format(asks="", does="harm()")}
    if place == "conftest":
        return files | {"conftest.py": function(harm) + "harm()\n", "test_it.py": tests.format(asks="", does="pass")}
    text = "import pytest\n" + function(harm) + fixture(place)
    return files | {"conftest.py": text, "test_it.py": tests.format(asks="harmed", does="pass")}
