"""The ends of what was printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.launchers import output

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("end", "expected"),
    [(None, ("during after", "")), (6, ("during", " after")), (0, ("", "during after")), (99, ("during after", ""))],
)
def test_output_is_split_where_the_session_ended(tmp_path: Path, end: int | None, expected: tuple[str, str]) -> None:
    file = tmp_path / "stdout"
    file.write_bytes(b"during after")
    assert output.split(file, end) == expected


def test_only_the_tail_of_a_flood_is_read(tmp_path: Path) -> None:
    file = tmp_path / "stdout"
    size = 64 * 1024**3
    with file.open("wb") as stream:
        stream.truncate(size)  # takes no room on the disk
        stream.seek(size)
        stream.write("…the end".encode())
    during, after = output.split(file, size)
    assert len(during) <= output.TAIL
    assert after == "…the end"


def test_a_character_cut_in_two_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "stdout"
    file.write_bytes("…".encode())
    assert output.split(file, 1) == ("�", "��")


def test_standard_error_follows_standard_output() -> None:
    assert output.join("out\n", "err\n") == "out\nerr"
    assert output.join("", "err") == "err"
    assert output.join("\n", "") == ""


@pytest.mark.parametrize(("newline", "expected"), [("\r\n", ("a\nb", "c\n")), ("\n", ("a\r\nb", "c\r\n"))])
def test_lines_end_as_everywhere_also_where_the_system_ends_them_in_two_characters(
    tmp_path: Path, newline: str, expected: tuple[str, str]
) -> None:
    file = tmp_path / "stdout"
    file.write_bytes(b"a\r\nbc\r\n")
    assert output.split(file, 4, newline) == expected
