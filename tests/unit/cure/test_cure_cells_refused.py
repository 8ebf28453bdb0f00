"""What `cure CELL` refuses before anything is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

CELL = "default/session/async_fixture/aclose"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "It isn't named what to cure."),
        (("suite:mine",), "'suite:mine' is no cell id."),
        (("default/session/async_fixture/gone",), "Unknown cleanup_style 'gone'."),
        ((f"{CELL}@retired=yes",), "Unknown axis 'retired'."),
        (("default/session/inside_test/aclose",), "default/session/inside_test/aclose can't be written down: "),
        ((CELL, "--apply"), "--apply changes a suite of your own"),
        ((CELL, "--write", "."), "--write .: it is a folder."),
        ((CELL, "--write", "no/such/folder/cure.patch"), "there is no folder no/such/folder."),
        ((CELL, "--suite", "tests"), "are both named"),
        ((CELL, "--time", "0"), "0"),
        ((CELL, "--pytest-asyncio", "99.0"), "Unknown version of pytest-asyncio '99.0'."),
        ((CELL, "--redis", "5.0.1"), "--redis names versions of the client redis."),
    ],
)
def test_it_is_one_line_with_a_remedy(
    arguments: tuple[str, ...], problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cure", *arguments, "--results", str(tmp_path / "results")]) == 2
    captured = capsys.readouterr()
    assert problem in captured.err
    assert "→" in captured.err
    assert captured.out == ""
    assert not (tmp_path / "results").exists()
