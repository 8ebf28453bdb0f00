"""The probe on each Python that is here under both launchers, and on Pythons as they will be.

Python 3.14 warns of event loop policies, and 3.16 has none any more. A present Python is made to look like either by a
`sitecustomize`: what is missing or warns then is what a suite, the probe and the client meet. pytest-asyncio, which no
release of today can do without policies, is let through.
"""

from __future__ import annotations

import sys
from itertools import count
from typing import TYPE_CHECKING

import pytest

from harness.catalogue.loading import load_catalogue
from harness.catalogue.rendering import write_suite
from harness.environments.interpreters import discover
from harness.environments.model import Built, EnvironmentRequest
from harness.evidence.comparing import find_differences
from harness.launchers.fork import ForkLauncher, can_fork
from harness.launchers.model import Job, fork_or_spawn
from harness.launchers.spawn import SpawnLauncher
from harness.pipeline.cells import make_target
from harness.planning.environments import find_newest_release
from harness.processes.guardian import Guardian

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.environments.provisioning import Provisioner
    from harness.evidence.model import Evidence
    from harness.launchers.model import Launcher
    from harness.servers.model import Server

pytestmark = pytest.mark.integration

MINORS = sorted({each.minor for each in discover().found}, key=lambda minor: int(minor.partition(".")[2].rstrip("t")))
PYTESTS = ("8.4.2", "9.0.3")
"""Before 9.1 it looks for fixtures in a module once only."""

WITHOUT_POLICIES = ("default/function/module_global/none", "default/session/async_fixture/aclose@loop_scope=fixture")

COMING = """
import asyncio, sys, warnings

NAMES = ("AbstractEventLoopPolicy", "DefaultEventLoopPolicy", "WindowsSelectorEventLoopPolicy",
         "WindowsProactorEventLoopPolicy", "get_event_loop_policy", "set_event_loop_policy")
INNER = ("asyncio", "importlib")
warns_already = sys.version_info >= (3, 14)
there = {name for name in NAMES if name in vars(asyncio)} if REMOVED or not warns_already else ()
gone = {name: vars(asyncio).pop(name) for name in there}
for name in ("get_event_loop_policy", "set_event_loop_policy"):
    vars(asyncio.events).setdefault(f"_{name}", vars(asyncio.events)[name])  # for asyncio itself
before = vars(asyncio).get("__getattr__")


def warn(name, level):
    warnings.warn(f"'asyncio.{name}' is deprecated and slated for removal in Python 3.16", DeprecationWarning, level)


def warning(name):
    def function(*arguments):
        warn(name, 3)
        return gone[name](*arguments)
    return function


def __getattr__(name):
    asking = sys._getframe(1).f_globals.get("__name__", "").partition(".")[0]
    if name in NAMES and REMOVED and asking not in (*INNER, "pytest_asyncio"):
        raise AttributeError(f"module 'asyncio' has no attribute {name!r}")
    if name not in gone and before is not None:
        return before(name)
    if name not in gone:
        raise AttributeError(f"module 'asyncio' has no attribute {name!r}")
    if asking in INNER or warns_already:
        return gone[name]
    if isinstance(gone[name], type):
        warn(name, 3)
        return gone[name]
    return warning(name)


asyncio.__getattr__ = __getattr__
"""


class Bench:
    """Runs suites in one environment under both launchers."""

    def __init__(self, guardian: Guardian, server: Server, built: Built, folder: Path) -> None:
        self.built = built
        self.spawn = SpawnLauncher(guardian=guardian)
        self.fork = ForkLauncher(guardian=guardian) if can_fork() else None
        self._server = server
        self._folder = folder
        self._numbers = count()
        self.new_processes: list[str] = []  # why suites ran in one under `fork`

    def suite(self, cell: str) -> dict[str, str]:
        """A cell for this environment, with nothing in it that pytest-asyncio itself warns of."""
        catalogue = load_catalogue()
        files = catalogue.suite(catalogue.parse(cell), make_target(self.built.environment))
        return files | {"pytest.ini": files["pytest.ini"] + "asyncio_default_fixture_loop_scope = function\n"}

    def run(self, files: dict[str, str], python: Path | None = None) -> Evidence:
        """What is observed, the same under both launchers."""
        evidence = self._run(self.spawn, files, python)
        if self.fork is not None:
            assert find_differences(evidence, self._run(self.fork, files, python)) == ()
        return evidence

    def python(self, *options: str, removed: bool) -> Path:
        """The environment's interpreter as a coming one."""
        number = next(self._numbers)
        shim = self._folder / f"shim-{number}"
        shim.mkdir()
        (shim / "sitecustomize.py").write_text(f"REMOVED = {removed}\n{COMING}")
        program = self._folder / f"python-{number}"
        command = " ".join(f"'{part}'" for part in (self.built.python, *options))
        program.write_text(f"#!/bin/sh\nPYTHONPATH='{shim}' exec {command} \"$@\"\n")
        program.chmod(0o755)
        return program

    def _run(self, launcher: Launcher, files: dict[str, str], python: Path | None) -> Evidence:
        def attempt(spawned: str) -> Evidence:
            suite = self._folder / f"suite-{next(self._numbers)}"
            write_suite(files, suite)
            with self._server.lease() as database:
                interpreter = python or self.built.python
                job = Job(suite=suite, python=interpreter, database=database, limit=120.0, spawned=spawned)
                evidence, timings = launcher.run(job)
            if timings.spawned:
                self.new_processes.append(timings.spawned)
            return evidence

        return fork_or_spawn(attempt)


