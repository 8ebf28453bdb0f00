"""Workers of pytest-xdist, observed like the process that controls them. Each writes a file of its own."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Generator

import pytest

if TYPE_CHECKING:
    from .session import Probe

BEGINNING = """\
import runpy
end_observing = runpy.run_path({run!r})["observe_worker"]({evidence!r}, {worker!r})
try:
    exec(compile({source!r}, {file!r}, "exec"), globals())
finally:
    end_observing()
"""
"""What a worker runs instead of pytest-xdist's own module, whose source comes in it."""


class Workers:
    """A pytest plugin of the controlling process. `run` is the file that starts the probe."""

    def __init__(self, probe: Probe, evidence: str, run: str) -> None:
        self._probe = probe
        self._evidence = evidence
        self._run = run
        self._worker = ""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        self._worker = node.gateway.id  # asked for its module next
        self._probe.has_workers = True
        self._probe.guard.run(self._note_process, node.gateway)

    def _note_process(self, gateway: Any) -> None:
        """Before the gateway is busy: it answers nothing then. As other plugins do, for want of anything public."""
        self._probe.stacks.workers.add(gateway._rinfo().pid)

    @pytest.hookimpl(optionalhook=True, hookwrapper=True)
    def pytest_xdist_getremotemodule(self) -> Generator[None, Any, None]:
        outcome = yield
        module = outcome.get_result()
        text = BEGINNING.format(
            run=self._run,
            evidence=f"{self._evidence}.{self._worker}",
            worker=self._worker,
            source=inspect.getsource(module),
            file=inspect.getsourcefile(module),
        )
        outcome.force_result(text)
