"""The first screen in a browser: habits, advice, what changed, and where each of them leads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.tabs import Tab

WIDTHS = (1280, 800, 390)
SCROLLS = "document.documentElement.scrollWidth > innerWidth"


def test_what_is_safe_today_comes_first_and_each_habit_leads_to_its_cell(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page)
    assert page.get_by_role("heading", level=1).inner_text() == "Which habits are safe?"
    rows = page.locator(".habits tbody tr")
    letters = rows.locator(".today .verdict").all_inner_texts()
    assert letters[0] == "✓"
    assert letters == sorted(letters, key="✓wl✗?–".index)
    habit = rows.first.get_by_role("rowheader").get_by_role("link")
    address = habit.get_attribute("href")
    habit.click()
    assert address == f"#{tab.address}"
    assert tab.address.startswith("/cell/default/")


def test_neighbouring_releases_that_are_alike_are_one_column_and_each_square_leads_to_its_newest(
    tab: Tab, some_page: Path
) -> None:
    page = tab.open(some_page)
    headings = page.locator(".habits thead tr:last-child th").all_inner_texts()
    assert headings == ["0.21.2", "0.26.0", "1.0.0\n–1.5.0"]
    page.locator(".habits tbody tr").first.locator("td").last.get_by_role("link").click()
    assert "pytest-asyncio-1.5.0" in tab.address


def test_an_error_is_named_as_people_meet_it(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page)
    row = page.locator(".habits tbody tr", has_text="a session-scoped async fixture")
    said = "Event loop is closed ← got Future attached to a different loop"
    assert " ".join(row.locator(".today").inner_text().split()) == f"✗ {said}"
    assert row.locator(".today a").get_attribute("title") == (
        "Event loop is closed (loop-closed) ← got Future attached to a different loop (different-loop)"
    )


def test_what_the_columns_leave_out_is_said_below_them(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page)
    note = page.locator(".note").inner_text()
    assert re.match(r"5 of \d+ releases run: what lies between two columns was not", note)
    heading = page.locator(".habits thead tr:last-child th").nth(1).get_attribute("title")
    assert heading is not None
    assert heading.startswith("since 0.26.0 (or earlier, after 0.21.2) until 0.26.0;")


def test_habits_and_advice_look_like_what_they_are_when_the_focus_is_on_them(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page)
    for one, text in (
        (page.locator(".habits tbody th a").first, "&"),
        (page.locator(".advice > summary").first, ".text"),
    ):
        line = "getComputedStyle(text === '&' ? element : element.querySelector(text)).textDecorationLine"
        script = f"(element, text) => {line}"
        assert one.evaluate(script, text) == "none"
        page.keyboard.press("Tab")  # so that a focus is shown as that of a keyboard is
        one.focus()
        assert one.evaluate(script, text) == "underline"


def test_advice_opens_to_its_numbers_by_release(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page)
    first = page.locator(".advice").first
    assert first.locator("summary .verdict").inner_text() in {"holds", "partly"}
    numbers = first.locator("summary .numbers").inner_text()
    first.locator("summary").click()
    cured, failing = first.locator("tbody tr").first.locator("td").nth(1).inner_text().split(" of ")
    assert f"cures {cured} of {failing} cells" in numbers
    assert first.get_by_role("link").first.get_attribute("href").startswith("https://")  # type: ignore[union-attr]


def test_each_step_says_how_many_cells_changed_and_leads_to_the_comparison(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page)
    steps = page.locator(".steps > li")
    first = steps.filter(has_text="0.26.0 → 1.0.0")
    assert re.search(r"\d+ cells of \d+ changed: \d+ worse", first.inner_text())
    first.get_by_role("link", name="Compare").click()
    assert tab.address.startswith("/compare?")
    assert "pytest-asyncio-0.26.0" in tab.address
    assert "pytest-asyncio-1.0.0" in tab.address


def test_what_became_expressible_is_not_counted_as_better(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page)
    lately = page.locator(".lately")
    numbers = {
        words: int(number)
        for number, words in re.findall(r"(\d+) (worse|better|newly expressible)", lately.inner_text())
    }
    assert numbers["newly expressible"] > numbers.get("better", 0)
    assert numbers == {
        words: int(number)
        for number, words in re.findall(
            r"(\d+) (worse|better|newly expressible)", page.locator(".step").first.inner_text()
        )
    }
    lately.get_by_role("link", name="Compare").click()
    chips = {
        text.split(maxsplit=1)[1]: int(text.split()[0]) for text in page.locator(".kinds button").all_inner_texts()
    }
    same = {"worse": "appeared", "better": "disappeared"}
    assert {same.get(words, words): number for words, number in numbers.items()}.items() <= chips.items()
    assert numbers.keys() >= {words for words in ("worse", "better") if same[words] in chips}


def test_a_changes_cells_are_shown_in_the_matrix(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page)
    change = page.locator(".step li").filter(has_text="Those where").first
    number = change.get_by_role("link").inner_text()
    change.get_by_role("link").click()
    assert tab.address.startswith("/matrix?rows=cell&find=")
    assert " changed:" in page.locator("#find").input_value()
    page.locator("main", has_text=f"{number} of ").wait_for()


def test_other_dimensions_are_in_the_address(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page)
    page.get_by_role("link", name="Pythons", exact=True).click()
    assert tab.address == "/answer?steps=python"
    assert page.locator(".step").first.inner_text().startswith("Python 3.10 → 3.13")
    page.go_back()
    assert page.locator(".step", has_text="0.26.0 → 1.0.0").is_visible()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen_and_nothing_bars_the_way(
    tab: Tab, some_page: Path, width: int, scheme: str
) -> None:
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page = tab.open(some_page)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert not page.evaluate(SCROLLS)
    assert tab.list_barriers() == []
    if width == WIDTHS[0]:
        box = page.locator(".wide", has=page.locator(".habits"))
        assert box.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_a_habit_is_opened_with_the_keyboard_alone(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page)
    page.locator("#main").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('th') !== null")
    page.keyboard.press("Enter")
    assert tab.address.startswith("/cell/")


def test_hostile_texts_are_shown_as_texts(tab: Tab, hostile_page: Path) -> None:
    page = tab.open(hostile_page)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img, main script").count() == 0
    assert page.locator(".habits tbody tr").count() > 0


def test_a_suite_of_the_users_stands_above_the_habits_and_is_a_click_away(tab: Tab, own_page: Path) -> None:
    page = tab.open(own_page)
    assert page.get_by_role("heading", level=1).inner_text() == "Which habits are safe?"
    page.get_by_role("list", name="Your suites").get_by_role("link").click()
    assert tab.address.startswith("/suite/")
