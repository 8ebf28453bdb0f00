"""Annotations as the runner of GitHub Actions reads them: one command a line, whatever the names and texts hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.output.annotations import Annotation, AnnotationLevel, write_commands

if TYPE_CHECKING:
    from pathlib import Path


def read_command(line: str) -> tuple[str, dict[str, str], str]:
    """Command, properties and message, as the runner takes a line apart."""
    assert line.startswith("::")
    head, _, message = line[2:].partition("::")
    name, _, written = head.partition(" ")
    properties = dict(one.split("=", 1) for one in written.split(",") if one)
    for code, sign in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        properties = {key: value.replace(code, sign) for key, value in properties.items()}
        message = message.replace(code, sign) if code in ("%0D", "%0A", "%25") else message
    return name, properties, message


def make(title: str = "it", message: str = "what", file: Path | None = None, line: int = 0) -> Annotation:
    return Annotation(level=AnnotationLevel.ERROR, title=title, message=message, file=file, line=line)


def test_an_annotation_names_the_file_as_its_repository_has_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    written = write_commands([make("test_it", "a\nb", tmp_path / "tests" / "test_it.py", 7)])
    assert written == "::error file=tests/test_it.py,line=7,title=test_it::a%0Ab"


def test_outside_of_a_repository_the_whole_path_is_named(tmp_path: Path) -> None:
    _, properties, _ = read_command(write_commands([make(file=tmp_path / "test_it.py")]))
    assert properties == {"file": (tmp_path / "test_it.py").as_posix(), "title": "it"}


def test_the_gravest_come_first_and_each_comes_once() -> None:
    notice = Annotation(level=AnnotationLevel.NOTICE, title="it", message="what")
    assert write_commands([notice, make(), notice]) == "::error title=it::what\n::notice title=it::what"


@pytest.mark.parametrize(
    "name",
    [
        "test_it.py,line=1::\n::add-mask::secret",
        "a\r::stop-commands::x",
        "100%0A::set-output name=it::1",
        "file=else.py,title=no::yes",
        "\x1b[2J\u2028##[error]it",
    ],
)
def test_a_hostile_name_stays_one_command_and_one_property(name: str, tmp_path: Path) -> None:
    (line,) = write_commands([make(name, name, tmp_path / name, 3)]).splitlines()
    command, properties, message = read_command(line)
    assert command == "error"
    assert set(properties) == {"file", "line", "title"}
    assert properties["title"] == message
    assert properties["line"] == "3"
    if name.isprintable():
        assert message == name
        assert properties["file"].endswith(name)


@given(st.text(), st.text())
@example("::", "%0A::error::")
def test_whatever_stands_in_it_a_line_is_one_command(title: str, message: str) -> None:
    (line,) = write_commands([make(title, message)]).splitlines()
    command, properties, _ = read_command(line)
    assert command == "error"
    assert set(properties) <= {"title"}
