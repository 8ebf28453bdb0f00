"""The find box in a browser: what is typed is offered, applied and explained, and all of it is in the address."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.tabs import Tab


def read_find(tab: Tab) -> str:
    return parse_qs(tab.address.partition("?")[2]).get("find", [""])[0]


def count_cells(page: Page) -> int:
    return int(page.locator(".counted").inner_text().split(" ")[0].replace(",", ""))


def test_typing_filters_at_once_and_the_back_button_undoes_it(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix")
    everything = count_cells(page)
    tab.find("fixture_scope=session and verdict:clean")
    assert read_find(tab) == "fixture_scope=session and verdict:clean"
    assert 0 < count_cells(page) < everything
    page.go_back()
    assert count_cells(page) == everything
    assert page.locator("#find").input_value() == ""


def test_what_can_be_typed_is_offered(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix")
    box = page.locator("#find")
    offers = page.locator("#find-offers").get_by_role("option")
    tab.find("sig")
    expect(offers.first).to_contain_text("signature:")
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", offers.first.get_attribute("id") or "none")
    page.keyboard.press("Enter")
    expect(box).to_have_value("signature:")
    page.keyboard.type("loop-cl")
    expect(offers.first).to_contain_text("loop-closed")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(box).to_have_value("signature:loop-closed ")
    page.keyboard.type("session")
    offers.filter(has_text="fixture_scope=session").click()
    expect(box).to_have_value("signature:loop-closed fixture_scope=session ")
    expect(offers).to_have_count(0)
    assert count_cells(page) > 0


def test_a_cell_is_offered_by_a_part_of_its_id(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page)
    tab.find("default/function/module_global/no")
    page.get_by_role("option", name="default/function/module_global/none open this cell").click()
    assert tab.address == "/cell/default/function/module_global/none"


def test_a_query_that_cant_be_read_is_shown_with_its_place_and_stays(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix?find=verdict:clean")
    box, problem = page.locator("#find"), page.locator("#find-error")
    cells = count_cells(page)
    box.fill("verdict:clean fixture_scope=sesion")
    page.keyboard.press("Enter")
    expect(problem).to_contain_text("Unknown value of fixture_scope 'sesion'. Did you mean 'session'")
    first, mark = (problem.locator("pre").text_content() or "").split("\n")
    assert first[mark.index("^") :] == "sesion"
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_value("verdict:clean fixture_scope=sesion")
    assert count_cells(page) == cells
    box.fill("verdict:clean fixture_scope=session")
    expect(box).to_have_attribute("aria-invalid", "false")
    assert count_cells(page) < cells


def test_a_link_with_a_broken_query_shows_everything_and_says_so(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix?find=verdict:")
    assert "Expected a value of verdict." in page.locator("#find-error").inner_text()
    assert "can't be read, so everything is shown" in page.locator(".counted").inner_text()
    assert page.locator("#find").input_value() == "verdict:"


def test_a_badge_adds_its_token_and_ctrl_click_a_second_one(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix?find=fixture_scope%3Dsession")
    clean, leaks = (page.get_by_role("button", name=name, exact=True) for name in ("✓ clean", "l leaks"))
    clean.click()
    assert page.locator("#find").input_value() == "fixture_scope=session verdict:clean"
    expect(clean).to_have_attribute("aria-pressed", "true")
    leaks.click(modifiers=["Control"])
    assert read_find(tab) == "fixture_scope=session verdict:clean,leaks"
    leaks.click()
    clean.click()
    assert read_find(tab) == "fixture_scope=session"
    page.go_back()
    assert read_find(tab) == "fixture_scope=session verdict:clean"


def test_a_search_from_another_view_leads_to_the_matrix(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "about")
    tab.find("verdict:leaks")
    page.keyboard.press("Enter")
    assert tab.address == "/matrix?find=verdict%3Aleaks"
    assert count_cells(page) > 0


def test_nothing_found_leads_back(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix?find=nothing-has-this-text")
    assert count_cells(page) == 0
    page.get_by_role("link", name="Show everything").click()
    assert count_cells(page) > 0


def test_a_pasted_error_leads_to_what_it_means_and_what_to_type_next(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page)
    tab.find(
        "E   RuntimeError: Task <Task name='Task-4' coro=<test_it()>> got Future <Future> attached to a different loop"
    )
    page.keyboard.press("Enter")
    assert tab.address == "/matrix?find=signature%3Adifferent-loop"
    meaning = page.locator(".known-error")
    expect(meaning).to_contain_text("awaits a future that was made by another event loop")
    expect(meaning.locator(".command").first).to_contain_text("cure --suite tests")
    assert count_cells(page) > 0
    page.locator("#find").fill("verdict:clean")
    expect(meaning).to_have_count(0)
