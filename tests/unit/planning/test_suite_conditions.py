"""How suites are run, as the options say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.cli.options import MatrixOptions
from harness.errors import UsageError
from harness.planning.suites import read_conditions, read_suites

if TYPE_CHECKING:
    from pathlib import Path


def test_arguments_are_split_as_a_shell_does_and_keep_their_order() -> None:
    options = MatrixOptions(pytest_arguments=("-k 'one or two' -x", 'tests -m "not slow"'))
    assert read_conditions(options).arguments == ("-k", "one or two", "-x", "tests", "-m", "not slow")


def test_a_quote_that_never_ends_is_refused() -> None:
    with pytest.raises(UsageError, match="no closing quotation") as caught:
        read_conditions(MatrixOptions(pytest_arguments=("-k 'one",)))
    assert "--pytest-args" in caught.value.remedy


def test_variables_of_files_and_of_the_command_line_are_conditions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("B=2\n")
    monkeypatch.setenv("C", "3")
    options = MatrixOptions(variables=("A=1", "C"), variable_files=(str(tmp_path / ".env"),))
    assert read_conditions(options).variables == (("A", "1"), ("B", "2"), ("C", "3"))


def test_conditions_are_not_read_where_there_is_no_suite() -> None:
    assert read_suites(MatrixOptions(variables=("NOT_IN_THIS_SHELL",))) == ()
