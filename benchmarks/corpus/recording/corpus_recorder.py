"""A pytest plugin that writes each report of a phase as one line of JSON to the file that `CORPUS_RECORD` names.

It shares nothing with the probe: what it records is what the probe's evidence is compared with.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def pytest_configure(config: Any) -> None:
    """Record in the main process; workers of pytest-xdist send their reports there."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(Path(os.environ["CORPUS_RECORD"])), "corpus-recorder")


class Recorder:
    """Writes as it goes, so that a run that is killed leaves what it saw."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A phase of a test, or a subtest of it."""
        self._write(report, report.when, expected=hasattr(report, "wasxfail"))

    def pytest_collectreport(self, report: Any) -> None:
        """What can't be collected."""
        if report.failed:
            self._write(report, "collect", expected=False)

    def _write(self, report: Any, when: str, *, expected: bool) -> None:
        line = {"node": report.nodeid, "when": when, "outcome": report.outcome, "expected": expected}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
