"""Runs a small suite in the warm process before pytest is started there for good, and takes back what this changes.

A forked child starts with what its parent's interpreter has learned: CPython 3.11 and newer specialize bytecode that is
run, and write to memory that a child would have to copy first. Patterns, signatures and lines of source are cached.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import linecache
import logging
import os
import shutil
import signal
import sys
import threading
from types import ModuleType
from typing import Any, Callable, Dict, Iterator

from . import adapter
from .stand_in import stand_in

CONFTEST = """
import os
import pytest_asyncio
from {client}.asyncio import {name}

@pytest_asyncio.fixture
async def client():
    client = {name}.from_url(os.environ["VALKEY_URL"])
    await client.ping()
    yield client
    await client.aclose()
"""

TESTS = '''"""Tests."""

import os
import pytest
from {client}.asyncio import {name}

shared = {name}.from_url(os.environ["VALKEY_URL"])


class TestEach:
    @pytest.mark.asyncio
    async def test_one(self, client):
        await client.set("apple", "ripe")
        assert await client.get("apple") == b"ripe"
        await client.delete("apple")

    @pytest.mark.asyncio
    async def test_two(self, client):
        await client.set("pear", "ripe")
        assert await client.get("pear") == b"ripe"
        await client.delete("pear")


class TestShared:
    @pytest.mark.asyncio
    async def test_one(self):
        await shared.set("plum", "ripe")
        assert await shared.get("plum") == b"ripe"

    @pytest.mark.asyncio
    async def test_two(self):
        await shared.set("plum", "ripe")

    @pytest.mark.asyncio
    async def test_three(self):
        await shared.set("plum", "ripe")
        await shared.aclose()
'''

CLASSES = {"valkey": "Valkey", "redis": "Redis"}

POLICY = "_event_loop_policy"
"""Where asyncio keeps the policy: None until one is wanted, which its public functions can't restore."""


def rehearse(client: str, run: Callable[[], object]) -> str:
    """Have `run` run the suite in the current directory. What of it can't be taken back; empty if nothing.

    Nothing is printed. Nothing is run where Python has no event loop policies any more.
    """
    if not hasattr(asyncio.events, POLICY):
        return ""
    folder = os.path.join(os.path.dirname(os.getcwd()), "rehearsal")  # noqa: PTH109, PTH118, PTH120 - text only
    _write_suite(folder, client)
    before = _process_state()
    with stand_in() as port, _unchanged(folder), _silence():
        os.environ["VALKEY_URL"] = f"{client}://127.0.0.1:{port}/0"
        os.chdir(folder)
        sys.path[0] = folder
        _number_no_tasks()
        run()
    shutil.rmtree(folder)
    after = _process_state()
    return ", ".join(name for name in before if before[name] != after[name])


def _write_suite(folder: str, client: str) -> None:
    shutil.copytree(os.getcwd(), folder)  # noqa: PTH109 - the ini file
    names = {"client": client, "name": CLASSES[client]}
    texts = {"conftest.py": CONFTEST, "goods/__init__.py": "", "goods/test_it.py": TESTS, "test_more.py": TESTS}
    os.mkdir(os.path.join(folder, "goods"))  # noqa: PTH102, PTH118
    for name, text in texts.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as stream:  # noqa: PTH118, PTH123
            stream.write(text.format(**names))


def _set_policy(policy: Any) -> None:
    setattr(asyncio.events, POLICY, policy)


def _number_no_tasks() -> None:
    """Set the usual policy, but with loops that name tasks themselves: the interpreter counts those without a name."""
    _set_policy(None)
    # From Python 3.14 on the public function warns.
    get = getattr(asyncio.events, "_get_event_loop_policy", None) or asyncio.get_event_loop_policy
    policy: Any = get()
    original = policy.new_event_loop

    def new_event_loop() -> asyncio.AbstractEventLoop:
        loop: asyncio.AbstractEventLoop = original()
        loop.set_task_factory(_named)
        return loop

    policy.new_event_loop = new_event_loop


def _named(loop: Any, coroutine: Any, **options: Any) -> Any:
    return asyncio.Task(coroutine, loop=loop, **{"name": "rehearsed", **options})


@contextlib.contextmanager
def _unchanged(folder: str) -> Iterator[None]:
    """What a session in `folder` changes of the process is as before when the context is left."""
    here, path, environment = os.getcwd(), list(sys.path), dict(os.environ)  # noqa: PTH109
    policy = vars(asyncio.events)[POLICY]
    last = {name: value for name, value in vars(sys).items() if name.startswith("last_")}
    try:
        yield
    finally:
        os.chdir(here)
        sys.path[:] = path
        os.environ.clear()
        os.environ.update(environment)
        _set_policy(policy)
        for name in [name for name in vars(sys) if name.startswith("last_")]:
            delattr(sys, name)
        vars(sys).update(last)
        _forget(folder)
        gc.collect()
        for module in list(sys.modules.values()):
            if isinstance(module, ModuleType):  # what else is there keeps no warnings
                vars(module).pop("__warningregistry__", None)


def _forget(folder: str) -> None:
    """Forget the modules in `folder` and what is known of their files."""
    adapter.forget_session()
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(folder):
            del sys.modules[name]
    for cache in (linecache.cache, sys.path_importer_cache):
        for name in [name for name in cache if name.startswith(folder)]:
            del cache[name]


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """What is written to standard output and error is lost."""
    kept = [os.dup(descriptor) for descriptor in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for descriptor in (1, 2):
            os.dup2(nowhere, descriptor)
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for descriptor, original in zip((1, 2), kept):
            os.dup2(original, descriptor)
            os.close(original)
        os.close(nowhere)


def _process_state() -> Dict[str, object]:  # noqa: UP006 - for Python 3.8
    """What a session may leave behind outside its modules, comparable."""
    return {
        "finders": list(map(id, sys.meta_path)),
        "streams": [id(getattr(sys, name)) for name in ("stdin", "stdout", "stderr")],
        "hooks": [id(getattr(sys, name)) for name in ("excepthook", "unraisablehook", "displayhook", "breakpointhook")],
        "thread hook": id(threading.excepthook),
        "threads": (threading.active_count(), repr(threading._counter)),  # type: ignore[attr-defined]
        "signals": [id(signal.getsignal(number)) for number in signal.valid_signals()],
        "logging": (list(logging.root.handlers), logging.root.level, logging.root.manager.disable),
        "garbage": len(gc.garbage),
        "descriptors": sorted(os.listdir("/dev/fd")),  # noqa: PTH208
    }
