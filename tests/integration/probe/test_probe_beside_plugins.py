"""Suites that bring plugins along: each test comes to what plain pytest counts, or the difference is named."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.catalogue.rendering import write_suite
from harness.launchers.model import Job
from harness.launchers.spawn import SpawnLauncher
from harness.launchers.variables import make_variables
from harness.processes.guardian import Guardian
from harness.suites.conditions import Conditions
from harness.verdicts.classify import classify
from harness.verdicts.pattern import make_pattern
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from harness.evidence.model import Evidence
    from harness.servers.model import Server

    Case = tuple[tuple[str, ...], Mapping[str, str], tuple[str, ...]]

pytestmark = pytest.mark.integration

RECORDER = """
import json, os

def pytest_runtest_logreport(report):
    if hasattr(report, "context") and not report.failed:
        return  # a part of a test, which makes nothing of the whole
    with open(os.environ["PLAIN"], "a") as lines:
        expected = "xfailed" if report.skipped else "xpassed"
        outcome = expected if hasattr(report, "wasxfail") else report.outcome
        print(json.dumps([report.nodeid, report.when, outcome]), file=lines)
"""
"""A plugin for plain pytest that writes down what pytest counts."""

FIRST = (
    *("pytest-xdist==3.8.0", "pytest-rerunfailures==16.7", "pytest-timeout==2.4.0", "pytest-cov==7.1.0"),
    *("pytest-mock==3.17.0", "anyio==4.16.0", "trio==0.35.0", "pytest-aiohttp==1.1.1"),
    *("pytest-sugar==1.1.1", "pytest-html==4.2.0", "pytest-env==1.8.5"),
    *("pytest-randomly==5.1.0", "pytest-subtests==0.15.0", "pytest-repeat==0.9.4", "pytest-order==1.5.0"),
    *("pytest-socket==0.8.1", "pytest-benchmark==5.3.1", "hypothesis==6.155.0"),
)
SECOND = (
    *("flaky==3.8.1", "pytest-random-order==1.2.0", "pytest-django==4.14.0", "django==5.2.15", "pytest-retry==1.7.0"),
    *("pytest-asyncio-cooperative==0.40.0", "pytest-tornasync==0.6.0.post2", "pytest-instafail==0.5.0"),
    *("pytest-check==3.0.3", "pytest-json-report==1.5.0", "testcontainers==4.15.0"),
    *("pytest-dotenv==0.5.2", "pytest-forked==1.7.5"),
)
OLD = (
    *("pytest-xdist==3.5.0", "pytest-rerunfailures==14.0", "pytest-forked==1.6.0", "pytest-subtests==0.11.0"),
    *("pytest-randomly==3.15.0", "pytest-timeout==2.2.0", "pytest-sugar==1.0.0"),
)
"""Environments that hold several plugins each, which can be installed together."""

ALL_OUTCOMES = """
import asyncio, os, pytest, valkey.asyncio as valkey

def test_passes_without_a_loop():
    pass

async def test_passes():
    async with valkey.from_url(os.environ["VALKEY_URL"]) as client:
        assert await client.ping()

async def test_fails():
    await asyncio.sleep(0)
    assert 1 == 2

@pytest.mark.parametrize("n", [1, 2, 3])
def test_of_three_one_fails(n):
    assert n != 2

@pytest.fixture
async def broken():
    raise OSError("no setup")

def test_in_error(broken):
    pass

@pytest.fixture
def breaks():
    yield
    raise OSError("no teardown")

def test_in_error_afterwards(breaks):
    pass

@pytest.mark.skip(reason="not now")
def test_skipped():
    pass

@pytest.mark.xfail(reason="known")
def test_expected():
    assert False

@pytest.mark.xfail(reason="known")
def test_unexpected():
    pass
"""
AUTO = "[pytest]\nasyncio_mode = auto\n"
AT_FIRST = """
from collections import Counter
import pytest
runs = Counter()

{mark}
def test_passes_at_the_third_run():
    runs["a"] += 1
    assert runs["a"] == 3

{mark}
def test_never_passes():
    raise OSError("never")

def test_at_once():
    pass
