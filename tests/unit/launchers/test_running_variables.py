"""What a suite's process inherits."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from harness.errors import UsageError
from harness.launchers.model import Job
from harness.launchers.variables import make_variables
from harness.servers.model import Database
from harness.suites.conditions import Conditions


def job(client: str = "valkey", url: str = "valkey://127.0.0.1:1/3", conditions: Conditions | None = None) -> Job:
    return Job(
        suite=Path("suite"),
        python=Path("python"),
        database=Database(url=url, number=3),
        limit=1.0,
        client=client,
        conditions=conditions,
    )


@pytest.mark.parametrize(
    "name",
    [
        "PYTEST_ADDOPTS",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
        "PYTEST_PLUGINS",
        "PYTHONPATH",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONWARNINGS",
        "PYTHONASYNCIODEBUG",
        "PYTHONDEVMODE",
        "PYTHONSTARTUP",
        "PYTHONUNBUFFERED",
        "PY_COLORS",
        "FORCE_COLOR",
        "COLUMNS",
        "VIRTUAL_ENV",
        "CI",
        "GITHUB_ACTIONS",
        "NOX_CURRENT_SESSION",
        "UV_INDEX_URL",
        "COVERAGE_PROCESS_START",
        "anything_else",
    ],
)
def test_what_would_change_a_suite_is_not_inherited(name: str) -> None:
    assert name not in make_variables(job(), {name: "1"}, {})


def test_what_a_process_needs_is_inherited() -> None:
    needed = {"PATH": "p", "HOME": "h", "SystemRoot": "s", "LC_ALL": "C.UTF-8", "Temp": "t"}
    assert make_variables(job(), needed, {}).items() >= needed.items()


def test_an_address_of_the_developers_own_server_is_replaced() -> None:
    variables = make_variables(
        job(), {"VALKEY_URL": "valkey://production", "REDIS_URL": "redis://production"}, {"M": "1"}
    )
    assert variables == {
        "VALKEY_URL": "valkey://127.0.0.1:1/3",
        "REDIS_URL": "redis://127.0.0.1:1/3",
        "PYTHONHASHSEED": "0",
        "M": "1",
    }


def test_redis_py_gets_an_address_it_understands() -> None:
    assert make_variables(job("redis"), {}, {})["VALKEY_URL"] == "redis://127.0.0.1:1/3"


def test_a_suite_of_ones_own_gets_the_address_under_the_names_that_projects_read() -> None:
    variables = make_variables(job(url="valkey://:s%40cret@127.0.0.1/3", conditions=Conditions()), {}, {})
    expected = {"HOST": "127.0.0.1", "HOSTNAME": "127.0.0.1", "PORT": "6379", "DB": "3", "PASSWORD": "s@cret"}
    for client in ("VALKEY", "REDIS"):
        assert variables.items() >= {f"{client}_{name}": value for name, value in expected.items()}.items()
        for name in ("URL", "URI", "DSN"):
            assert variables[f"{client}_{name}"] == f"{client.lower()}://:s%40cret@127.0.0.1/3"


def test_what_an_address_lacks_is_not_set() -> None:
    variables = make_variables(job(url="unix:///run/valkey.sock?db=5", conditions=Conditions()), {}, {})
    assert variables["REDIS_URL"] == "unix:///run/valkey.sock?db=5"
    assert variables["REDIS_DB"] == "5"
    assert not {"REDIS_HOST", "REDIS_PORT", "REDIS_PASSWORD"} & variables.keys()


def test_the_users_own_variables_come_last_and_name_the_server() -> None:
    said = (
        ("PYTHONHASHSEED", "7"),
        ("REDIS_HOST", "elsewhere"),
        ("AT", '{"is": "{host}:{port}/{db}", "{x}": "{url}"}'),
    )
    variables = make_variables(job("redis", conditions=Conditions(variables=said)), {"AT": "inherited"}, {})
    assert variables["PYTHONHASHSEED"] == "7"
    assert variables["REDIS_HOST"] == "elsewhere"
    assert variables["AT"] == '{"is": "127.0.0.1:1/3", "{x}": "redis://127.0.0.1:1/3"}'


def test_a_place_that_nothing_fills_is_refused() -> None:
    said = Conditions(variables=(("PASS", "{password}"),))
    with pytest.raises(UsageError, match=r"\{password\} in the variable PASS") as caught:
        make_variables(job(conditions=said), {}, {})
    assert "{host}" in caught.value.remedy


def test_in_an_environment_of_the_users_no_byte_code_is_written_and_its_commands_come_first() -> None:
    there = msgspec.structs.replace(job(), python=Path("venv/bin/python"), existing=True)
    made = make_variables(there, {"PATH": "elsewhere"}, {})
    assert made["PYTHONDONTWRITEBYTECODE"] == "1"
    assert made["PATH"] == os.pathsep.join((str(Path("venv/bin")), "elsewhere"))
    assert make_variables(there, {}, {})["PATH"] == str(Path("venv/bin"))


def test_without_a_client_the_address_has_the_scheme_that_most_others_understand() -> None:
    assert make_variables(job("none"), {}, {})["VALKEY_URL"] == "redis://127.0.0.1:1/3"
