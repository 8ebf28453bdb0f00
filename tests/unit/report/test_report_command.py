"""The command `report`."""

from __future__ import annotations

import csv
import sqlite3
import webbrowser
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from harness.cli.main import main
from harness.commands.matrix import write_run_page
from harness.commands.report import WRITERS
from harness.errors import ExitCode
from harness.store.reading import read_run
from tests.unit.report.made_up_report import GLOBAL, OLD, PLAIN
from tests.unit.report.page_data import read_blocks
from tests.unit.store.made_up_results import CLEAN, MASKED, RUN, put, run_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return put(tmp_path / "own", run_of({GLOBAL: MASKED, PLAIN: CLEAN}, OLD))


@pytest.mark.parametrize("arguments", [("--markdown",), ("--csv",), ("--badge", "a module-level client")])
def test_a_text_is_printed_or_written_to_a_file_as_it_is_printed(
    arguments: tuple[str, ...], place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(place), *arguments]) == ExitCode.DONE
    printed = capsys.readouterr().out
    assert printed.endswith("\n")
    file = tmp_path / "new" / "report"
    assert main(["report", str(place), *arguments, "--write", str(file)]) == ExitCode.DONE
    assert file.read_bytes() == printed.encode()
    assert capsys.readouterr().out == f"Report: {file}\n"


def test_all_formats_are_about_the_same_outcomes(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.sqlite"
    assert main(["report", str(place), "--sqlite", str(file)]) == ExitCode.DONE
    assert capsys.readouterr().out == f"Report: {file}\n"
    with closing(sqlite3.connect(file)) as database:
        stored = database.execute("SELECT name, status FROM outcomes JOIN cells USING (cell_id) ORDER BY 1").fetchall()
    assert main(["report", str(place), "--csv"]) == ExitCode.DONE
    rows = csv.DictReader(capsys.readouterr().out.splitlines())
    assert sorted((row["cell"], row["status"]) for row in rows) == stored == [(PLAIN, "clean"), (GLOBAL, "reproduces")]
    assert main(["report", str(place), "--markdown"]) == ExitCode.DONE
    assert "An error in 1 of 2 outcomes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--csv", "--markdown"), "--markdown and --csv don't go together"),
        (("--sqlite", "a.sqlite", "--badge", "mine"), "--badge and --sqlite don't go together"),
        (("--sqlite", "a.sqlite", "--write", "b"), "--sqlite names its file itself"),
        (("--sqlite", "results/a.jsonl"), "has a name of results"),
        (("--write", "a.jsonl.gz"), "has a name of results"),
        (("--csv", "--cell", "suite:none"), "There are no results of the cell"),
        (("--badge", "nothing like it"), "Unknown suite or habit"),
        (("nowhere", "--csv"), "There are no results at"),
    ],
)
def test_what_makes_no_sense_is_refused(
    arguments: tuple[str, ...],
    text: str,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(place.parent)
    assert main(["report", "--results", str(place), *arguments]) == ExitCode.USAGE
    printed = capsys.readouterr()
    assert text in printed.err
    assert printed.out == ""
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def test_a_file_that_can_not_be_written_is_an_error_with_a_remedy(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (("--csv", "--write"), ("--sqlite",)):
        assert main(["report", str(place), *arguments, str(place)]) == ExitCode.INFRASTRUCTURE
        assert f"can't be written to {place}" in capsys.readouterr().err
        assert len(list(place.parent.iterdir())) == 1


def test_what_can_not_be_read_is_named_and_the_rest_is_reported(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = place.iterdir()
    file.write_bytes(file.read_bytes() + b'{"kind":\n')
    assert set(WRITERS) == {"markdown", "csv", "badge", "sqlite"}
    for arguments in (("--csv",), ("--markdown",), ("--badge", GLOBAL)):
        assert main(["report", str(place), *arguments]) == ExitCode.DONE
        assert f"{file}:5" in capsys.readouterr().err


def test_without_a_format_the_page_is_written_beside_the_results_and_can_be_opened(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_browser(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", open_browser)
    file = place / "report.html"
    given = ["report", "--results", str(place), "--baseline", str(place / "nothing")]
    assert main(given) == ExitCode.DONE
    assert capsys.readouterr().out == f"Report: {file}\n"
    assert opened == []
    data = read_blocks(file.read_text("utf-8"))["data"]
    assert data["cells"] == sorted([GLOBAL, PLAIN])
    assert [one["own"] for one in data["environments"]] == [True]
    assert main([*given, "--open"]) == ExitCode.DONE
    assert opened == [file.as_uri()]


def test_a_page_of_a_place_is_written_where_it_is_asked_for(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "new" / "page.html"
    assert (
        main(["report", str(place), "--select", "creation_site=module_global", "--write", str(file)]) == ExitCode.DONE
    )
    assert read_blocks(file.read_text("utf-8"))["data"]["cells"] == [GLOBAL]


def test_the_baseline_is_nobody_s_own_run_though_it_is_named(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    for baseline, own in ((place, False), (tmp_path, True)):
        assert main(["report", str(place), "--baseline", str(baseline), "--write", str(file)]) == ExitCode.DONE
        assert [one["own"] for one in read_blocks(file.read_text("utf-8"))["data"]["environments"]] == [own]


def test_only_a_page_is_opened(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(place), "--csv", "--open"]) == ExitCode.USAGE
    assert "--open is for the page" in capsys.readouterr().err


def test_without_a_browser_the_page_is_named(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    assert main(["report", str(place), "--write", str(place / "a.html"), "--open"]) == ExitCode.DONE
    assert capsys.readouterr().err == f"No browser was found here to open {place / 'a.html'}.\n"


def test_a_run_has_a_page_of_its_own(place: Path) -> None:
    results = read_run(place, RUN)
    page = write_run_page(place, RUN, results)
    assert page == place / f"{RUN}.report.html"
    assert read_blocks(page.read_text("utf-8"))["data"]["cells"] == sorted([GLOBAL, PLAIN])