"""

CASES: dict[str, Case] = {
    "pytest-xdist in the configuration": (FIRST, {"pytest.ini": f"{AUTO}addopts = -n 2 --dist loadfile\n"}, ()),
    "pytest-xdist in the arguments": (FIRST, {}, ("-n", "auto")),
    "pytest-rerunfailures": (
        FIRST,
        {"test_it.py": AT_FIRST.format(mark="")},
        ("--reruns", "2", "-p", "no:randomly"),
    ),
    "pytest-timeout": (
        FIRST,
        {
            "test_it.py": (
                "import time, pytest\n@pytest.mark.timeout(0.5)\ndef test_slow(): time.sleep(30)\ndef test_b(): pass\n"
            )
        },
        (),
    ),
    "pytest-cov, pytest-html, pytest-sugar and pytest-repeat": (
        FIRST,
        {},
        ("--cov", "--cov-report=html", "--html=report.html", "--self-contained-html", "--force-sugar", "--count=2"),
    ),
    "pytest-env and pytest-mock": (
        FIRST,
        {
            "pytest.ini": f"{AUTO}env =\n    MINE=1\n",
            "test_it.py": (
                "import os\ndef test_a(mocker):\n    mocker.patch('os.getpid', return_value=0)\n"
                "    assert (os.getpid(), os.environ['MINE']) == (0, '1')\n"
            ),
        },
        (),
    ),
    "pytest-randomly and pytest's cache": (FIRST, {}, ("--lf", "--ff", "-o", "cache_dir=elsewhere")),
    "pytest-random-order, pytest-instafail and pytest-json-report": (
        SECOND,
        {},
        ("--random-order", "--instafail", "--json-report"),
    ),
    "anyio on asyncio and trio": (
        FIRST,
        {
            "pytest.ini": "[pytest]\n",
            "test_it.py": (
                "import anyio, pytest\npytestmark = pytest.mark.anyio\nasync def test_a(): await anyio.sleep(0)\n"
                "async def test_b(): raise OSError\n"
            ),
        },
        (),
    ),
    "pytest-aiohttp": (
        FIRST,
        {
            "test_it.py": (
                "from aiohttp import web\nasync def hello(request): return web.Response(text='hello')\n"
                "async def test_a(aiohttp_client):\n    app = web.Application()\n    app.router.add_get('/', hello)\n"
                "    client = await aiohttp_client(app)\n    assert (await client.get('/')).status == 200\n"
                "    assert (await client.get('/none')).status == 200\n"
            )
        },
        (),
    ),
    "pytest-dotenv": (
        SECOND,
        {".env": "MINE=1\n", "test_it.py": "import os\ndef test_a(): assert os.environ['MINE'] == '1'\n"},
        (),
    ),
    "pytest-subtests": (
        FIRST,
        {
            "test_it.py": (
                "import pytest, unittest\n"
                "def test_a(subtests):\n    for n in range(4):\n        with subtests.test(n=n): assert n != 2\n"
                "def test_b(subtests):\n    with subtests.test(): pytest.skip('not this')\n"
                "class TestIt(unittest.TestCase):\n    def test_c(self):\n        for n in range(4):\n"
                "            with self.subTest(n=n): self.assertNotEqual(n, 2)\n"
            )
        },
        (),
    ),
    "pytest-order": (
        FIRST,
        {
            "test_it.py": (
                "import pytest\nseen = []\ndef test_a(): assert seen == ['b']\n"
                "@pytest.mark.order(1)\ndef test_b(): seen.append('b')\n"
            )
        },
        ("-p", "no:randomly"),
    ),
    "pytest-socket": (FIRST, {}, ("--disable-socket", "--allow-unix-socket")),
    "pytest-benchmark": (
        FIRST,
        {"test_it.py": "def test_a(benchmark): benchmark.pedantic(int)\n"},
        ("--benchmark-autosave",),
    ),
    "hypothesis": (
        FIRST,
        {
            "test_it.py": (
                "from hypothesis import given, strategies as st\n"
                "@given(st.integers())\ndef test_a(n): assert n < 1000\n"
                "@given(st.integers())\ndef test_b(n): assert n == n\n"
            )
        },
        (),
    ),
    "flaky": (SECOND, {"test_it.py": "from flaky import flaky\n" + AT_FIRST.format(mark="@flaky(max_runs=3)")}, ()),
    "pytest-retry": (
        SECOND,
        {"test_it.py": AT_FIRST.format(mark="@pytest.mark.flaky(retries=3, delay=0)")},
        ("-p", "no:flaky"),
    ),
    "pytest-django": (
        SECOND,
        {
            "pytest.ini": f"{AUTO}DJANGO_SETTINGS_MODULE = mine.settings\npythonpath = .\n",
            "mine/__init__.py": "",
            "mine/settings.py": (
                "SECRET_KEY = 'x'\nINSTALLED_APPS = ['django.contrib.contenttypes', 'django.contrib.auth']\n"
                "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}\n"
            ),
            "test_it.py": (
                "import pytest\nfrom django.contrib.auth.models import User\n"
                "@pytest.mark.django_db\ndef test_a():\n    User.objects.create(username='ann')\n"
                "    assert User.objects.count() == 1\n"
                "def test_b(): User.objects.count()\n"
                "@pytest.mark.django_db(transaction=True)\n"
                "async def test_c(): assert await User.objects.acount() == 0\n"
            ),
        },
        (),
    ),
    "pytest-asyncio-cooperative": (
        SECOND,
        {
            "pytest.ini": "[pytest]\n",
            "test_it.py": (
                "import asyncio, pytest\npytestmark = pytest.mark.asyncio_cooperative\n"
                "async def test_a(): await asyncio.sleep(0.1)\n"
                "async def test_b():\n    await asyncio.sleep(0)\n    raise OSError\n"
                "async def test_c(): await asyncio.sleep(0.05)\n"
            ),
        },
        ("-p", "no:asyncio"),
    ),
    "pytest-tornasync": (
        SECOND,
        {
            "pytest.ini": "[pytest]\n",
            "test_it.py": (
                "import pytest, tornado.web\n@pytest.fixture\ndef app(): return tornado.web.Application([])\n"
                "async def test_a(http_server_client):\n    await http_server_client.fetch('/')\n"
                "async def test_b(io_loop): pass\n"
            ),
        },
        ("-p", "no:asyncio"),
    ),
    "pytest-check": (
        SECOND,
        {
            "test_it.py": (
                "from pytest_check import check\ndef test_a(): check.equal(1, 2)\ndef test_b(): check.equal(1, 1)\n"
            )
        },
        (),
    ),
    "testcontainers": (
        SECOND,
        {
            "test_it.py": (
                "import pytest\nfrom testcontainers.core.container import DockerContainer\n"
                "@pytest.fixture\ndef engine():\n    with DockerContainer('valkey/valkey') as it: yield it\n"
                "def test_a(engine): pass\ndef test_b(): pass\n"
            )
        },
        (),
    ),
    "pytest-xdist of 2023": (OLD, {}, ("-n", "2")),
    "pytest-rerunfailures of 2024": (OLD, {"test_it.py": AT_FIRST.format(mark="")}, ("--reruns", "2")),
    "pytest-subtests of 2023": (
        OLD,
        {
            "test_it.py": (
                "def test_a(subtests):\n    for n in range(4):\n        with subtests.test(n=n): assert n != 2\n"
                "def test_b(subtests):\n    with subtests.test(): pass\n"
            )
        },
        (),
    ),
}
"""What is installed, files besides those of `ALL_OUTCOMES`, pytest's arguments."""

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the plugin forks")
FORKED: dict[str, Case] = {
    "pytest-forked": (SECOND, {}, ("--forked",)),
    "pytest-forked of 2022": (OLD, {}, ("--forked",)),
}

