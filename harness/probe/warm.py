"""Pytest started once in a folder that holds an ini file only, and forked once for each suite put there. POSIX only.

Started by `run.py --warm CONTROL CLIENT -- PYTEST_ARGUMENTS`; `CONTROL` is the descriptor of a socket for JSON lines.
What this starts is the process that warm processes are forked from (`seed.py`). Each says `{"pid": …}` at once and
`{"ready": true}` when it is warm, then for each order

    {"evidence": FILE, "stdout": FILE, "stderr": FILE, "variables": {NAME: VALUE}, "confined": […]}

(the last is what `limits.py` gets) one of its levels (`levels.py`) forks, and it says `{"pid": …}` at once and
`{"status": …, "cpu": …, "alone": …}` when the child has ended: the status as `os.wait4` gives it, seconds of CPU time
of all three processes, and whether it is known that the child left no process behind. It ends when the other end of the
socket is closed, or after `{"ready": false, "reason": …}` when it can't do this faithfully.

A child whose conftest files can't be imported ends with the exit code `DECLINED`: only a new process fails as pytest
does then. So does one where they change what the test modules that are there already have imported. One that leaves
what a fork's shutdown doesn't finalize as a new process's would ends with `UNHEARD` (`shutdown.py`).
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import sysconfig
import time
import warnings
from typing import TYPE_CHECKING, Any, List

import pytest

from . import adapter
from .collected import Collected
from .collecting import Collecting
from .compiled import Compiled, forget_deprecated_names
from .descriptors import Descriptors
from .formatted import Formatted
from .immortal import immortalize
from .levels import Levels
from .limits import confine
from .orphans import adopt_orphans, has_children
from .plugin import Plugin, Wrapper
from .rehearsal import rehearse
from .seed import SeedProcess
from .session import Probe
from .shutdown import Shutdown

if TYPE_CHECKING:
    from .control import Control, Message

DECLINED = 213

# What sessions import sooner or later, besides what pytest imports to start.
IMPORTS = (
    "asyncio",
    "asyncio.unix_events",
    "concurrent.futures.thread",
    "contextlib",
    "difflib",
    "encodings.idna",
    "linecache",
    "pprint",
    "stringprep",
    "tempfile",
    "traceback",
    "unittest.case",
    "urllib.parse",
    "uuid",
)


class WarmPlugin(Plugin):
    """The probe's plugin, whose probe the child begins with. Its parents never come out of `pytest_sessionstart`."""

    def __init__(self, control: Control, probe: Probe) -> None:
        super().__init__(probe)
        self._control = control
        self._parser: Any = None
        self._present: Any = None  # the plugins that are there when conftest files are loaded
        self._collected: Collected | None = None
        self.formatted = Formatted(os.path.join(os.path.dirname(os.getcwd()), "formatted"), probe.places)  # noqa: PTH109, PTH118, PTH120
        self.shutdown: Shutdown | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self, early_config: Any, parser: Any) -> None:
        self._parser = parser
        self._present = early_config.pluginmanager.get_plugins()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> Wrapper:
        yield
        config: Any = session.config
        reason = adapter.obstacle(config)
        if reason:
            self._control.say(ready=False, reason=reason)
            os._exit(0)
        adapter.adopt_modules()
        late = adapter.list_late_fixtures(session, self._present)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        descriptors, compiled = Descriptors(), Compiled(config)
        gc.collect()
        immortalize()
        shutdown = Shutdown()
        gc.freeze()
        orders, files = Levels(self._control).serve()
        # From here on a level runs.
        self._collected = Collected(session)
        forget_listings(os.getcwd())  # noqa: PTH109 - text is what is compared
        ready = not files or self._collected.collect(files)
        orders.say(ready=ready)
        if not ready:
            os._exit(0)
        self._begin(self._fork(orders, compiled), descriptors)
        # From here on a child runs.
        self.shutdown = shutdown
        adapter.restart_clock(config, session)
        self._collected.step_back()
        try:
            adapter.load_conftests(config, self._parser)
            adapter.move_last(session, late)
            faithful = self._collected.follow_conftest()
        except BaseException:  # noqa: BLE001 - a suite may skip or exit there, too
            faithful = False
        if not faithful:
            os._exit(DECLINED)

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_collect_directory(self, path: Any) -> Any:
        return self._collected and self._collected.find(path)

    def _fork(self, orders: Control, compiled: Compiled) -> Message:
        """Fork once an order. Returns in children only, with theirs."""
        if sys.platform == "win32":
            raise NotImplementedError
        adopted = adopt_orphans()
        gc.collect()
        gc.freeze()
        counted = 0.0
        while True:
            order = orders.hear()
            if order is None:
                os._exit(0)
            compiled.prepare(os.getcwd())  # noqa: PTH109 - text is what is compared
            self.formatted.learn()
            gc.freeze()
            pid = os.fork()
            if pid == 0:
                orders.close()
                self._control.close()
                compiled.use()
                self.formatted.use()
                return order
            self._control.say(pid=pid)
            _, status, usage = os.wait4(pid, 0)
            now = time.process_time()
            cpu = usage.ru_utime + usage.ru_stime + now - counted + order["cpu"]
            counted = now
            self._control.say(status=status, cpu=cpu, alone=adopted and not has_children())

    def _begin(self, order: Message, descriptors: Descriptors) -> None:
        if sys.platform == "win32":
            raise NotImplementedError
        os.setsid()
        confine(*order["confined"])
        descriptors.replace(order["stdout"], order["stderr"])
        os.environ.update(order["variables"])
        forget_listings(os.getcwd())  # noqa: PTH109 - text is what is compared
        self._probe.begin(order["evidence"])


def serve(descriptor: int, client: str) -> int:
    """Import and rehearse, and fork. Warm processes start pytest and fork; what comes after the session happens in
    children, which end here.
    """
    seed = SeedProcess(descriptor)
    if seed.obstacle:
        seed.control.say(ready=False, reason=seed.obstacle)
        return 0
    sysconfig.get_paths()  # takes long the first time
    sys.dont_write_bytecode = True  # a suite's files are gone before anybody could read it
    warned = warm_up([*IMPORTS, client + ".asyncio"])
    if warned:
        seed.control.say(ready=False, reason="importing it early hides its warning: " + warned)
        return 0
    probe = Probe()
    changed = rehearse(client, lambda: pytest.main(plugins=[Plugin(probe), Collecting()]))
    forget_deprecated_names()
    if changed:
        seed.control.say(ready=False, reason="a rehearsal has changed the process: " + changed)
        return 0
    control = seed.serve(probe.places)
    # From here on a warm process runs.
    plugin = WarmPlugin(control, probe)
    try:
        code = int(pytest.main(plugins=[plugin, Collecting()]))
    finally:
        if plugin.shutdown is not None:
            probe.finish()
            probe.end()
            plugin.formatted.pass_on()
    if plugin.shutdown is not None:
        plugin.shutdown.leave(code)
    return code


def forget_listings(folder: str) -> None:
    """Let imports look at what is in `folder` now. They know what is elsewhere, and asking again takes long."""
    for path in list(sys.path_importer_cache):
        if path.startswith(folder):
            del sys.path_importer_cache[path]


def warm_up(names: List[str]) -> str:  # noqa: UP006 - for Python 3.8
    """Import modules. The first warning that this gives, because a suite's own import of them would give it, too."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for name in names:
            importlib.import_module(name)
    return f"{caught[0].category.__name__}: {caught[0].message}" if caught else ""
