"""Variables for suites, as one writes them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from harness.errors import UsageError
from harness.suites.variables import find_secrets, read_variables

if TYPE_CHECKING:
    from pathlib import Path


def test_the_last_value_counts_and_files_come_before_the_command_line(tmp_path: Path) -> None:
    one, two = tmp_path / "one.env", tmp_path / "two.env"
    one.write_text("A=1\nB=1\nC=1\n")
    two.write_text("B=2\nC=2\n")
    found = read_variables(["C=3", "D=", "E=a=b {url}", "C=4"], [str(one), str(two)], {})
    assert found == {"A": "1", "B": "2", "C": "4", "D": "", "E": "a=b {url}"}


def test_a_file_may_have_what_such_files_have(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "\ufeff# comment\n\nexport A='x y' # comment\nB=\"two\\nlines\"\nC = plain#not a comment\nD=${A}!\nE=\n"
        'F="over\nlines"\n',
        encoding="utf-8",
    )
    assert read_variables([], [str(file)], {}) == {
        "A": "x y",
        "B": "two\nlines",
        "C": "plain#not a comment",
        "D": "x y!",
        "E": "",
        "F": "over\nlines",
    }


def test_a_name_alone_takes_over_the_value_of_the_shell(tmp_path: Path) -> None:
    file = tmp_path / "names"
    file.write_text("A\n")
    assert read_variables(["B"], [str(file)], {"A": "1", "B": "2", "C": "3"}) == {"A": "1", "B": "2"}


@pytest.mark.skipif(os.name == "nt", reason="a pipe has no name there")
def test_what_comes_through_a_pipe_is_read_once(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"A=1\n")
    os.close(writer)
    file = f"/dev/fd/{reader}"
    assert read_variables([], [file], {}) == read_variables([], [file], {}) == {"A": "1"}
    os.close(reader)


@pytest.mark.parametrize(
    ("written", "problem"),
    [("=secret", "names no variable"), ("A=sec\0ret", "names no variable"), ("A", "this shell has none")],
)
def test_what_names_no_variable_is_refused(written: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem) as caught:
        read_variables([written], [], {})
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"A=1\n'secret\n", "line 2 can't be understood"),
        (b"A=secret\xff", "no text in UTF-8"),
        (None, "No such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_nothing_of_it_repeated(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    file = tmp_path / ".env"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match=problem) as caught:
        read_variables([], [str(file)], {})
    assert "secret" not in str(caught.value)


def test_secrets_are_known_by_their_names_and_in_addresses() -> None:
    variables = {
        "API_TOKEN": "s3cret-value",
        "DJANGO_SECRET_KEY": "hunter22",
        "DATABASE_URL": "postgres://ann:p%40ssw0rd@localhost/db",
        "TEST_URL": "postgres://postgres:postgres@localhost/db",
        "KEY_PREFIX": "test",
        "REDIS_PASSWORD": "{password}",
        "MODE": "testing-2",
    }
    assert find_secrets(variables.items()) == {"s3cret-value", "hunter22", "p@ssw0rd"}
