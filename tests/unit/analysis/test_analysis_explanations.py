"""What a suite lacks, from what a run of it met and from its code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
import pytest

from harness.analysis.explanations import Explanation, Surroundings, explain_suite
from harness.analysis.missing_table import ExplainedSuite, describe_missing, fold_command, make_missing_table
from harness.analysis.remedies import explain_suites
from harness.cli.options import MatrixOptions
from harness.evidence.model import Evidence, Phase, Problem, Raised, Test
from harness.evidence.store import EvidenceStore
from harness.output.table import as_text
from harness.store.model import Results, Run
from harness.suites.conditions import Conditions
from harness.suites.suite import make_suite
from harness.verdicts.classify import classify
from harness.verdicts.signatures import load_signatures
from tests.unit.store.made_up_results import environment, header, outcome

if TYPE_CHECKING:
    from pathlib import Path

TEST = "test_a.py"
INSTALLED = {"pytest": "8.4.2", "pytest-asyncio": "1.5.0", "valkey": "6.2.0"}
ENVIRON = "<frozen os>:716 in __getitem__"


def raised(kind: str, text: str, origin: str = "") -> Raised:
    return Raised(type=kind, text=text, link="surface", origin=origin)


def collected(*chain: Raised) -> Evidence:
    """A file could not be collected."""
    return Evidence(problems=(Problem(where="collect", node=TEST, chain=chain),), finished=True)


def refused(text: str) -> Evidence:
    """pytest did not start."""
    chain = (raised("pytest.UsageError", text),)
    return Evidence(problems=(Problem(where="usage", node="", chain=chain),), finished=True)


def failed(error: Raised) -> Evidence:
    """The setup of a test failed."""
    return Evidence(
        tests=(Test(id=f"{TEST}::test_a", phases=(Phase(when="setup", outcome="failed", chain=(error,)),)),)
    )


def explain(folder: Path, evidence: Evidence, code: str = "", **installed: str) -> dict[str, tuple[str, ...]]:
    """The options that help, by what is lacking."""
    store = EvidenceStore(folder)
    done = outcome("suite:mine", classify(evidence, load_signatures()), evidence=store.put(evidence))
    suite = make_suite("suite:mine", {TEST: code.encode(), "src/mine/__init__.py": b""})
    surroundings = Surroundings(
        installed=INSTALLED | installed, modules=(), variables=lambda name: name == "HOME", inherited=("TOKEN",)
    )
    run = Run(header=header(environment()), outcomes=(done,))
    found = explain_suite(suite, [run], store, lambda _: surroundings)
    return {f"{one.kind} {one.name}": one.options for one in found.lacks} if found else {}


def test_all_that_the_code_needs_is_named_after_the_first_module_that_is_missing(tmp_path: Path) -> None:
    code = (
        "import os, yaml, valkey, redis.asyncio\nHOST = os.environ['APP_REDIS_HOST']\n"
        "PORT, TOKEN, HOME = os.environ['APP_REDIS_PORT'], os.environ['TOKEN'], os.environ['HOME']\n"
        "def test_a(mocker): ...\n"
    )
    packed = raised("_pytest.nodes.Collector.CollectError", "ImportError while importing test module")
    missing = raised("ModuleNotFoundError", "No module named 'yaml'")
    assert explain(tmp_path, collected(packed, missing), code) == {
        "module yaml": ("--with", "PyYAML"),
        "module redis": ("--with", "redis"),
        "plugin pytest-mock": ("--with", "pytest-mock"),
        "variable APP_REDIS_HOST": ("--env", "APP_REDIS_HOST={host}"),
        "variable APP_REDIS_PORT": ("--env", "APP_REDIS_PORT={port}"),
        "variable TOKEN": ("--env", "TOKEN"),
    }


@pytest.mark.parametrize(
    ("error", "variable"),
    [
        (raised("KeyError", "'CACHE_URL'", ENVIRON), "CACHE_URL={url}"),
        (raised("KeyError", "'CACHE_URL'", "/usr/lib/python3.8/os.py:675 in __getitem__"), "CACHE_URL={url}"),
        (raised("KeyError", "\"Config 'SECRET_KEY' is missing, and has no default.\"", "config.py:1 in get"), ""),
        (raised("KeyError", "Config 'SECRET' is missing, and has no default.", "config.py:1 in get"), "SECRET=VALUE"),
        (raised("decouple.UndefinedValueError", "REDIS_DB not found. Declare it as envvar or …"), "REDIS_DB={db}"),
        (raised("environs.EnvError", 'Environment variable "A" not set'), "A=VALUE"),
        (raised("django.ImproperlyConfigured", "Set the SECRET_KEY environment variable"), "SECRET_KEY=VALUE"),
        (raised("RuntimeError", "DATABASE_URL must be set"), "DATABASE_URL=VALUE"),
        (raised("KeyError", "'host'", "app.py:3 in load"), ""),
    ],
)
def test_a_variable_that_is_not_there_is_named_by_whatever_reads_it(
    tmp_path: Path, error: Raised, variable: str
) -> None:
    found = explain(tmp_path, collected(error))
    assert found == ({f"variable {variable.partition('=')[0]}": ("--env", variable)} if variable else {})


def test_the_fields_of_pydantic_settings_are_variables_with_the_prefix_of_the_class(tmp_path: Path) -> None:
    text = (
        "2 validation errors for Settings\nredis_host\n  Field required [type=missing, input_value={}]\n"
        "redis_port\n  Field required [type=missing]"
    )
    code = "class Settings(BaseSettings):\n    model_config = {}\n    redis_host: str\n    redis_port: int\n"
    prefixed = code.replace("{}", "SettingsConfigDict(env_prefix='APP_')")
    error = collected(raised("pydantic_core._pydantic_core.ValidationError", text))
    assert explain(tmp_path, error, prefixed) == {
        "variable APP_REDIS_HOST": ("--env", "APP_REDIS_HOST={host}"),
        "variable APP_REDIS_PORT": ("--env", "APP_REDIS_PORT={port}"),
    }


@pytest.mark.parametrize(
    ("evidence", "lacking"),
    [
        (
            refused("usage: pytest\npytest: error: unrecognized arguments: --cov=app -n 2 --reruns=2\n  rootdir: ."),
            ["plugin pytest-cov", "plugin pytest-xdist", "plugin pytest-rerunfailures"],
        ),
        (refused("pytest: error: unrecognized arguments: --only-ours"), ["plugin --only-ours"]),
        (refused("Unknown config option: timeout\n"), ["plugin pytest-timeout"]),
        (
            refused("Missing required plugins: pytest-sugar, pytest-env>=1"),
            ["plugin pytest-sugar", "plugin pytest-env>=1"],
        ),
        (
            failed(raised("_pytest.fixtures.FixtureLookupError", "fixture 'httpx_mock' not found")),
            ["plugin pytest-httpx"],
        ),
        (failed(raised("_pytest.fixtures.FixtureLookupError", "fixture 'cart' not found")), []),
        (
            collected(raised("Failed", "'django_db' not found in `markers` configuration option")),
            ["plugin pytest-django"],
        ),
        (failed(raised("AssertionError", "assert 1 == 2")), []),
    ],
)
def test_the_plugin_that_brings_an_option_a_key_a_fixture_or_a_mark_is_named(
    tmp_path: Path, evidence: Evidence, lacking: list[str]
) -> None:
    assert list(explain(tmp_path, evidence)) == lacking


def test_what_is_installed_or_built_in_is_not_missing(tmp_path: Path) -> None:
    code = "def test_a(subtests, mocker): ...\n"
    error = failed(raised("_pytest.fixtures.FixtureLookupError", "fixture 'freezer' not found"))
    lacking = explain(tmp_path, error, code, pytest="9.2.0", **{"pytest-mock": "3.14.0"})
    assert list(lacking) == ["plugin pytest-freezer"]
    assert "plugin pytest-subtests" in explain(tmp_path, error, code)


UNHANDLED = "async def functions are not natively supported.\nYou need to install a suitable plugin"


@pytest.mark.parametrize(
    ("error", "how"),
    [
        (raised("Failed", UNHANDLED), "failed"),
        (raised("Skipped", "async def function and no async plugin installed (see warnings)"), "skipped"),
    ],
)
def test_the_plugin_is_named_that_an_async_test_asks_for_by_its_mark(
    tmp_path: Path, error: Raised, how: Literal["failed", "skipped"]
) -> None:
    phase = Phase(when="call", outcome=how, chain=(error,))
    evidence = Evidence(tests=(Test(id=f"{TEST}::test_a", phases=(phase,)),))
    code = "import pytest\n@pytest.mark.anyio\nasync def test_a(): ...\n"
    assert explain(tmp_path, evidence, code) == {"plugin anyio": ("--with", "anyio")}
    assert explain(tmp_path, evidence, code, anyio="4.9.0") == {}


def test_packages_with_an_option_of_their_own_are_added_by_it(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path)
    evidence = collected(raised("ModuleNotFoundError", "No module named 'pytest_asyncio'"))
    done = outcome("suite:mine", classify(evidence, load_signatures()), evidence=store.put(evidence))
    suite = make_suite("suite:mine", {TEST: b"import pytest_asyncio, valkey, redis\n"})
    around = Surroundings(installed={"pytest": "8.4.2"}, modules=(), variables=lambda _: False, inherited=())
    found = explain_suite(suite, [Run(header=header(), outcomes=(done,))], store, lambda _: around)
    assert found
    assert {one.name: one.options for one in found.lacks} == {
        "pytest_asyncio": ("--pytest-asyncio", "newest"),
        "valkey": ("--valkey", "newest"),
        "redis": ("--with", "redis"),
    }


def test_a_module_that_a_test_looked_for_in_vain_is_not_missing_where_something_else_failed(tmp_path: Path) -> None:
    below = Raised(type="ModuleNotFoundError", text="No module named 'fast'", link="context")
    phases = (Phase(when="call", outcome="failed", chain=(raised("AssertionError", "assert 1 == 2"), below)),)
    assert explain(tmp_path, Evidence(tests=(Test(id=f"{TEST}::test_a", phases=phases),))) == {}
    phases = (Phase(when="call", outcome="failed", chain=(raised("app.NotThereError", "no fast"), below)),)
    found = explain(tmp_path, Evidence(tests=(Test(id=f"{TEST}::test_b", phases=phases),)))
    assert found == {"module fast": ("--with", "fast")}


def test_a_module_that_an_installed_version_has_not_is_no_reason_to_install_it_again(tmp_path: Path) -> None:
    error = raised("ModuleNotFoundError", "No module named 'valkey.asyncio.pool'")
    assert explain(tmp_path, collected(error)) == {"module valkey.asyncio.pool": ()}
    error = raised("ModuleNotFoundError", "No module named 'google.protobuf'")
    assert explain(tmp_path, collected(error), google="1") == {"module google": ("--with", "protobuf")}


def test_a_module_of_the_suite_itself_needs_its_folder_on_the_path(tmp_path: Path) -> None:
    found = explain(tmp_path, collected(raised("ModuleNotFoundError", "No module named 'mine'")))
    assert found == {"own module mine": ("--pytest-args", "-o pythonpath=src")}


def test_it_is_printed_with_a_command_that_can_be_pasted(tmp_path: Path) -> None:
    evidence = collected(raised("KeyError", "'APP_REDIS_HOST'", ENVIRON))
    store = EvidenceStore(tmp_path)
    done = outcome("suite:mine", classify(evidence, load_signatures()), evidence=store.put(evidence))
    surroundings = Surroundings(installed=INSTALLED, modules=(), variables=lambda _: False, inherited=())
    suite = make_suite("suite:mine", {TEST: b"import yaml\n"})
    found = explain_suite(suite, [Run(header=header(), outcomes=(done,))], store, lambda _: surroundings)
    assert isinstance(found, Explanation)
    command = "valkey-loop-matrix matrix --suite mine --with PyYAML --env 'APP_REDIS_HOST={host}'"
    explained = ExplainedSuite(explanation=found, command=command)
    table = make_missing_table([explained])
    assert table is not None
    text = as_text(table, 80)
    assert "variable APP_REDIS_HOST  test_a.py" in text
    assert "--env 'APP_REDIS_HOST={host}'" in text
    data = msgspec.json.decode(msgspec.json.encode(describe_missing([explained])))
    assert data["suite:mine"]["lacks"][0]["options"] == ["--with", "PyYAML"]
    assert data["suite:mine"]["command"] == command
    assert make_missing_table([]) is None


def test_a_long_command_is_folded_so_that_a_shell_takes_its_lines_together() -> None:
    command = "program matrix " + " ".join(f"--with 'package-{number}>=1'" for number in range(9))
    lines = fold_command(command)
    assert len(lines) > 2
    assert max(map(len, lines)) <= 90
    assert "".join(line.removesuffix("\\") for line in lines).split() == command.split()
    assert all(line.endswith(" \\") for line in lines[:-1])


def test_an_environment_is_offered_without_the_options_that_do_not_go_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment_of_user = tmp_path / "mine"
    (environment_of_user / "lib" / "python3.12" / "site-packages" / "pytest").mkdir(parents=True)
    (environment_of_user / "pyvenv.cfg").write_text("home = /usr/bin\n")
    monkeypatch.setenv("VIRTUAL_ENV", str(environment_of_user))
    store = EvidenceStore(tmp_path)
    evidence = collected(raised("ModuleNotFoundError", "No module named 'yaml'"))
    done = outcome("suite:mine", classify(evidence, load_signatures()), evidence=store.put(evidence))
    suite = make_suite("suite:mine", {TEST: b"import yaml\n"}, conditions=Conditions())
    options = MatrixOptions(requirements=("needs.txt",), install="none", pytest_versions=("8.4.2",))
    results = Results(runs=(Run(header=header(environment()), outcomes=(done,)),))
    (explained,) = explain_suites("matrix", options, [suite], results, store)
    assert "--requirements needs.txt" in explained.command
    assert "--with PyYAML" in explained.command
    assert "--pytest 8.4.2" in explained.with_environment
    assert explained.with_environment.endswith(f"--environment {environment_of_user}")
    assert "needs.txt" not in explained.with_environment
    assert "--install" not in explained.with_environment