PLUGINS = {FIRST: "1.5.0", SECOND: "1.5.0", OLD: "0.21.2"}

NAMED = {
    "pytest-xdist in the configuration": ("not on 2 workers",),
    "pytest-xdist in the arguments": ("pytest-xdist: all tests run in one process",),
    "pytest-xdist of 2023": ("not on 2 workers",),
    "pytest-forked": ("pytest-forked: tests run in processes of their own",),
    "pytest-randomly and pytest's cache": ("that of --randomly-seed=1",),
    "pytest-random-order, pytest-instafail and pytest-json-report": ("that of --random-order-seed=1",),
    "pytest-rerunfailures": ("ran again", "test_passes_at_the_third_run, test_it.py::test_never_passes"),
    "flaky": ("ran again", "test_passes_at_the_third_run, test_it.py::test_never_passes"),
    "pytest-retry": ("ran again", "test_passes_at_the_third_run"),
}
"""What is done differently, and named."""


def run_both(
    python: Path, server: Server, folder: Path, files: Mapping[str, str], arguments: tuple[str, ...]
) -> tuple[dict[str, str], Evidence]:
    """What plain pytest counts, a letter a test, and the evidence."""
    files = {"pytest.ini": AUTO, "test_it.py": ALL_OUTCOMES, **files}
    write_suite(files, folder / "plain")
    write_suite(files, folder / "ours")
    write_suite({"record_plain.py": RECORDER}, folder / "recorder")
    with server.lease() as database:
        job = Job(
            suite=folder / "ours",
            python=python,
            database=database,
            limit=120.0,
            conditions=Conditions(arguments=arguments),
        )
        inherited = {**os.environ, "HOME": str(folder)}
        variables = {
            **make_variables(job, inherited, {}),
            "PYTHONPATH": str(folder / "recorder"),
            "PLAIN": str(folder / "lines"),
        }
        command = [str(python), "-m", "pytest", "-p", "record_plain", *arguments]
        (folder / "lines").touch()
        plain = subprocess.run(
            command,
            cwd=folder / "plain",
            env=variables,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
    with server.lease() as database, Guardian() as guardian:
        evidence, _ = SpawnLauncher(guardian=guardian).run(msgspec.structs.replace(job, database=database))
    print(plain.stdout, plain.stderr)
    return read_plain(folder / "lines"), evidence


def read_plain(lines: Path) -> dict[str, str]:
    """The letters of the verdicts' patterns."""
    found: dict[str, str] = {}
    worse = "FExXs."
    for line in lines.read_text().splitlines():
        test, when, outcome = json.loads(line)
        letter = {"passed": ".", "skipped": "s", "xfailed": "x", "xpassed": "X"}.get(outcome)
        if outcome == "failed":
            letter = "E" if when in ("setup", "teardown") else "F"
        if letter:
            found[test] = min(found.get(test, "."), letter, key=worse.index)
    return found


@pytest.mark.parametrize("case", [*CASES, *(pytest.param(case, marks=needs_fork) for case in FORKED)])
def test_each_test_comes_to_what_it_comes_to_under_plain_pytest(
    case: str, interpreter: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    pins, files, arguments = (CASES | FORKED)[case]
    plain, evidence = run_both(interpreter(PLUGINS[pins], *pins), server, tmp_path, files, arguments)
    assert plain, "plain pytest ran something"
    assert dict(zip((test.id for test in evidence.tests), make_pattern(evidence), strict=True)) == plain
    assert not evidence.infrastructure
    assert not [problem for problem in evidence.problems if problem.node == "probe"]
    notes = classify(evidence, load_signatures()).notes
    for text in NAMED.get(case, ()):
        assert any(text in note for note in notes), notes


@pytest.mark.parametrize("plugin", ["0.17.2", "0.21.2", "0.26.0", "1.5.0"])
def test_warnings_turned_into_errors_are_those_of_plain_pytest(
    plugin: str, interpreter: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    warns = "import warnings\ndef test_warns(): warnings.warn('old', DeprecationWarning)\n"
    options = "filterwarnings = error\nxfail_strict = true\naddopts = --strict-config --strict-markers"
    files = {
        "pytest.ini": f"[pytest]\n{options}\n",
        "test_it.py": f"import pytest\n{warns}@pytest.mark.xfail\ndef test_unexpected(): pass\n"
        "@pytest.mark.asyncio\nasync def test_async(): pass\n",
    }
    plain, evidence = run_both(interpreter(plugin), server, tmp_path, files, ())
    assert dict(zip((test.id for test in evidence.tests), make_pattern(evidence), strict=True)) == plain
    assert evidence.output.count("INTERNALERROR") == 0 or not plain
