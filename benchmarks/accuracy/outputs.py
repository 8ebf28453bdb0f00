"""Whole outputs of real runs: what plain pytest prints, and the verdict that the harness derives from evidence."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.loading import load_catalogue
from harness.catalogue.rendering import write_suite
from harness.cli.fields import RunOptions
from harness.environments.model import Built
from harness.environments.provisioning import Provisioner
from harness.errors import UsageError
from harness.explain.naming import name_errors
from harness.explain.reading import read_text
from harness.launchers.model import Job
from harness.launchers.spawn import SpawnLauncher
from harness.launchers.variables import make_variables
from harness.pipeline.cells import make_target
from harness.planning.environments import plan_requests
from harness.processes.guardian import Guardian
from harness.reported.report import ROOT as REPORTS
from harness.reported.report import Stated, load_report
from harness.servers.opening import open_server
from harness.verdicts.classify import classify
from harness.verdicts.model import Channel, Role, Verdict
from harness.verdicts.observations import ObservationKind
from harness.verdicts.signatures import SignatureCategory, load_categories, load_signatures

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack

    from harness.environments.model import EnvironmentRequest
    from harness.explain.model import ReadText
    from harness.servers.model import Database, Server

RUNS = Path(__file__).with_name("outputs.toml")
LIMIT = 60.0
"""Seconds a suite may take."""

WITHOUT_CHAINS = {"--tb=line", "--tb=no"}
"""Styles that show the surface of each error and nothing below."""

Names = frozenset[tuple[str, str, str]]
"""Signature, role and channel."""


class OutputRun(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """A run of one cell or of one report's suite, and how its output is written."""

    cell: str = ""
    report: str = ""
    python: str = ""
    pytest_asyncio: str = ""
    pytest: str = ""
    arguments: tuple[str, ...] = ()
    variables: dict[str, str] = {}
    packages: tuple[str, ...] = msgspec.field(default=(), name="with")
    read: str = ""  # the file to read instead of what is printed
    change: str = ""

    def __str__(self) -> str:
        versions = " ".join(filter(None, (self.python, self.pytest_asyncio, *self.arguments, self.change)))
        return f"{self.cell or self.report} {versions}".strip()


class _RunsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    run: tuple[OutputRun, ...]


class OutputShown(msgspec.Struct, frozen=True, kw_only=True):
    """What one run has printed, and what the evidence of another run of the same says."""

    run: OutputRun
    data: bytes
    verdict: Verdict

    @property
    def expected(self) -> Names:
        """What the verdict says of failures: signature, place in the chain and channel."""
        categories = load_categories()
        return frozenset(
            (one.signature, one.role, one.channel)
            for one in self.verdict.findings
            if (one.tests or one.channel is Channel.BODY) and categories[one.signature] is SignatureCategory.ERROR
        )

    def compare(self) -> str:
        """Nothing where the text is read as the verdict has it; what differs otherwise."""
        expected, found = _unpack(self.expected), _unpack(list_names(read_text(self.data)))
        if WITHOUT_CHAINS.intersection(self.run.arguments):
            expected, found = _at_surface(expected), _at_surface(found)
        if expected == found:
            return ""
        missing, more = (
            ", ".join(" ".join(one) for one in sorted(names)) for names in (expected - found, found - expected)
        )
        return f"{self.run}: not read: {missing or 'nothing'}; read without being there: {more or 'nothing'}"


def load_runs() -> tuple[OutputRun, ...]:
    """The runs in the file beside this one."""
    return msgspec.toml.decode(RUNS.read_bytes(), type=_RunsFile).run


def list_names(read: ReadText) -> Names:
    """What a text shows of failures, as a verdict has it."""
    found: set[tuple[str, str, str]] = set()
    for one in name_errors(read):
        if one.error.kind not in (ObservationKind.EXCEPTION, ObservationKind.PROBLEM):
            continue
        channel = one.error.channel.value
        if one.surface:
            found.add((one.surface, Role.SURFACE if one.root else Role.ONLY, channel))
        if one.root:
            found.add((one.root, Role.ROOT, channel))
    return frozenset(found)


