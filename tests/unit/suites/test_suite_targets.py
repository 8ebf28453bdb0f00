"""What `--suite` may name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.catalogue.rendering import write_suite
from harness.errors import ExitCode, UsageError
from harness.suites.conditions import Conditions
from harness.suites.suite import load_suites

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"tests/test_a.py": "", "tests/sub/test_b.py": "", "conftest.py": ""}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_suite(FILES, tmp_path / "my project")
    monkeypatch.chdir(tmp_path / "my project")
    return tmp_path / "my project"


@pytest.mark.parametrize(
    ("written", "part"),
    [
        (".", ""),
        ("{}", ""),
        ("{}::tests", "tests"),
        ("{}::tests/", "tests"),
        ("{}::./tests/sub/../test_a.py", "tests/test_a.py"),
        ("{}::tests/test_a.py::TestIt::test_it[a::b]", "tests/test_a.py::TestIt::test_it[a::b]"),
        ("::tests/test_a.py", "tests/test_a.py"),
        ("{}::.", "."),
    ],
)
def test_a_part_of_a_folder_is_what_pytest_is_given(project: Path, written: str, part: str) -> None:
    (suite,) = load_suites([written.format(project)], Conditions(arguments=("-x",)))
    assert suite.conditions is not None
    assert suite.conditions.arguments == ((part, "-x") if part else ("-x",))
    assert suite.id == ("suite:my-project::" + part if part else "suite:my-project")
    assert set(FILES) <= set(suite.content), "all that tests may need is there"


def test_a_file_of_tests_stands_for_its_folder_and_itself(project: Path) -> None:
    whole, single = load_suites(["tests/test_a.py", "tests/test_a.py::test_it"], Conditions())
    assert [whole.id, single.id] == ["suite:tests::test_a.py", "suite:tests::test_a.py::test_it"]
    assert set(whole.content) == {"test_a.py", "sub/test_b.py", "pytest.ini"}


def test_parts_of_one_folder_are_suites_of_their_own_and_each_is_taken_once(project: Path) -> None:
    suites = load_suites([project, "::tests", ".::./tests", f"{project}::tests/sub", "."], Conditions())
    name = "suite:my-project"
    assert [suite.id for suite in suites] == [name, f"{name}::tests", f"{name}::tests/sub"]


def test_a_folder_with_colons_in_its_name_is_a_folder(tmp_path: Path) -> None:
    write_suite(FILES, tmp_path / "a::b")
    (suite,) = load_suites([tmp_path / "a::b"], Conditions())
    assert suite.conditions == Conditions()


@pytest.mark.parametrize(
    ("written", "problem", "remedy"),
    [
        ("::tests/test_c.py", "There is no tests/test_c.py in", "Did you mean 'tests/test_a.py'?"),
        ("::elsewhere", "There is no elsewhere in", "Name a file or a folder below"),
        ("::../other", "../other is not below", "as seen from that folder"),
        ("::/etc", "/etc is not below", "as seen from that folder"),
        ("::", "Nothing follows the :: after", "Name a file or a folder below"),
        ("nowhere::tests", "There is no folder", "Name the folder"),
        ("nowhere.py::test_it", "There is no folder", "Name the folder"),
    ],
)
def test_a_part_that_is_not_there_is_refused(project: Path, written: str, problem: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_suites([written], Conditions())
    assert caught.value.exit_code is ExitCode.USAGE
    assert problem in caught.value.problem
    assert remedy in caught.value.remedy