@pytest.fixture
def bench(request: pytest.FixtureRequest, provisioner: Provisioner, server: Server) -> Iterator[Bench]:
    """A bench in an environment of the newest plugin; the parameter is the Python, and the pytest if one is named."""
    minor, _, runner = request.param.partition(" pytest ")
    plugin = find_newest_release(provisioner.releases, "pytest-asyncio", minor)
    built = provisioner.provide(EnvironmentRequest(python=minor, plugin=plugin, pytest=runner or None))
    assert isinstance(built, Built), built
    with Guardian() as guardian, guardian.folder("suites") as folder:
        bench = Bench(guardian, server, built, folder)
        yield bench
        if bench.fork is not None:
            bench.fork.close()


def outcomes(evidence: Evidence) -> str:
    """`.F`: a sign for each test, as pytest prints it."""
    return "".join("F" if any(phase.outcome == "failed" for phase in test.phases) else "." for test in evidence.tests)


@pytest.mark.parametrize("bench", MINORS, indirect=True)
def test_the_probe_sees_the_same_on_every_python(bench: Bench) -> None:
    seen = bench.run(bench.suite(WITHOUT_POLICIES[0]))
    assert (outcomes(seen), seen.infrastructure, seen.finished, seen.problems) == (".F.F.", "", True, ())
    assert {error.type for test in seen.tests for phase in test.phases for error in phase.chain} == {"RuntimeError"}
    assert {use.loop == connection.loop for connection in seen.connections for use in connection.uses} == {True, False}
    assert seen.at_end is not None
    assert seen.at_end.keys == ("pear", "sum")
    assert bench.new_processes == []


@pytest.mark.parametrize("bench", [f"{MINORS[-1]} pytest {version}" for version in PYTESTS], indirect=True)
def test_a_fixture_that_a_test_module_imports_is_found_by_each_suite(bench: Bench) -> None:
    fixture = "from _pytest.tmpdir import tmp_path as folder"
    suites = {
        f"{fixture}\ndef test_it(folder): assert folder": ".",
        f"class TestIt:\n    {fixture}\n    def test_it(self, folder): pass": "F",  # it is called as a method
    }
    for text, outcome in suites.items():
        for _ in range(5):  # from the fourth time on its test modules may be there before it
            assert outcomes(bench.run({"pytest.ini": "[pytest]\n", "conftest.py": "", "test_it.py": text})) == outcome
    assert bench.new_processes == []


@pytest.mark.parametrize("bench", [f"{MINORS[-1]} pytest {PYTESTS[0]}"], indirect=True)
def test_fixtures_of_a_conftest_are_known_in_their_usual_place(bench: Bench) -> None:
    """pytest-asyncio before 1.0 warns of fixtures in this order."""
    files = {
        "pytest.ini": "[pytest]\n",
        "conftest.py": "import pytest\n@pytest.fixture\ndef own(): pass\n",
        "test_it.py": "def test_it(request, own): raise ValueError([*request._fixturemanager._arg2fixturedefs])",
    }
    seen = bench.run(files)
    (error,) = seen.tests[0].phases[1].chain
    assert 0 < error.text.find("'own'") < error.text.find("'tmpdir'"), error.text
    assert bench.new_processes == []


newest_here = pytest.mark.parametrize("bench", MINORS[-1:], indirect=True)
shell = pytest.mark.skipif(sys.platform == "win32", reason="the interpreter's stand-in is a shell script")


@shell
@newest_here
@pytest.mark.parametrize("removed", [False, True], ids=["they warn", "they are gone"])
def test_a_suite_without_policies_looks_the_same_where(bench: Bench, *, removed: bool) -> None:
    python = bench.python("-W", "error::DeprecationWarning", removed=removed)
    for cell in WITHOUT_POLICIES:
        files = bench.suite(cell)
        assert find_differences(bench.run(files), bench.run(files, python)) == ()
    assert bench.new_processes == []


@shell
@newest_here
def test_a_suite_with_policies_fails_for_a_reason_of_its_own_when_they_are_gone(bench: Bench) -> None:
    python = bench.python(removed=True)
    fixture = bench.run(bench.suite("policy_fixture/function/async_fixture/aclose"), python)
    assert (outcomes(fixture), fixture.infrastructure) == ("FFFFF", "")
    assert {error.text for test in fixture.tests for error in test.phases[0].chain} == {
        "module 'asyncio' has no attribute 'DefaultEventLoopPolicy'"
    }
    files = bench.suite(WITHOUT_POLICIES[0])
    files["conftest.py"] += "\nimport asyncio\n\nasyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())\n"
    conftest = bench.run(files, python)
    assert (conftest.tests, conftest.infrastructure) == ((), "")
    (problem,) = conftest.problems
    assert problem.where == "usage"
    assert "module 'asyncio' has no attribute 'set_event_loop_policy'" in {error.text for error in problem.chain}


@shell
@newest_here
def test_a_suite_with_policies_is_warned_or_fails_for_a_reason_of_its_own_when_they_warn(bench: Bench) -> None:
    files = bench.suite("policy_fixture/function/async_fixture/aclose")
    warned = bench.run(files, bench.python(removed=False))
    assert outcomes(warned) == "....."
    message = "'asyncio.DefaultEventLoopPolicy' is deprecated and slated for removal in Python 3.16"
    assert message in {warning.text for warning in warned.warnings}
    failed = bench.run(files, bench.python("-W", "error::DeprecationWarning", removed=False))
    assert (outcomes(failed)[0], failed.infrastructure) == ("F", "")
    assert {error.type for error in failed.tests[0].phases[0].chain} <= {
        "DeprecationWarning",
        "pytest.PytestDeprecationWarning",  # pytest-asyncio's own of the fixture, from 1.4 on
    }
