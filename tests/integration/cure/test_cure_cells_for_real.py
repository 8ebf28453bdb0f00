"""`cure CELL` with real runs: the cure is found, its patch works under plain pytest, and nothing else is claimed."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from harness.catalogue.loading import load_catalogue
from harness.catalogue.rendering import write_suite
from harness.cli.main import main
from harness.environments.model import EnvironmentRequest, Unresolvable
from harness.environments.provisioning import Provisioner
from harness.evidence.store import EvidenceStore
from harness.knowledge.code import render_suite
from harness.pipeline.cells import make_target
from harness.servers.opening import open_server

if TYPE_CHECKING:
    from pathlib import Path

    from harness.environments.model import Built

pytestmark = pytest.mark.integration

CELL = "default/session/async_fixture/aclose"
VERSIONS = ("--python", "3.13", "--pytest-asyncio", "1.5.0")


@pytest.fixture
def none(tmp_path: Path) -> Path:
    """A baseline without anything, so that all that is known is what was run."""
    (tmp_path / "none").mkdir()
    return tmp_path / "none"


def provide(plugin: str) -> Built:
    provisioner = Provisioner()
    built = provisioner.provide(EnvironmentRequest(python="3.13", plugin=plugin))
    assert not isinstance(built, Unresolvable)
    return built


def run_pytest(suite: Path, built: Built) -> int:
    with open_server(None, databases=1) as server, server.lease() as database:
        variables = {"VALKEY_URL": database.url, "PATH": os.environ["PATH"]}
        done = subprocess.run([built.python, "-m", "pytest", "-q"], cwd=suite, env=variables, check=False)
    return done.returncode


def test_a_cure_is_found_without_any_results_and_its_patch_works_under_plain_pytest(
    tmp_path: Path, none: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results, patch = tmp_path / "results", tmp_path / "cure.patch"
    places = ["--results", str(results), "--baseline", str(none), "--write", str(patch)]
    assert main(["cure", CELL, *VERSIONS, *places, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["status"] == "cured"
    best = data["cures"][0]
    assert (best["status"], len(best["changes"])) == ("clean", 1)
    (proof,) = best["proofs"]
    assert list(results.glob(f"{proof['run']}.*"))
    assert EvidenceStore(results).get(proof["evidence"]).tests
    assert patch.read_text(encoding="utf-8") == best["patch"]

    built = provide("1.5.0")
    catalogue, suite = load_catalogue(), tmp_path / "suite"
    write_suite(render_suite(catalogue, catalogue.parse(CELL), make_target(built.environment)), suite)
    assert run_pytest(suite, built) == 1
    subprocess.run(["git", "apply", "--unsafe-paths", str(patch)], cwd=suite, check=True)
    assert run_pytest(suite, built) == 0

    # The same as text, with everything taken over from the first.
    assert main(["cure", CELL, *VERSIONS, *places]) == 0
    captured = capsys.readouterr()
    assert f"{CELL} is cured by one change: it is clean then." in captured.out
    (change,) = best["changes"]
    assert f"1. {change['axis']} {change['before']} → {change['after']}: " in captured.out
    assert "(1 reused)" in captured.err


def test_a_cell_that_is_clean_already_needs_none(
    tmp_path: Path, none: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cell = "default/function/async_fixture/aclose"
    assert main(["cure", cell, *VERSIONS, "--results", str(tmp_path), "--baseline", str(none)]) == 0
    assert f"{cell} needs no cure: it is clean." in capsys.readouterr().out


def test_a_cell_that_cannot_be_expressed_anywhere_is_refused_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cell = "loop_factories/function/async_fixture/aclose"
    assert main(["cure", cell, "--pytest-asyncio", "0.26.0", "--results", str(tmp_path)]) == 2
    assert "can't be expressed on cpython-3.13/pytest-asyncio-0.26.0" in capsys.readouterr().err
