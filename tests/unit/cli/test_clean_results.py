"""`clean-results`: what it removes it has named, and with --dry-run it removes nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from harness.cache import find_cache_root
from harness.cli.main import main
from harness.environments.provisioning import MANIFEST
from harness.environments.unused import KEPT
from harness.errors import ExitCode
from tests.unit.environments.test_environments_unused import OLD, make
from tests.unit.store.test_store_cleaning import FIRST, SECOND, measured, of, taken, write, write_evidence

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def superfluous(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What can go of a results folder and a cache that also hold what must stay."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results"
    first = write(folder, of(FIRST, measured("a")))
    write(folder, of(SECOND, taken("a", SECOND)))
    below = write(folder / "regress", of(FIRST, measured("b")))
    write(folder / "regress", of(SECOND, taken("b", SECOND)))
    table = folder / f"{FIRST}.cells.txt"
    table.touch()
    packed = write(folder / "baseline", of(FIRST, measured("a")))
    packed.rename(packed.with_name(packed.name + ".gz"))
    evidence = write_evidence(folder, "a", "c")
    unused = make(find_cache_root(), "unused", OLD)
    for path in (evidence["c"], unused / MANIFEST):
        os.utime(path, (0, 0))
    os.utime(make(find_cache_root(), "used", OLD) / MANIFEST)
    return [first, table, evidence["c"], below, unused]


def everything(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


def test_nothing_is_removed_in_a_dry_run_and_everything_is_named(
    tmp_path: Path, superfluous: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(tmp_path)
    assert main(["clean-results", "--dry-run"]) == ExitCode.DONE
    assert everything(tmp_path) == before
    printed = capsys.readouterr().out
    assert all(path.name in printed for path in superfluous)
    assert (
        "To be removed: 2 results files, 1 file of tables, 1 file of evidence, 1 environment and 0 packages unused"
        in printed
    )


def test_what_is_removed_is_what_was_named(
    tmp_path: Path, superfluous: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["clean-results", "--dry-run"])
    named = capsys.readouterr().out.splitlines()[1:-1]
    before = everything(tmp_path)
    assert main(["clean-results"]) == ExitCode.DONE
    gone = {path for path in before if any(path.is_relative_to(one) for one in superfluous)}
    assert before - everything(tmp_path) == gone
    assert capsys.readouterr().out.splitlines()[:-1] == named
    assert main(["clean-results"]) == ExitCode.DONE
    assert capsys.readouterr().out == (
        "Removed: 0 results files, 0 files of tables, 0 files of evidence, "
        f"0 environments and 0 packages unused for {KEPT.days} days.\n"
    )


def test_a_file_that_can_t_be_read_is_named_as_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, of(FIRST, measured("a")))
    path.write_text('{"kind":"header","schema":99}\n')
    assert main(["clean-results", "--results", str(tmp_path)]) == ExitCode.DONE
    assert f"Kept, with all evidence beside it: {path}:1: schema version 99" in capsys.readouterr().out
    assert path.exists()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clean-results", "--results", str(tmp_path / "resluts")]) == ExitCode.USAGE
    assert "There are no results at" in capsys.readouterr().err
