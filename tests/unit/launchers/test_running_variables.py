"""What a suite's process inherits."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.launchers.model import Job
from harness.launchers.variables import make_variables
from harness.servers.model import Database


def job(client: str = "valkey", url: str = "valkey://127.0.0.1:1/3") -> Job:
    return Job(
        suite=Path("suite"), python=Path("python"), database=Database(url=url, number=3), limit=1.0, client=client
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
