"""What is known of a suite's habits, and how it is printed. What was measured is the committed baseline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from harness.catalogue.loading import load_catalogue
from harness.cli.options import DiagnoseOptions
from harness.diagnose.diagnosing import diagnose
from harness.diagnose.output import DiagnosisWriter
from harness.diagnose.sarif import make_sarif
from harness.errors import UsageError
from harness.suites.conditions import Conditions
from harness.suites.suite import load_suites
from harness.verdicts.model import Status
from tests.environments_by_hand import make_environment_beside
from tests.unit.diagnose.suites_by_hand import (
    NO_RESULTS,
    SESSION_WIDE,
    look_at,
    measure_beside,
    measure_one,
    read_baseline,
    write,
)

if TYPE_CHECKING:
    from harness.diagnose.diagnosis import Diagnosis

SCHEMA = Path(__file__).with_name("sarif_schema.json")


def print_text(found: Diagnosis) -> str:
    return "\n".join(DiagnosisWriter(100, every=False).write(found))


def test_a_habit_that_fails_is_named_with_its_line_and_the_nearest_cure_there(tmp_path: Path) -> None:
    found = look_at(write(tmp_path / "suite", SESSION_WIDE), "1.5.0")
    (finding,) = found.findings
    assert finding.measured is not None
    assert (finding.cell, finding.measured.differs) == ("default/session/async_fixture/aclose", ())
    assert (finding.level, finding.rule, str(finding.place)) == ("error", "loop-closed", "conftest.py:5")
    assert finding.tests == ("test_it.py::test_one", "test_it.py::test_two")
    (cure, *_) = finding.cures
    assert cure.status is Status.CLEAN
    assert "`cache`" in cure.steps[0]
    assert "(conftest.py:5)" in cure.steps[0]
    assert '-@pytest_asyncio.fixture(scope="session")' in cure.diff


def test_the_releases_that_are_named_after_the_first_are_upgrades(tmp_path: Path) -> None:
    found = look_at(write(tmp_path / "suite", SESSION_WIDE), "0.21.2", "1.5.0")
    (finding,) = found.findings
    assert finding.rule == "scope-mismatch"
    assert [(step.version, step.changed) for step in finding.upgrades] == [("1.5.0", True)]
    assert "becomes loop-closed" in print_text(found)


def test_without_named_upgrades_only_releases_that_change_something_are_listed(tmp_path: Path) -> None:
    (finding,) = look_at(write(tmp_path / "suite", SESSION_WIDE), "0.21.2").findings
    assert finding.upgrades
    assert all(step.changed for step in finding.upgrades)
    assert not look_at(tmp_path / "suite", "1.5.0").findings[0].upgrades


def test_what_was_not_measured_is_not_concluded_but_has_the_command_that_measures_it(tmp_path: Path) -> None:
    auto = {**SESSION_WIDE, "pytest.ini": "[pytest]\nasyncio_mode = auto\n"}
    (finding,) = look_at(write(tmp_path / "suite", auto), "1.5.0").findings
    assert finding.measured is not None
    assert finding.measured.differs == ("asyncio_mode is strict, not auto",)
    assert finding.command.endswith("--cell default/session/async_fixture/aclose@asyncio_mode=auto")


def test_versions_that_were_not_measured_are_named_before_anything_else(tmp_path: Path) -> None:
    found = look_at(write(tmp_path / "suite", SESSION_WIDE), "1.4.0")
    assert any("1.4.0" in note for note in found.notes)
    assert any("matrix" in note and "--pytest-asyncio 1.4.0" in note for note in found.notes)


def test_a_fixture_without_a_known_client_only_may_fail(tmp_path: Path) -> None:
    conftest = "import pytest_asyncio\n@pytest_asyncio.fixture(scope='session')\nasync def cache():\n    yield 1\n"
    files = {"conftest.py": conftest, "test_it.py": SESSION_WIDE["test_it.py"]}
    (finding,) = look_at(write(tmp_path / "suite", files), "1.5.0").findings
    assert (finding.level, finding.caveats) == ("warning", ("no client is known in it",))


def test_the_clients_of_another_library_only_may_fail(tmp_path: Path) -> None:
    other = SESSION_WIDE["conftest.py"].replace(
        "from valkey.asyncio import Valkey", "from coredis import Redis as Valkey"
    )
    (finding,) = look_at(write(tmp_path / "s", {**SESSION_WIDE, "conftest.py": other}), "1.5.0").findings
    assert finding.level == "warning"
    assert finding.caveats[0] == "the client is coredis's; what was measured is valkey's"


@pytest.mark.parametrize(("client", "library", "caveats"), [("valkey-glide", "glide", 0), ("valkey-glide", "redis", 1)])
def test_what_was_measured_of_the_same_client_is_not_another_s(
    tmp_path: Path, client: str, library: str, caveats: int
) -> None:
    imported = {
        "glide": "from glide import GlideClient as Valkey",
        "redis": "from redis.asyncio import Redis as Valkey",
    }
    conftest = SESSION_WIDE["conftest.py"].replace("from valkey.asyncio import Valkey", imported[library])
    folder = write(
        tmp_path / "s", {**SESSION_WIDE, "conftest.py": conftest.replace("Valkey.from_url", "Valkey.create")}
    )
    options = DiagnoseOptions(suites=(str(folder),), client=client, results=NO_RESULTS)
    (suite,) = load_suites(options.suites, Conditions())
    outcomes = measure_one("1.5.0", "3.13", pytest="8.3.0", client=client)
    (finding,) = diagnose(suite, options, load_catalogue(), outcomes).findings
    assert len(finding.caveats) == caveats


def test_a_part_of_a_suite_has_only_its_own_findings(tmp_path: Path) -> None:
    clean = "import pytest\nfrom valkey.asyncio import Valkey\n@pytest.mark.asyncio\nasync def test_three():\n"
    clean += "    async with Valkey() as client:\n        await client.ping()\n"
    folder = write(tmp_path / "suite", {**SESSION_WIDE, "test_other.py": clean})
    assert [one.rule for one in look_at(folder, "1.5.0").findings] == ["loop-closed", "clean"]
    assert [one.rule for one in look_at(folder / "test_other.py", "1.5.0").findings] == ["clean"]


def test_tests_of_a_runner_that_the_catalogue_does_not_have_are_counted_and_not_judged(tmp_path: Path) -> None:
    case = "import django.test\nfrom valkey.asyncio import Valkey\nCLIENT = Valkey()\n"
    case += "class ItTest(django.test.TestCase):\n    async def test_one(self):\n        await CLIENT.ping()\n"
    found = look_at(write(tmp_path / "suite", {"test_it.py": case}), "1.5.0")
    assert not found.findings
    text = print_text(found)
    assert "django.test.TestCase runs 1 async test: the catalogue has no suites of that kind" in text
    assert "--run" in text


def test_nothing_that_was_measured_with_another_runner_counts(tmp_path: Path) -> None:
    case = "import unittest\nfrom valkey.asyncio import Valkey\nCLIENT = Valkey()\n"
    case += (
        "class ItTest(unittest.IsolatedAsyncioTestCase):\n    async def test_one(self):\n        await CLIENT.ping()\n"
    )
    (finding,) = look_at(write(tmp_path / "suite", {"test_it.py": case}), "1.5.0").findings
    assert finding.cell == "default/function/module_global/none@runner=unittest"
    assert finding.measured is None or finding.measured.cell.endswith("@runner=unittest")
    assert finding.measured is not None or f"--cell {finding.cell}" in finding.command


def test_a_test_case_is_spoken_of_without_fixtures(tmp_path: Path) -> None:
    case = """\
