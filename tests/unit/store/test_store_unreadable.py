"""Places that hold no results, or none that can be read: every command that reads them says why, and waits for none."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from harness.cli.main import main
from harness.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

KINDS = {
    "a FIFO": "it is a pipe, not a file",
    "a folder": "it is a folder, not a file",
    "a link to nowhere": "No such file or directory",
    "garbage": "JSON is malformed",
    "an empty file": "is empty",
}
READERS = {
    "compare": ["compare", "{}", "{}"],
    "compare versions": ["compare", "1.0.0", "1.1.0", "--results", "{}", "--baseline", "{}"],
    "ranges": ["ranges", "--results", "{}", "--baseline", "{}"],
    "regress": ["regress", "--baseline", "{}"],
    "baseline": ["baseline", "--results", "{}"],
    "reclassify": ["reclassify", "--results", "{}"],
}


def make(kind: str, path: Path) -> None:
    """Something at that path that is no file of results."""
    if sys.platform == "win32":
        pytest.skip("needs FIFOs and links")
    match kind:
        case "a FIFO":
            os.mkfifo(path)
        case "a folder":
            path.mkdir()
        case "a link to nowhere":
            path.symlink_to("/nowhere")
        case _:
            path.write_bytes(b"" if kind == "an empty file" else b"\xff\xfe garbage\n")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reader", READERS)
def test_the_reason_is_the_same_in_every_command(
    reader: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    make(kind, folder / "a.jsonl")
    assert main([part.format(folder) for part in READERS[reader]]) == ExitCode.USAGE
    printed = capsys.readouterr().err
    assert f"{folder / 'a.jsonl'}:" in printed
    assert KINDS[kind] in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("kind", ["a FIFO", "a link to itself"])
@pytest.mark.parametrize("reader", READERS)
def test_a_place_that_is_neither_a_folder_nor_a_file_is_refused(
    reader: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if sys.platform == "win32":
        pytest.skip("needs FIFOs and links")
    place = tmp_path / "results"
    os.mkfifo(place) if kind == "a FIFO" else place.symlink_to("results")
    assert main([part.format(place) for part in READERS[reader]]) == ExitCode.USAGE
    printed = capsys.readouterr().err
    assert printed.startswith(f"error: The results at {place} can't be read: ")
    assert printed.count("\n") == 2


def test_a_name_that_is_too_long_is_an_error_and_no_bug(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["clean-results"], ["reclassify"], ["baseline"], ["matrix"]):
        assert main([*command, "--results", "x" * 300]) in (ExitCode.USAGE, ExitCode.INFRASTRUCTURE)
        assert "File name too long" in capsys.readouterr().err


def test_results_that_are_not_there_are_named_where_others_take_their_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", "1.0.0", "1.1.0", "--results", str(tmp_path / "resluts")]) == ExitCode.DONE
    assert "resluts: there is no such folder; results/baseline: " in " ".join(capsys.readouterr().out.split())
