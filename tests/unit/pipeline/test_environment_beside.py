"""Which environment a suite runs in, and is looked up for, where none is named."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from harness.cli.options import CompareOptions, CureOptions, DiagnoseOptions, MatrixOptions
from harness.pipeline.beside import choose_environment, describe_unused
from tests.environments_by_hand import make_environment_beside

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = {"pytest": "8.4.2", "pytest-asyncio": "1.1.0"}
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with tests."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'own'\n")
    return tmp_path


@pytest.mark.parametrize("named", ["", "tests", "tests/test_it.py", "tests::test_it.py"])
def test_the_environment_of_the_project_is_the_suites(project: Path, named: str) -> None:
    (project / "tests" / "test_it.py").write_text("def test_one(): pass\n")
    environment = make_environment_beside(project, PACKAGES)
    for options in (DiagnoseOptions(suites=(f"{project}/{named}",)), CureOptions(suites=(f"{project}/{named}",))):
        chosen, beside = choose_environment(options)
        assert chosen.environment == environment
        assert beside == f"In the environment {environment}, which is beside the suite."


def test_without_one_nothing_is_changed(project: Path) -> None:
    options = DiagnoseOptions(suites=(str(project),))
    assert choose_environment(options) == (options, "")


def test_one_that_is_named_is_kept(project: Path) -> None:
    make_environment_beside(project, PACKAGES)
    options = DiagnoseOptions(suites=(str(project),), environment=project)
    assert choose_environment(options) == (options, "")


def test_with_versions_its_python_is_taken_if_it_can_have_them(project: Path) -> None:
    environment = make_environment_beside(project, PACKAGES)
    suites = (str(project),)
    chosen, beside = choose_environment(DiagnoseOptions(suites=suites, pytest_asyncio_versions=("1.0.0", "newest")))
    assert (chosen.environment, chosen.python_versions) == (None, (PYTHON,))
    assert beside.startswith(f"On Python {PYTHON}, which the environment {environment} beside the suite has")
    impossible = CureOptions(suites=suites, pytest_asyncio_versions=("0.0.1",))
    unchanged, beside = choose_environment(impossible)
    assert unchanged == impossible
    assert beside.endswith("it can't have pytest-asyncio 0.0.1.")


def test_its_python_is_not_taken_where_it_is_not_found_or_another_is_named(project: Path) -> None:
    make_environment_beside(project, PACKAGES)
    options = CureOptions(suites=(str(project),), pytest_asyncio_versions=("1.0.0",))
    chosen, beside = choose_environment(options, ())
    assert chosen == options
    assert "is not found on this machine" in beside
    options = CureOptions(suites=(str(project),), python_versions=("3.9",))
    chosen, beside = choose_environment(options)
    assert chosen == options
    assert beside.endswith("a Python is named.")


ANYIO_TESTS = "import pytest\n\n\n@pytest.mark.anyio\nasync def test_one(): ...\n"


@pytest.mark.parametrize(
    ("tests", "needs"),
    [
        ("import pytest\n\n\n@pytest.mark.asyncio\nasync def test_one(): ...\n", ""),
        ("async def test_one(): ...\n", ""),
        (ANYIO_TESTS, "anyio\npytest-asyncio\n"),
    ],
)
def test_what_can_not_be_used_is_named_with_the_reason(project: Path, tests: str, needs: str) -> None:
    make_environment_beside(project, {"pytest": "8.4.2"})
    (project / "tests" / "test_it.py").write_text(tests)
    (project / "requirements.txt").write_text(needs)
    options = DiagnoseOptions(suites=(str(project),))
    chosen, beside = choose_environment(options)
    assert chosen == options
    assert beside.endswith("pytest-asyncio is not installed there.")


def test_one_without_the_plugin_will_do_for_tests_that_something_else_runs(project: Path) -> None:
    environment = make_environment_beside(project, {"pytest": "8.4.2", "anyio": "4.9.0"})
    (project / "tests" / "test_it.py").write_text(f"{ANYIO_TESTS}\n\ndef test_two(): ...\n")
    chosen, beside = choose_environment(CureOptions(suites=(str(project),)))
    assert chosen.environment == environment
    assert beside == f"In the environment {environment}, which is beside the suite."


def test_a_folder_of_that_name_without_an_interpreter_is_no_environment(project: Path) -> None:
    (project / "venv").mkdir()
    options = DiagnoseOptions(suites=(str(project),))
    chosen, beside = choose_environment(options)
    assert chosen == options
    assert beside.startswith("Not the environment ")


def test_suites_with_different_environments_have_none_in_common(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        make_environment_beside(folder, PACKAGES)
    options = DiagnoseOptions(suites=tuple(map(str, folders)))
    assert choose_environment(options) == (options, "")


def test_where_a_suite_runs_elsewhere_one_that_could_be_named_is_named(project: Path) -> None:
    suites = (str(project / "tests"),)
    assert describe_unused(MatrixOptions(suites=suites)) == ""
    environment = make_environment_beside(project, PACKAGES)
    expected = f"Not in {environment}, which is beside the suite. To run it there: add --environment {environment}"
    assert describe_unused(MatrixOptions(suites=suites)) == expected
    assert describe_unused(MatrixOptions(suites=suites, pytest_asyncio_versions=("1.0.0",))) == expected
    assert describe_unused(CompareOptions(before="1.0.0", after="1.5.0", suites=suites)) == expected
    assert describe_unused(MatrixOptions()) == ""
    for other in ({"environment": environment}, {"python_versions": ("3.12",)}, {"requirements": (project / "r.txt",)}):
        assert describe_unused(MatrixOptions(suites=suites, **other)) == ""


def test_one_in_which_no_suite_can_run_is_not_named(project: Path) -> None:
    make_environment_beside(project, {"pytest-asyncio": "1.1.0"})
    assert describe_unused(MatrixOptions(suites=(str(project),))) == ""
