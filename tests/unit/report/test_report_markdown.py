"""The page for a pull request or a job's summary."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from markdown_it import MarkdownIt

from harness.catalogue.loading import load_catalogue
from harness.catalogue.selection import parse
from harness.catalogue.unstable import load_unstable
from harness.cli.options import ReportOptions
from harness.escaping import CONTROLS
from harness.report.choosing import Chosen, read_run_and_baseline
from harness.report.markdown import ROOM, make_page
from harness.store.model import BrokenLine, Results, Run
from harness.store.reading import read_results
from harness.verdicts.model import Status, Verdict
from tests.unit.report.made_up_report import GLOBAL, HOSTILE, NEW, OLD, PLAIN, UNCLOSED, make_verdict
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, LEAKS, MASKED, REMOVED, environment, put, run_of

BASELINE = Path("results/baseline")


def page_of(*runs: Run, baseline: tuple[Run, ...] = ()) -> str:
    chosen = Chosen(results=Results(runs=runs), where="results", sources="results", unread=())
    return make_page(chosen, Results(runs=baseline) if baseline else None, BASELINE)


def heading(page: str) -> str:
    return page.splitlines()[0]


def test_it_begins_with_how_much_shows_an_error_of_what_ran() -> None:
    page = page_of(run_of({GLOBAL: MASKED, PLAIN: CLEAN, UNCLOSED: LEAKS}, OLD), run_of({GLOBAL: REMOVED}, NEW))
    assert heading(page) == "### An error in 1 of 3 outcomes"
    assert "**outcomes**: 1 with a known error, 1 with a leak, 1 clean, 1 not applicable" in page
    assert "**results**: results\n" in page


def test_a_habit_is_a_row_with_its_releases() -> None:
    page = page_of(run_of({GLOBAL: MASKED, PLAIN: CLEAN}, OLD), run_of({GLOBAL: CLEAN, PLAIN: CLEAN}, NEW))
    hidden = "Event loop is closed (loop-closed) ← got Future attached to a different loop (different-loop)"
    assert f"| a module-level client | ❌ fails 0.26.0<br>✅ clean 1.0.0 | {hidden} |\n" in page
    assert "| an async fixture, a client per test | ✅ clean 0.26.0–1.0.0 |  |\n" in page
    assert "| Event loop is closed (loop-closed) | 1 of 2 | 0.26.0 | Open the client" in page


def test_a_range_says_how_many_of_its_releases_were_run() -> None:
    page = page_of(run_of({GLOBAL: MASKED}, OLD), run_of({GLOBAL: CLEAN}, environment("1.5.0")))
    assert re.search(r"2 of \d+ releases run: a dash joins neighbours of those\.", page)
    assert "releases run" not in page_of(run_of({GLOBAL: MASKED}, OLD))


def test_what_was_not_read_is_said_once() -> None:
    runs = (run_of({GLOBAL: CLEAN}, OLD),)
    broken = (BrokenLine(file="a.jsonl", line=3, reason="no such kind"),)
    page = make_page(Chosen(results=Results(runs=runs, broken=broken), where="", sources="", unread=()), None, BASELINE)
    assert "**not read**: a.jsonl:3: no such kind" in page
    assert page.count("no such kind") == 1


def test_it_says_nothing_of_where_folders_are_on_this_machine(tmp_path: Path) -> None:
    own = put(tmp_path / "own", run_of({GLOBAL: MASKED}, OLD))
    (path,) = own.iterdir()
    header, line, _ = path.read_text("utf-8").splitlines()
    path.write_text(f"{header}\n{line}\n{{}}\n", "utf-8")
    baseline = put(tmp_path / "before", run_of({GLOBAL: CLEAN}, OLD))
    chosen, before = read_run_and_baseline(ReportOptions(places=(own,), baseline=baseline))
    page = make_page(chosen, before, baseline)
    for text in (f"interrupted**: {path.name}: 1 outcome", f"not read**: {path.name}:3: ", "baseline**: before has 1 "):
        assert text in page
    assert str(tmp_path) not in page


def test_what_differs_from_the_baseline_on_the_same_versions_is_counted_and_listed() -> None:
    run = (run_of({GLOBAL: MASKED, PLAIN: CLEAN}, OLD), run_of({GLOBAL: CLEAN}, NEW))
    page = page_of(*run, baseline=(run_of({GLOBAL: CLEAN, PLAIN: CLEAN, UNCLOSED: LEAKS}, OLD),))
    assert heading(page) == "### ⚠️ An error in 1 of 3 outcomes; 1 differs from the baseline"
    assert "results/baseline has 2 outcomes of the same cells in 1 of 2 environments" in page
    assert f"| <code>{GLOBAL}</code> | appeared | clean | loop-closed←different-loop |" in page


def test_what_is_as_in_the_baseline_is_that_in_one_line() -> None:
    run = run_of({GLOBAL: MASKED, PLAIN: CLEAN}, OLD)
    page = page_of(run, baseline=(run,))
    assert heading(page) == "### ✅ An error in 1 of 2 outcomes; nothing differs from the baseline"
    assert "What changed" not in page


def test_with_a_baseline_of_other_versions_or_cells_nothing_is_compared() -> None:
    run = run_of({GLOBAL: MASKED}, OLD)
    for other in (run_of({GLOBAL: CLEAN}, NEW), run_of({PLAIN: CLEAN}, OLD)):
        assert page_of(run, baseline=(other,)) == page_of(run)


def test_cells_that_are_known_to_be_unstable_are_set_aside() -> None:
    catalogue = load_catalogue()
    cell = next(catalogue.cells(parse(load_unstable()[0].select, axes=catalogue.value_names))).id
    run, before = run_of({cell: MASKED, GLOBAL: CLEAN}, OLD), run_of({cell: DIFFERENT, GLOBAL: CLEAN}, OLD)
    page = page_of(run, baseline=(before,))
    assert heading(page).endswith("nothing differs from the baseline")
    assert "1 of cells that are known to be unstable differ and aren't counted" in page


def test_one_s_own_suites_come_first(tmp_path: Path) -> None:
    put(tmp_path, run_of({"suite:mine": DIFFERENT, GLOBAL: CLEAN}, OLD), run_of({"suite:mine": CLEAN}, NEW))
    runs = read_results(tmp_path, lean=True).runs
    page = page_of(*runs)
    assert heading(page) == "### ❌ mine: an error in 1 of 2 runs; cells: no error in 1 outcome"
    assert page.index("**Your suite mine**") < page.index("what becomes of them**")
    assert "| 5 tests | 0.26.0 | different-loop in 1 test (.FFFF) |" in page
    (passing,) = (run for run in runs if run.header.environment_id == NEW.id)
    assert heading(page_of(passing)) == "### ✅ mine: no error in 1 run"


def test_what_was_not_measured_or_not_read_is_named() -> None:
    gone = Verdict(status=Status.INFRASTRUCTURE, reason="the server went away")
    broken = (BrokenLine(file="a.jsonl", line=3, reason="torn"),)
    results = Results(runs=(run_of({GLOBAL: gone}, OLD),), broken=broken)
    page = make_page(Chosen(results=results, where="results", sources="results", unread=()), None, BASELINE)
    assert heading(page) == "### Nothing ran"
    assert "- **not measured**: 1: the server went away\n" in page
    assert "a.jsonl:3: torn" in page


def render(page: str) -> str:
    html: str = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(page)
    return html


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_text(text: str, tmp_path: Path) -> None:
    hostile = {f"suite:{text}"[:200]: make_verdict(text), f"a/b/{text}"[:200]: make_verdict(text)}
    folder = put(tmp_path, run_of(hostile, OLD))
    (path,) = folder.iterdir()
    run = msgspec.structs.replace(run_of(hostile, OLD), file=str(path))
    broken = (BrokenLine(file=text, line=1, reason=text),)
    chosen = Chosen(results=Results(runs=(run,), broken=broken), where=text, sources=text, unread=())
    clean = run_of(dict.fromkeys(hostile, CLEAN), OLD)
    page = make_page(chosen, Results(runs=(clean,)), Path("results"))
    html = render(page)
    tags = set(re.findall(r"</?([a-z0-9]+)", html))
    assert tags <= {
        *("h3", "p", "strong", "ul", "li", "code", "br", "details", "summary"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
    assert html.count("<h3>") == 1
    assert html.count("<details>") == html.count("</details>")
    assert not re.search(r"@\w", re.sub("<code>.*?</code>", "", page)), "nobody is notified"
    assert len(page.encode()) <= ROOM
    assert not CONTROLS.search(page.replace("@\N{WORD JOINER}", ""))
    rows = [row.count("<td") + row.count("<th") for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)]
    assert rows
    assert set(rows) <= {2, 3, 4, 5, 6}


def test_much_is_shortened_and_how_much_is_left_out_is_named() -> None:
    catalogue = load_catalogue()
    cells = [cell.id for cell in catalogue.cells(parse("loop_policy=default,debug", axes=catalogue.value_names))]
    page = page_of(run_of(dict.fromkeys(cells, DIFFERENT), OLD), baseline=(run_of(dict.fromkeys(cells, CLEAN), OLD),))
    assert ROOM * 0.8 < len(page.encode()) <= ROOM
    assert re.search(r"… [\d,]+ cells left out here; `.*compare --all` has all\.", page)