import unittest

from valkey.asyncio import Valkey

CLIENT = Valkey()


class GlobalTest(unittest.IsolatedAsyncioTestCase):
    async def test_one(self):
        await CLIENT.ping()

    async def test_two(self):
        await CLIENT.ping()


class ClassTest(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = Valkey()

    async def test_one(self):
        await self.client.ping()

    async def test_two(self):
        await self.client.ping()
"""
    found = look_at(write(tmp_path / "suite", {"test_it.py": case}), "1.5.0")
    in_class, at_top = sorted(found.findings, key=lambda one: one.fixture, reverse=True)
    closing = "in `asyncTearDown`, put the client away so: `await client.aclose()` after the tests it served"
    assert at_top.cures[0].steps == (closing,)
    assert in_class.cures[0].steps == (
        "do in `asyncSetUp` or `setUp`, for each test, what `ClassTest.setUpClass` does (test_it.py:18)",
        f"{closing} (test_it.py:18)",
    )
    assert "a client setup for each test class" in print_text(found)


def test_a_loop_scope_that_is_written_in_another_way_names_the_one_that_was_measured(tmp_path: Path) -> None:
    ini = "[pytest]\nasyncio_default_fixture_loop_scope = session\nasyncio_default_test_loop_scope = session\n"
    (finding,) = look_at(write(tmp_path / "suite", {**SESSION_WIDE, "pytest.ini": ini}), "1.5.0").findings
    assert "loop_scope=ini_session" in finding.cell
    assert finding.measured is not None
    own = finding.measured.cell == finding.cell
    assert own or "loop_scope is session, not ini_session" in finding.measured.differs


def test_the_next_commands_are_about_the_versions_that_were_named(tmp_path: Path) -> None:
    auto = {**SESSION_WIDE, "pytest.ini": "[pytest]\nasyncio_mode = auto\n"}
    found = look_at(write(tmp_path / "suite", auto), "0.21.2", "0.26.0", "1.0.0", "1.5.0")
    lines = DiagnosisWriter(500, every=False).write(found)
    *_, measure, run, cure = lines
    for line in (measure, run, cure):
        assert "--pytest-asyncio 0.21.2 --python 3.13" in line
    assert print_text(found).count("upgrade to pytest-asyncio") == 3


def test_a_loop_scope_that_a_release_does_not_know_is_not_clean_there(tmp_path: Path) -> None:
    named = SESSION_WIDE["conftest.py"].replace('scope="session"', 'scope="session", loop_scope="session"')
    folder = write(tmp_path / "suite", {**SESSION_WIDE, "conftest.py": named})
    (finding,) = look_at(folder, "0.21.2", "1.5.0").findings
    assert finding.measured is None
    assert "TypeError before pytest-asyncio 0.24" in finding.reason
    assert [step.measured is not None for step in finding.upgrades] == [True]
    assert look_at(folder, "0.26.0").findings[0].measured is not None


def test_a_fixture_that_does_not_connect_its_client_may_fare_better(tmp_path: Path) -> None:
    override = "import asyncio, pytest\n@pytest.fixture(scope='session')\ndef event_loop():\n"
    override += "    loop = asyncio.new_event_loop()\n    yield loop\n    loop.close()\n"
    pinging = override + SESSION_WIDE["conftest.py"]
    sync = "event_loop_override/session/sync_fixture/none"
    outcomes = measure_beside({sync: "default/function/async_fixture/aclose"})
    for conftest, level in ((pinging, "error"), (pinging.replace("    await client.ping()\n", ""), "warning")):
        folder = write(tmp_path / level, {**SESSION_WIDE, "conftest.py": conftest})
        (finding,) = look_at(folder, "1.5.0", outcomes=outcomes).findings
        assert (finding.rule, finding.level) == ("loop-closed", level)
        assert bool(finding.caveats) == (level == "warning")


def test_versions_that_were_not_measured_can_be_measured_here(tmp_path: Path) -> None:
    found = look_at(write(tmp_path / "suite", SESSION_WIDE), "1.4.0")
    assert found.unmeasured == ("default/session/async_fixture/aclose",)
    assert not look_at(tmp_path / "suite", "1.5.0").unmeasured


def test_a_broken_file_is_printed_with_its_line_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    found = look_at(write(tmp_path / "suite", {**SESSION_WIDE, "test_bad.py": "x = 1\ndef (\n"}), "1.5.0")
    assert len(found.findings) == 1
    assert "- test_bad.py:2: invalid syntax" in print_text(found)


@pytest.mark.parametrize("text", ["x = " + "-" * 20_000 + "1\n", "x = a" + ".b" * 20_000 + "\n", "x = 1\n" * 400_000])
def test_a_file_too_large_or_too_deep_is_left_out_and_named(tmp_path: Path, text: str) -> None:
    found = look_at(write(tmp_path / "suite", {**SESSION_WIDE, "test_bad.py": text}), "1.5.0")
    assert [(one.place.file, bool(one.why)) for one in found.broken] == [("test_bad.py", True)]
    assert len(found.findings) == 1


def test_a_folder_without_tests_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "suite", {"app.py": "x = 1\n"})
    with pytest.raises(UsageError, match="No tests were found"):
        look_at(folder)


def test_many_habits_are_printed_by_cause_and_not_one_by_one(tmp_path: Path) -> None:
    tests = SESSION_WIDE["test_it.py"]
    many = {
        f"part_{number}/test_it.py": SESSION_WIDE["conftest.py"].replace("cache", f"cache_{number}")
        + tests.replace("cache", f"cache_{number}")
        for number in range(30)
    }
    found = look_at(write(tmp_path / "suite", many), "1.5.0")
    assert len(found.findings) == 30
    text = print_text(found)
    assert len(text.splitlines()) < 60
    assert "loop-closed←different-loop: 30 habits" in text


def test_the_log_for_code_hosts_is_what_its_standard_wants(tmp_path: Path) -> None:
    files = {**SESSION_WIDE, "test_bad.py": "def (\n", "mit leer/test_ä.py": SESSION_WIDE["test_it.py"]}
    log = make_sarif([look_at(write(tmp_path / "suite", files), "0.21.2")])
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(log)
    (run,) = log["runs"]
    assert {one["ruleId"] for one in run["results"]} == {"scope-mismatch", "unreadable"}
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    assert rules[0]["helpUri"].startswith("https://docs.pytest.org/")


def test_an_environment_beside_the_suite_names_the_versions_and_is_named_first(tmp_path: Path) -> None:
    folder = write(tmp_path / "suite", SESSION_WIDE)
    make_environment_beside(folder, {"pytest": "8.4.2", "pytest-asyncio": "0.26.0"})
    options = DiagnoseOptions(suites=(str(folder),), results=NO_RESULTS)
    (suite,) = load_suites(options.suites, Conditions())
    found = diagnose(suite, options, load_catalogue(), read_baseline())
    assert "pytest-asyncio 0.26.0" in found.versions
    assert "In the environment" in found.beside
    assert ".venv" in found.beside
    assert "".join(print_text(found).split()).startswith("".join(found.beside.split()))


LOOP_OF_THE_SESSION = {
    "conftest.py": """\
import asyncio
import pytest
import pytest_asyncio
from valkey.asyncio import Valkey

@pytest.fixture(scope="session")
def event_loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()

@pytest_asyncio.fixture(scope="session")
async def cache(event_loop):
    client = Valkey()
    yield client
    await client.aclose()
""",
    "test_it.py": SESSION_WIDE["test_it.py"],
}


def test_what_an_upgrade_breaks_has_a_heading_and_a_command_that_cures_it(tmp_path: Path) -> None:
    text = print_text(look_at(write(tmp_path / "suite", LOOP_OF_THE_SESSION), "0.21.2", "1.5.0"))
    assert "\nClean now, but an upgrade breaks this:\n- the valkey client of the fixture `cache`" in text
    assert "\nClean:" not in text
    cure = text.partition("Cure what an upgrade to pytest-asyncio 1.5.0 breaks:")[2]
    assert "--pytest-asyncio 1.5.0" in " ".join(cure.split())


def test_what_runs_the_suite_is_named_also_where_all_is_clean(tmp_path: Path) -> None:
    files = {**SESSION_WIDE, "conftest.py": SESSION_WIDE["conftest.py"].replace('(scope="session")', "")}
    found = look_at(write(tmp_path / "suite", files), "1.5.0")
    assert {one.level for one in found.findings} == {"note"}
    text = print_text(found)
    assert "See what really happens: " in text
    assert "Try cures on copies and prove them: " in text


def test_the_client_that_an_endpoint_uses_is_named_where_it_is_made(tmp_path: Path) -> None:
    files = {
        "db.py": "from redis.asyncio import Redis\n\nr = Redis()\n",
        "server.py": "from fastapi import FastAPI\nfrom db import r\napp = FastAPI()\n@app.get('/hits')\n"
        "async def hits():\n    return await r.incr('hits')\n",
        "conftest.py": "import pytest\nfrom httpx import ASGITransport, AsyncClient\nfrom server import app\n"
        "@pytest.fixture\nasync def http():\n    async with AsyncClient(transport=ASGITransport(app=app)) as c:\n"
        "        yield c\n",
        "test_it.py": "async def test_one(http):\n    await http.get('/hits')\n"
        "async def test_two(http):\n    await http.get('/hits')\n",
        "pytest.ini": "[pytest]\nasyncio_mode = auto\n",
    }
    (finding,) = look_at(write(tmp_path / "suite", files), "1.5.0").findings
    assert (finding.level, str(finding.place)) == ("error", "db.py:3")
    assert finding.title == "the module-level redis client `r` of 2 tests"
    assert "db.py:3" not in next(step for cure in finding.cures for step in cure.steps if "put the client away" in step)


def test_one_cell_that_was_measured_of_ones_own_hides_nothing_that_is_known(tmp_path: Path) -> None:
    folder = write(tmp_path / "suite", LOOP_OF_THE_SESSION)
    options = DiagnoseOptions(
        suites=(str(folder),),
        pytest_asyncio_versions=("0.21.2",),
        python_versions=("3.13",),
        pytest_versions=("8.1.2",),
        results=NO_RESULTS,
    )
    (suite,) = load_suites(options.suites, Conditions())
    before = diagnose(suite, options, load_catalogue(), read_baseline())
    found = diagnose(suite, options, load_catalogue(), measure_one("0.21.2", "3.13", pytest="8.1.2"))
    assert found.matched
    (finding,) = found.findings
    assert finding.measured is not None
    assert finding.measured.differs == ("pytest is 8.2.0, not 8.1.2",)
    assert finding.command
    assert finding.measured.cell == before.findings[0].measured.cell  # type: ignore[union-attr]
    assert finding.upgrades == before.findings[0].upgrades != ()
    assert "pytest is 8.2.0, not 8.1.2" in print_text(found)


BEHIND_AN_APPLICATION = {
    "app.py": "from fastapi import FastAPI\nfrom valkey.asyncio import Valkey\nclient = Valkey()\napp = FastAPI()\n"
    "@app.get('/')\nasync def ping(): await client.ping()\n",
    "test_it.py": "from fastapi.testclient import TestClient\nfrom app import app\nweb = TestClient(app)\n"
    "def test_one(): web.get('/')\ndef test_two(): web.get('/')\n",
}


def test_an_application_s_client_fares_as_its_cell_did_wherever_that_was_measured(tmp_path: Path) -> None:
    folder, plain = write(tmp_path / "suite", BEHIND_AN_APPLICATION), "default/function/app_test_client"
    outcomes = measure_beside(
        {
            f"{plain}/none": "default/function/module_global/none",
            f"{plain}_with/aclose": "default/function/async_fixture/aclose",
        }
    )
    (finding,) = look_at(folder, "1.5.0", outcomes=outcomes).findings
    assert (finding.cell, finding.rule, str(finding.place)) == (f"{plain}/none", "loop-closed", "app.py:3")
    steps = finding.cures[0].steps
    assert "behind a `TestClient`" in steps[0]


WITHIN_A_CANCEL_SCOPE = """\
import pytest_asyncio
from anyio import fail_after
from valkey.asyncio import Valkey

@pytest_asyncio.fixture
async def cache():
    with fail_after(5):
        client = Valkey()
        await client.ping()
        yield client
        await client.aclose()
"""


def test_a_cancel_scope_around_a_fixture_s_yield_is_what_was_measured_of_one(tmp_path: Path) -> None:
    files = {**SESSION_WIDE, "conftest.py": WITHIN_A_CANCEL_SCOPE}
    folder, cell = write(tmp_path / "suite", files), "default/function/async_fixture/aclose@workload=cancel_scope"
    (finding,) = look_at(folder, "1.5.0").findings
    assert (finding.cell, finding.rule) == (cell, "cancel-scope-in-another-task")
    outcomes = measure_beside({cell: "default/session/async_fixture/aclose"})
    (finding,) = look_at(folder, "1.5.0", outcomes=outcomes).findings
    assert finding.measured is not None
    assert finding.level == "error"
