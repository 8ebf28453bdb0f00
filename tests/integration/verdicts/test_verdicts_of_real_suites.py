"""Suites as people write them, in real environments on a real server, judged."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from harness.environments.model import Built, EnvironmentRequest
from harness.environments.provisioning import Provisioner
from harness.launchers.model import Job
from harness.launchers.spawn import SpawnLauncher
from harness.processes.guardian import Guardian
from harness.servers.opening import open_server
from harness.verdicts.classify import classify, find_environment_findings
from harness.verdicts.model import Status, Verdict
from harness.verdicts.signatures import load_signatures
from tests.systems import HIDDEN_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.evidence.model import Evidence

    Run = Callable[[str], Evidence]

pytestmark = pytest.mark.integration

LIMIT = 60.0

HEAD = """
import asyncio, os, pytest, pytest_asyncio
from valkey.asyncio import Valkey
URL = os.environ["VALKEY_URL"]
"""
REFERENCE = """
async def test_first():
    async with Valkey.from_url(URL) as client:
        await client.ping()
async def test_second(): pass
"""
MODULE_GLOBAL = """
client = Valkey.from_url(URL)
async def test_first(): await client.ping()
async def test_second(): await client.ping()
async def test_third(): await client.ping()
async def test_fourth(): await client.ping()
"""
ASKS_FOR_EVENT_LOOP = """
@pytest_asyncio.fixture
async def client(event_loop):
    async with Valkey.from_url(URL) as client:
        yield client
async def test_first(client): await client.ping()
"""
LOOP_ARGUMENT = """
async def test_first(): Valkey(loop=None)
"""
NO_CLEANUP = """
async def test_first(): await Valkey.from_url(URL).ping()
"""


SHARED_MODULE_FIXTURE = """
@pytest_asyncio.fixture(scope="module")
async def shared(): return 1
"""
IN_THE_MODULES_LOOP = """
pytestmark = pytest.mark.asyncio(scope="module")
async def test_first(shared): pass
"""
ANOTHER_LOOP = """
@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client():
    async with Valkey.from_url(URL) as client: yield client
@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def connection(client):
    connection = await client.connection_pool.get_connection("PING")
    await connection.send_command("PING")
    await asyncio.sleep(0.05)
    yield connection
    await client.connection_pool.release(connection)
async def test_writes(connection): await connection.send_command("PING")
async def test_reads(connection): assert await connection.read_response() == b"PONG"
async def test_closes(connection): await connection.disconnect(nowait=True)
"""


THREAD = """
import threading, time
def answer(loop, future):
    time.sleep(0.2)
    loop.call_soon_threadsafe(future.set_result, 1)
async def test_forgets_to_wait():
    loop = asyncio.get_running_loop()
    threading.Thread(target=answer, args=(loop, loop.create_future())).start()
async def test_is_hit():
    await asyncio.sleep(0.5)
"""
HANDLER_500 = """
import logging
client = Valkey.from_url(URL)
async def handle():
    try:
        await client.ping()
        return 200
    except Exception:
        logging.getLogger("app").exception("Internal Server Error")
        return 500
async def test_first(): assert await handle() == 200
async def test_second(): assert await handle() == 200
async def test_third(): assert await handle() in (200, 500)
async def test_fourth(): assert await handle() in (200, 500)
"""
CALLBACK = """
def boom(): raise ValueError("in a callback")
async def test_callback():
    asyncio.get_running_loop().call_soon(boom)
    await asyncio.sleep(0.01)
"""
CONTEXT = """
from contextvars import ContextVar
current = ContextVar("current")
@pytest_asyncio.fixture
async def user():
    token = current.set("ann")
    yield
    current.reset(token)
async def test_sees_it(user): assert current.get() == "ann"
"""
CANCEL_SCOPE = """
import anyio
@pytest_asyncio.fixture
async def scope():
    with anyio.CancelScope() as scope:
        yield scope
async def test_scope(scope): assert not scope.cancel_called
"""
MONGO = """
import pymongo, pymongo.errors
client = pymongo.AsyncMongoClient("mongodb://127.0.0.1:9", serverSelectionTimeoutMS=50)
async def ask():
    with pytest.raises(pymongo.errors.ServerSelectionTimeoutError):
        await client.admin.command("ping")
