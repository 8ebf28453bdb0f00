"""The matrix in a browser: pivot, fold, short answers, keyboard, and more rows than a page could hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from harness.report.making import make_report
from harness.report.page import make_page
from harness.store.model import Results, Run
from tests.browser.conftest import NO_SUITES
from tests.browser.own_runs import SEEN
from tests.browser.pages import list_full_cells, make_data, multiply, read_some
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, environment, header, outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.browser.tabs import Tab


def list_texts(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(selector).all_inner_texts()]


def point_at(row: Locator, column: int) -> Locator:
    """What is in a column of a row: it is an element as soon as the pointer is there."""
    strip = row.locator(".strip")
    row.locator(".name").hover()
    box = strip.bounding_box()
    assert box is not None
    width = box["width"] / int(strip.get_attribute("aria-colspan") or 0)
    row.page.mouse.move(box["x"] + (column + 0.5) * width, box["y"] + box["height"] / 2)
    place = row.locator(".slot a").nth(column)
    place.wait_for()
    return place


def list_rows(page: Page) -> list[str]:
    page.locator(".grid .row:not([hidden])").first.wait_for()
    return list_texts(page, ".grid .row:not([hidden]) .name .text")


@pytest.fixture(scope="session")
def wide_page(keep: Callable[[str, Callable[[], str]], Path]) -> Path:
    """Of more releases than a phone has room for."""
    cells = [*list_full_cells()[::200], SEEN]
    return keep("wide-matrix.html", lambda: make_page(multiply(make_data(read_some()), cells), NO_SUITES))


def test_a_cell_with_an_error_in_one_of_its_runs_counts_as_one_with_an_error(
    tab: Tab, keep: Callable[[str, Callable[[], str]], Path]
) -> None:
    cell, where = "default/session/module_global/none", environment()
    outcomes = tuple(outcome(cell, verdict, sample=number) for number, verdict in enumerate((CLEAN, DIFFERENT)))
    run = Run(header=header(where), outcomes=outcomes)
    page = tab.open(keep("contradicting.html", lambda: make_report(Results(runs=(run,)), ())), "matrix")
    expect(page.locator(".controls")).to_contain_text("A number is the share of cells with an error in any run")
    assert point_at(page.locator(".grid .row.group").first, 0).inner_text() == "100"
    expect(page.get_by_role("tooltip")).to_contain_text("of 1 cell, by the worst run in each environment")


def test_rows_are_creation_sites_and_columns_the_environments_of_the_main_python(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix")
    assert "module_global" in list_rows(page)
    assert list_texts(page, ".grid .column") == ["0.21.2", "0.26.0", "1.0.0", "1.4.1", "1.5.0"]
    assert page.title() == "Matrix – Valkey loop matrix"


def test_rows_and_columns_are_chosen_and_the_address_has_them(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix")
    page.get_by_label("Rows").select_option("fixture_scope")
    page.get_by_label("Columns").select_option("python")
    assert tab.address == "/matrix?rows=fixture_scope&columns=python"
    assert list_rows(page) == ["function", "class", "module", "package", "session"]
    assert list_texts(page, ".grid .column") == ["3.10", "3.13"]
    page.get_by_title("Rows as columns, columns as rows").click()
    assert list_rows(page) == ["3.10", "3.13"]
    page.go_back()
    page.go_back()
    assert list_texts(page, ".grid .column") == ["0.21.2", "0.26.0", "1.0.0", "1.4.1", "1.5.0"]
    page.reload()
    page.wait_for_selector(".grid")
    assert list_rows(page) == ["function", "class", "module", "package", "session"]


def test_what_the_address_asks_for_and_isnt_there_is_named(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix?rows=fixture_scop,fixture_scope&columns=constructor")
    assert page.get_by_role("alert").inner_text() == (
        "The address asks for what these results don't have: no axis or dimension “fixture_scop” (rows); "
        "no axis or dimension “constructor” (columns). Something else is shown instead."
    )
    assert list_rows(page) == ["function", "class", "module", "package", "session"]


def test_numbers_of_a_row_are_over_the_same_cells(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix?rows=loop_policy&find=not+verdict:not-applicable")
    default = page.locator(".grid .row", has_text="default").first
    point_at(default, 0)
    bars = [bar.get_attribute("aria-label") or "" for bar in default.locator(".share").all()]
    totals = {bar.rpartition(" of ")[2].partition(",")[0] for bar in bars}
    assert len(bars) == 5
    assert len(totals) == 1
    # It exists from 1.4 on: nothing of it ran everywhere, so each number has its own total beside it.
    factories = page.locator(".grid .row", has_text="loop_factories")
    point_at(factories, 4)
    assert factories.locator(".share small").count() == factories.locator(".share").count() > 0


def test_a_group_unfolds_into_its_cells_and_a_cell_opens(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix")
    page.get_by_role("button", name="class_attribute").click()
    cells = page.locator(".grid .row.cell:not([hidden])")
    assert cells.count() > 5
    assert all("/class_attribute/" in text for text in list_texts(page, ".grid .row.cell:not([hidden]) .name"))
    assert tab.address == "/matrix?open=class_attribute"
    square = point_at(cells.first, 2)
    answer = page.get_by_role("tooltip")
    label = (square.get_attribute("aria-label") or "no label").removesuffix(", 1.0.0")
    expect(answer).to_contain_text(re.sub("[()]", "", label))
    expect(answer).to_contain_text("1.0.0 py3.13")
    square.click()
    assert tab.address.startswith("/cell/")
    assert "environment=linux-x86_64%2Fcpython-3.13%2Fpytest-asyncio-1.0.0" in tab.address
    page.go_back()
    assert page.locator(".grid .row.cell:not([hidden])").count() > 5


@pytest.mark.parametrize("settings", ["", "&environments=all", "&columns=python"])
def test_the_next_cells_are_those_that_the_matrix_counts(tab: Tab, some_page: Path, settings: str) -> None:
    page = tab.open(some_page, f"matrix?rows=cell&find=verdict:leaks{settings}")
    number = page.locator(".counted").inner_text().split()[0]
    page.locator(".grid .row.cell .name a").first.click()
    page.get_by_role("navigation", name="Cells").get_by_text(f"{number} cells that verdict:leaks finds").wait_for()


def test_a_square_shows_test_body_and_cleanup_apart(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix?rows=cell&find=body:clean+cleanup:leaks")
    point_at(page.locator(".grid .row.cell").first, 0)
    square = page.locator(".grid .left-clean.right-leaks").first
    assert square.inner_text() == "l"
    colours = square.evaluate("element => getComputedStyle(element).backgroundImage")
    assert colours.startswith("linear-gradient(90deg, ")
    assert len(set(colours.split("rgb")[1:])) == 2


def test_a_bar_leads_to_the_cells_that_it_counts(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix?rows=creation_site&columns=fixture_scope")
    point_at(page.locator(".grid .row", has_text="cached_getter"), 1).click()
    assert page.locator("#find").input_value() == "creation_site=cached_getter fixture_scope=class"
    assert all("/class/cached_getter/" in text for text in list_rows(page))


def test_the_matrix_is_walked_with_the_keyboard_alone(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix")
    page.locator("#find").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.grid .rows') !== null"):
            break
    focused = page.locator(":focus")
    assert focused.inner_text().startswith("▸")
    page.keyboard.press("ArrowRight")
    assert page.locator(".grid .row.cell:not([hidden])").count() > 5
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    expect(focused).to_have_attribute("href", re.compile("^#/cell/"))
    expect(page.get_by_role("tooltip")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip")).to_be_hidden()
    page.keyboard.press("Control+End")
    rows = int(page.locator(".grid").get_attribute("aria-rowcount") or 0)
    assert page.locator(".row:focus-within").get_attribute("aria-rowindex") == str(rows)
    page.keyboard.press("Control+Home")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    assert page.locator(".grid .row.cell:not([hidden])").count() == 0


def test_a_row_is_described_in_words_and_drawn_in_the_colours_of_the_theme(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix?find=default/class/event_loop_fixture&rows=cell")
    strip = page.locator(".grid .row.cell .strip").last
    label = strip.get_attribute("aria-label") or ""
    assert re.fullmatch(r"\S+ 0\.21\.2( to \S+)?, .*1\.5\.0", label)
    corner = "element => [...element.firstElementChild.getContext('2d').getImageData(6, 6, 1, 1).data].join()"
    square = point_at(page.locator(".grid .row.cell").last, 0)
    fill = square.evaluate("element => getComputedStyle(element).backgroundColor")
    assert strip.evaluate(corner).removesuffix(",255") == re.sub(r"[^\d,]", "", fill)
    light = strip.evaluate(corner)
    page.get_by_label("Theme").select_option("dark")
    assert strip.evaluate(corner) != light


def test_half_a_million_outcomes_need_only_the_rows_in_sight(tab: Tab, big_page: Path) -> None:
    page = tab.open(big_page, "matrix?rows=cell&environments=all")
    grid = page.locator(".grid")
    rows = int(grid.get_attribute("aria-rowcount") or 0) - 1
    columns = int(grid.get_attribute("aria-colcount") or 0) - 1
    assert rows * columns > 500_000
    assert page.locator(".grid .row").count() < 100
    seen = set(list_rows(page))
    for place in (0.25, 0.5, 1):
        grid.evaluate("(grid, place) => grid.scrollTo(0, place * grid.scrollHeight)", place)
        page.wait_for_timeout(300)
        now = list_rows(page)
        assert seen.isdisjoint(now)
        seen.update(now)
    last = max(int(row.get_attribute("aria-rowindex") or 0) for row in page.locator(".grid .row:not([hidden])").all())
    assert last == rows + 1
    assert page.locator(".grid .row").count() < 100


def test_the_rows_that_fit_on_paper_are_printed(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix?open=module_global")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    table = page.locator("table.paper")
    assert table.is_visible()
    assert not page.locator(".grid").is_visible()
    assert not page.locator("header.top").is_visible()
    assert table.locator("tbody tr").count() == int(page.locator(".grid").get_attribute("aria-rowcount") or 0) - 1
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert table.count() == 0


def test_what_has_the_focus_is_named_with_its_column_and_described_with_its_row(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix?rows=creation_site&open=module_global")
    focused = page.locator(":focus")
    page.locator(".grid .rows [tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    expect(focused).to_have_accessible_name(re.compile(r"^\d+ . \w+( · \d+ . \w+)* of \d+, 0\.21\.2$"))
    expect(focused).to_have_accessible_description(re.compile("^module_global, 0.21.2"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    cell = page.locator(".row:focus-within .name .text").inner_text()
    label = page.get_by_role("tooltip").locator("b").inner_text()
    name = focused.get_attribute("aria-label") or "no label"
    assert re.sub("[()]", "", name) == f"{label}, 1.5.0"
    expect(focused).to_have_accessible_name(name)
    expect(focused).to_have_accessible_description(re.compile(f"^{re.escape(cell)} .*1.5.0 py3.13"))
    expect(page.locator(".row:focus-within > .strip")).to_have_attribute("aria-hidden", "true")


def test_on_a_phone_the_controls_are_folded_and_the_rows_near(tab: Tab, some_page: Path) -> None:
    tab.page.set_viewport_size({"width": 390, "height": 844})
    page = tab.open(some_page, "matrix")
    assert not page.get_by_label("Rows").is_visible()
    first = page.locator(".grid .rows").bounding_box()
    assert first is not None
    assert first["y"] < 844 / 3
    page.locator(".controls summary").click()
    page.get_by_label("Rows").select_option("fixture_scope")
    expect(page.locator(".controls summary")).to_have_text("rows fixture_scope columns environment")
    assert page.get_by_label("Rows").is_visible()
    assert tab.list_barriers() == []
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(page.get_by_label("Rows")).to_be_visible()
    assert not page.locator(".controls summary").is_visible()


@pytest.mark.parametrize(
    ("view", "box", "head"),
    [
        ("matrix?rows=fixture_scope&columns=creation_site", ".grid", ".grid .row .name"),
        (f"cell/{SEEN}", ".wide:has(.everywhere)", ".everywhere tbody th"),
    ],
)
def test_a_wide_table_scrolls_in_its_box_and_its_row_heads_stay(
    tab: Tab, wide_page: Path, view: str, box: str, head: str
) -> None:
    tab.page.set_viewport_size({"width": 390, "height": 844})
    page = tab.open(wide_page, view)
    page.locator(head).first.wait_for()
    before = page.locator(head).first.bounding_box()
    assert page.locator(box).evaluate("box => { box.scrollLeft = 1e6; return box.scrollLeft }") > 100
    after = page.locator(head).first.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["x"] - before["x"]) < 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
