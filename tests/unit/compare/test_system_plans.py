"""One command, several systems: each is planned with what there is on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from harness.catalogue.loading import load_catalogue
from harness.cli.options import MatrixOptions
from harness.compare.system_plans import make_plans
from harness.environments.model import Interpreter
from harness.errors import NothingSelectedError
from harness.pipeline.executor import System

if TYPE_CHECKING:
    from pathlib import Path

    from harness.environments.model import EnvironmentRequest
    from harness.planning.plan import Plan


def make_system(tag: str, *versions: str, named: tuple[str, ...] = ()) -> System:
    interpreters = tuple(Interpreter(version=version, executable="") for version in versions)
    return System(tag=tag, interpreters=interpreters, python_versions=named)


class FakeExecutor:
    """Has these systems, whatever is named."""

    def __init__(self, *systems: System) -> None:
        self._systems = systems

    def list_systems(self, python_versions: tuple[str, ...]) -> tuple[System, ...]:  # noqa: ARG002 - the real one's
        return self._systems

    def identify(self, system: System, request: EnvironmentRequest) -> str:
        return f"{system.tag}/cpython-{request.python}"


def plan(options: MatrixOptions, *systems: System) -> dict[str, Plan]:
    catalogue = load_catalogue()
    cells = (catalogue.reference,)
    made = make_plans(options, cells, catalogue, cast("Any", FakeExecutor(*systems)))
    return {system.tag: found for system, found in made.items()}


def test_each_system_runs_the_named_pythons_that_it_has(tmp_path: Path) -> None:
    options = MatrixOptions(
        python_versions=("3.12", "3.13"), pytest_asyncio_versions=("1.0.0",), results=tmp_path / "none"
    )
    plans = plan(
        options,
        make_system("linux-x86_64", "3.12.1", "3.13.2", named=("3.12", "3.13")),
        make_system("win32-x86_64", "3.13.5", named=("3.13",)),
    )
    assert {tag: [request.python for request in found.requests] for tag, found in plans.items()} == {
        "linux-x86_64": ["3.12", "3.13"],
        "win32-x86_64": ["3.13"],
    }


def test_without_a_named_python_each_system_runs_its_own_newest(tmp_path: Path) -> None:
    options = MatrixOptions(pytest_asyncio_versions=("1.0.0",), results=tmp_path / "none")
    plans = plan(options, make_system("linux-x86_64", "3.12.1"), make_system("darwin-arm64", "3.11.9", "3.13.5"))
    assert {tag: [request.python for request in found.requests] for tag, found in plans.items()} == {
        "linux-x86_64": ["3.12"],
        "darwin-arm64": ["3.13"],
    }


def test_what_is_chosen_by_earlier_results_is_refused_only_if_no_system_has_any(tmp_path: Path) -> None:
    options = MatrixOptions(pytest_asyncio_versions=("1.0.0",), results=tmp_path / "none", only=("new",))
    assert [*plan(options, make_system("linux-x86_64", "3.12.1"))] == ["linux-x86_64"]
    failed = MatrixOptions(pytest_asyncio_versions=("1.0.0",), results=tmp_path / "none", only=("failed",))
    with pytest.raises(NothingSelectedError):
        plan(failed, make_system("linux-x86_64", "3.12.1"), make_system("win32-x86_64", "3.12.1"))