def _unpack(names: Names) -> Names:
    """A root without a surface is the only one: pytest packs what it met in collection into an error of its own."""
    surfaces = {channel for _, role, channel in names if role == Role.SURFACE}
    return frozenset(
        (name, Role.ONLY if role == Role.ROOT and channel not in surfaces else role, channel)
        for name, role, channel in names
    )


def _at_surface(names: Names) -> Names:
    return frozenset((name, "", channel) for name, role, channel in names if role != Role.ROOT)


class OutputRunner:
    """Runs each suite twice on the same environment: by the launcher that observes, and as a developer does."""

    def __init__(self, stack: ExitStack) -> None:
        self._catalogue = load_catalogue()
        self._provisioner = Provisioner()
        self._guardian = stack.enter_context(Guardian())
        self._provisioner.mark(self._guardian.environment("uv"))
        self._scratch = stack.enter_context(self._guardian.folder("outputs"))
        self._server: Server = stack.enter_context(open_server(None, databases=1, guardian=self._guardian))
        self._launcher = SpawnLauncher(guardian=self._guardian)
        self._number = 0

    def run(self, run: OutputRun) -> OutputShown:
        """Raises `UsageError` where the environment can't be had."""
        built, files = self._prepare(run)
        with self._server.lease() as database:
            evidence, _ = self._launcher.run(self._make_job(files, built, database))
        with self._server.lease() as database:
            data = self._run_plain(run, self._make_job(files, built, database))
        return OutputShown(run=run, data=change_text(data, run.change), verdict=classify(evidence, load_signatures()))

    def _prepare(self, run: OutputRun) -> tuple[Built, Mapping[str, str | bytes]]:
        if run.report:
            rebuilt = load_report(REPORTS / run.report)
            state = next(one for one in rebuilt.report.states if one.outcome is Stated.REPRODUCES)
            return self._provide(rebuilt.report.request(state), rebuilt.report.installs), rebuilt.files(state)
        options = RunOptions(
            cells=(run.cell,),
            python_versions=(run.python,),
            pytest_asyncio_versions=(run.pytest_asyncio,),
            pytest_versions=(run.pytest,) if run.pytest else (),
            pins=run.packages,
        )
        (request,) = plan_requests(options, self._provisioner.interpreters, self._provisioner.releases)
        cell = self._catalogue.parse(run.cell)
        built = self._provide(request, self._catalogue.additions(cell))
        return built, self._catalogue.suite(cell, make_target(built.environment))

    def _provide(self, request: EnvironmentRequest, packages: tuple[str, ...]) -> Built:
        provided = self._provisioner.provide(request, packages)
        if isinstance(provided, Built):
            return provided
        raise UsageError(f"{provided.id} can't be resolved: {provided.reason}", remedy="Name other versions.")

    def _make_job(self, files: Mapping[str, str | bytes], built: Built, database: Database) -> Job:
        self._number += 1
        suite = self._scratch / f"suite-{self._number}"
        write_suite(files, suite)
        return Job(suite=suite, python=built.python, database=database, limit=LIMIT, client=built.environment.client)

    def _run_plain(self, run: OutputRun, job: Job) -> bytes:
        marker = self._guardian.environment("plain")
        done = subprocess.run(
            [str(job.python), "-m", "pytest", *run.arguments],
            cwd=job.suite,
            env={**make_variables(job, os.environ, marker), **run.variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LIMIT,
            check=False,
        )
        return (job.suite / run.read).read_bytes() if run.read else done.stdout


def change_text(data: bytes, change: str) -> bytes:
    """The same text as other programs hand it on."""
    match change:
        case "crlf":
            return data.replace(b"\n", b"\r\n")
        case "utf-16":
            return b"\xff\xfe" + data.replace(b"\n", b"\r\n").decode().encode("utf-16-le")
        case "github":
            lines = (b"2025-11-30T10:04:%02d.1234567Z " % (at % 60) + line for at, line in enumerate(data.splitlines()))
            return b"\xef\xbb\xbf" + b"\n".join(lines) + b"\n"
        case "docker":
            return b"".join(b"tests-1  | " + line + b"\n" for line in data.splitlines())
        case _:
            return data