async def test_first(): await ask()
async def test_second(): await ask()
"""


def provide(plugin: str, *pins: str) -> Built:
    provisioner = Provisioner()
    here = {each.minor for each in provisioner.interpreters}
    python = next((minor for minor in ("3.12", "3.11", "3.13") if minor in here), None)
    if python is None:
        pytest.skip("needs one of Python 3.11, 3.12 and 3.13")
    built = provisioner.provide(EnvironmentRequest(python=python, plugin=plugin, pins=pins))
    assert isinstance(built, Built), built
    return built


@pytest.fixture(scope="module", params=["0.21.2", "1.0.0", "1.5.0"])
def environment(request: pytest.FixtureRequest) -> Built:
    return provide(request.param)


@pytest.fixture(scope="module")
def observe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Evidence]]:
    """Runs files in an environment."""
    with Guardian() as guardian, open_server(None, databases=2, guardian=guardian) as server:
        launcher = SpawnLauncher(guardian=guardian)

        def run(environment: Built, *, settings: str = "", **files: str) -> Evidence:
            suite: Path = tmp_path_factory.mktemp("suite")
            (suite / "pytest.ini").write_text(f"[pytest]\nasyncio_mode = auto\n{settings}")
            for name, text in files.items():
                (suite / f"{name}.py").write_text(textwrap.dedent(HEAD + text))
            with server.lease() as database:
                job = Job(suite=suite, python=environment.python, database=database, limit=LIMIT)
                return launcher.run(job)[0]

        yield run


@pytest.fixture(scope="module")
def run(environment: Built, observe: Callable[..., Evidence]) -> Run:
    return lambda text: observe(environment, test_it=text)


@pytest.fixture(scope="module")
def judge(run: Run) -> Callable[[str], Verdict]:
    findings = find_environment_findings(run(REFERENCE), load_signatures())
    return lambda text: classify(run(text), load_signatures(), environment_findings=findings)


def met(verdict: Verdict) -> set[tuple[str, str, str]]:
    return {(finding.signature, finding.channel.value, finding.role.value) for finding in verdict.findings}


def test_the_simplest_suite_is_clean_once_the_environment_has_had_its_say(judge: Callable[[str], Verdict]) -> None:
    assert judge(REFERENCE) == Verdict(status=Status.CLEAN, pattern="..")


def test_a_module_level_client_fails_every_second_test(judge: Callable[[str], Verdict]) -> None:
    verdict = judge(MODULE_GLOBAL)
    assert (verdict.status, verdict.pattern) == (Status.REPRODUCES, ".F.F")
    assert {("loop-closed", "body", "surface"), (HIDDEN_ROOT, "body", "root")} <= met(verdict)


def test_asking_for_event_loop_works_until_it_is_removed(judge: Callable[[str], Verdict], environment: Built) -> None:
    verdict = judge(ASKS_FOR_EVENT_LOOP)
    if environment.environment.plugin.startswith("0."):
        assert verdict.pattern == "."
    else:
        assert verdict.status is Status.REPRODUCES
        assert met(verdict) == {("event-loop-fixture-missing", "body", "only")}


def test_the_client_takes_no_loop(judge: Callable[[str], Verdict]) -> None:
    verdict = judge(LOOP_ARGUMENT)
    assert (verdict.status, met(verdict)) == (Status.REPRODUCES, {("unexpected-loop-argument", "body", "only")})


def test_no_cleanup_passes_and_leaks_a_connection(judge: Callable[[str], Verdict]) -> None:
    verdict = judge(NO_CLEANUP)
    assert (verdict.status, verdict.pattern) == (Status.LEAKS, ".")
    assert ("leaked-connection", "cleanup", "only") in met(verdict)


def test_the_same_suite_is_judged_the_same_twice(judge: Callable[[str], Verdict]) -> None:
    assert judge(MODULE_GLOBAL) == judge(MODULE_GLOBAL)


def test_a_loop_error_in_a_thread_is_named_and_fails_no_test(judge: Callable[[str], Verdict]) -> None:
    verdict = judge(THREAD)
    assert (verdict.status, verdict.pattern) == (Status.REPRODUCES, "..")
    assert met(verdict) == {("loop-closed", "background", "only")}


def test_the_error_behind_an_answer_500_is_named(judge: Callable[[str], Verdict]) -> None:
    verdict = judge(HANDLER_500)
    assert (verdict.status, verdict.pattern) == (Status.FAILS, ".F..")
    assert {("loop-closed", "background", "surface"), (HIDDEN_ROOT, "background", "root")} <= met(verdict)
    (root,) = [one for one in verdict.findings if one.signature == HIDDEN_ROOT]
    assert [test.partition("::")[2] for test in root.tests] == ["test_second", "test_fourth"]


def test_an_unknown_error_in_a_callback_is_a_warning(judge: Callable[[str], Verdict]) -> None:
    verdict = judge(CALLBACK)
    assert (verdict.status, verdict.pattern) == (Status.WARNS, ".")
    assert [(one.channel.value, one.type) for one in verdict.unnamed] == [("cleanup", "ValueError")]


@pytest.mark.parametrize(
    ("settings", "ending"),
    [
        (
            "addopts = --cov=app --durations=3 --reruns=2\n",
            "did not start: unrecognized arguments: --cov=app --reruns=2",
        ),
        ("required_plugins = pytest-nowhere>=3\n", "did not start: Missing required plugins: pytest-nowhere>=3"),
        ("addopts = --strict-config\nnonsense = 1\n", "did not start: Unknown config option: nonsense"),
        ("addopts = nowhere.py\n", "did not start: file or directory not found: nowhere.py"),
    ],
)
def test_a_run_that_does_not_start_says_why_in_pytests_words(
    settings: str, ending: str, environment: Built, observe: Callable[..., Evidence]
) -> None:
    verdict = classify(observe(environment, settings=settings, test_it=REFERENCE), load_signatures())
    assert (verdict.status, verdict.ending) == (Status.FAILS, ending)


@pytest.mark.parametrize(
    ("conftest", "ending"),
    [
        ("import nowhere", "did not start: conftest.py: ModuleNotFoundError: No module named 'nowhere'"),
        ("def pytest_configure(): raise OSError('no disk')", "did not start: OSError: no disk"),
        ("def pytest_runtest_logfinish(): raise OSError('no disk')", "ended with OSError: no disk"),
        ("def pytest_sessionfinish(session): session.exitstatus = 3", "ended with exit code 3"),
    ],
)
def test_a_conftest_that_ends_the_run_is_named_by_its_error(
    conftest: str, ending: str, environment: Built, observe: Callable[..., Evidence]
) -> None:
    verdict = classify(observe(environment, conftest=conftest, test_it=REFERENCE), load_signatures())
    assert (verdict.status, verdict.ending) == (Status.FAILS, ending)


def test_the_plugins_own_warning_that_ends_pytest_does_not_give_the_run_its_name(
    observe: Callable[..., Evidence],
) -> None:
    evidence = observe(provide("1.5.0"), settings="filterwarnings = error\n", test_it=REFERENCE)
    verdict = classify(evidence, load_signatures())
    assert (verdict.status, verdict.findings, verdict.pattern) == (Status.FAILS, (), "")
    assert verdict.ending.startswith("did not start: PytestDeprecationWarning: The configuration option ")


def test_a_context_variable_of_an_async_fixture_is_lost_up_to_0_24(observe: Callable[..., Evidence]) -> None:
    verdict = classify(observe(provide("0.23.8"), test_it=CONTEXT), load_signatures())
    assert verdict.status is Status.REPRODUCES
    assert {("context-variable-unset", "body", "only"), ("different-context", "cleanup", "only")} <= met(verdict)


def test_clients_and_scopes_that_refuse_another_loop_or_task_are_named(observe: Callable[..., Evidence]) -> None:
    environment = provide("1.5.0", "anyio==4.9.0", "pymongo==4.13.0")
    verdict = classify(observe(environment, test_it=CANCEL_SCOPE), load_signatures())
    assert ("cancel-scope-in-another-task", "cleanup", "only") in met(verdict)
    verdict = classify(observe(environment, test_it=MONGO), load_signatures())
    assert (verdict.status, verdict.pattern) == (Status.REPRODUCES, ".F")
    assert ("client-on-another-loop", "body", "only") in met(verdict)


def test_in_0_23_a_shared_fixture_finds_no_loop_in_the_second_module(observe: Callable[..., Evidence]) -> None:
    modules = {"test_one": IN_THE_MODULES_LOOP, "test_two": IN_THE_MODULES_LOOP}
    verdict = classify(observe(provide("0.23.8"), conftest=SHARED_MODULE_FIXTURE, **modules), load_signatures())
    assert (verdict.status, verdict.pattern) == (Status.REPRODUCES, ".E")
    assert ("scoped-loop-fixture-missing", "body", "only") in met(verdict)


def test_a_connection_used_from_another_loop_is_seen_although_all_tests_pass(
    observe: Callable[..., Evidence],
) -> None:
    verdict = classify(observe(provide("1.5.0"), test_it=ANOTHER_LOOP), load_signatures())
    assert verdict.pattern == "..."
    (finding,) = [finding for finding in verdict.findings if finding.signature == "wrong-loop-silently"]
    assert [test.partition("::")[2] for test in finding.tests] == ["test_writes", "test_reads", "test_closes"]
