"""What stands around every view, in a browser: navigation, focus, theme, keys, width, and what isn't there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.own_runs import SEEN as OBSERVED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.tabs import Tab

SEEN = f"cell/{OBSERVED}"
CELL = "cell/default/function/module_global/none"
VIEWS = (
    "answer",
    CELL,
    "compare",
    "matrix",
    "matrix?open=*",
    "matrix?rows=fixture_scope&columns=creation_site",
    "about",
)


def test_a_view_that_isnt_there_is_answered(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "nothing/of%20this%kind")
    assert page.get_by_role("alert").inner_text() == "There is no view “nothing” in these results."
    page.get_by_role("link", name="To the matrix").click()
    assert page.locator(".grid").is_visible()


def test_a_new_view_has_the_focus_and_a_title_and_the_back_button_finds_what_was_scrolled_to(
    tab: Tab, some_page: Path
) -> None:
    page = tab.open(some_page, "about")
    assert page.title() == "About – Valkey loop matrix"
    page.evaluate("scrollTo(0, 300)")
    page.wait_for_timeout(50)
    # A click of the mouse would scroll up to the link first.
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Matrix").evaluate("link => link.click()")
    assert page.evaluate("document.activeElement.id") == "main"
    assert page.evaluate("scrollY") == 0
    assert page.title() == "Matrix – Valkey loop matrix"
    page.go_back()
    assert page.title() == "About – Valkey loop matrix"
    assert page.evaluate("scrollY") == 300


def test_the_skip_link_leads_past_the_navigation(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "about")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    assert tab.address == "/about"


def test_the_theme_is_the_systems_until_one_is_chosen_and_is_remembered(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "about")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(paper)
    assert light != dark
    page.get_by_label("Theme").select_option("light")
    assert page.evaluate(paper) == light
    page.reload()
    page.wait_for_selector("main")
    assert page.evaluate(paper) == light
    assert page.get_by_label("Theme").input_value() == "light"


def test_the_keys_are_listed(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix")
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    assert tab.list_barriers() == []
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    page.keyboard.press("/")
    page.keyboard.type("?")
    assert page.get_by_role("dialog").count() == 0
    assert page.locator("#find").input_value() == "?"


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_no_barriers_in_light_and_dark_and_needs_no_scrolling_sideways(
    tab: Tab, some_page: Path, view: str
) -> None:
    page = tab.open(some_page, view)
    assert tab.list_barriers() == []
    for width in (1280, 800, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.emulate_media(color_scheme="dark")
    assert tab.list_barriers() == []


@pytest.mark.parametrize(
    "view", ["answer", CELL, "compare", "matrix?rows=cell&find=%22suite:%22", "about", "<img src=x onerror=x>"]
)
def test_texts_from_elsewhere_are_only_texts(tab: Tab, hostile_page: Path, view: str) -> None:
    page = tab.open(hostile_page, view)
    if view.startswith("matrix"):
        page.locator(".grid .row.cell .name").first.hover()
    tab.find('"</script><script>window.hacked=1</script>"')
    assert "<" in page.locator("main").inner_text()
    assert page.title().endswith('<img src="x" onerror="window.hacked=1"> 0')
    assert page.evaluate("window.hacked") is None
    assert page.locator("#app :is(img, iframe, script, style), body > :is(img, svg)").count() == 0


def test_nothing_is_fetched_and_nothing_but_the_pages_own_script_may_run(tab: Tab, some_page: Path) -> None:
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    page = tab.open(some_page, "matrix")
    assert [url for url in asked if not url.startswith("file:")] == []
    page.evaluate(
        """() => {
        const script = document.createElement("script");
        script.textContent = "window.hacked = 1";
        document.body.append(script);
        const link = document.createElement("a");
        link.href = "javascript:window.hacked=1";
        document.body.append(link);
        link.click();
    }"""
    )
    page.wait_for_timeout(100)
    assert page.evaluate("window.hacked") is None
    assert len(tab.errors) == 2
    assert all("Content Security Policy" in error for error in tab.errors)
    tab.errors.clear()


@pytest.mark.parametrize("view", [*VIEWS, SEEN, "suite", "compare?before=0&after=4", "cell/none", "matrix?find=none"])
def test_no_text_however_long_makes_the_page_wider_than_the_screen(tab: Tab, long_page: Path, view: str) -> None:
    page = tab.open(long_page, view)
    page.locator("main").filter(has_text="Reading the").wait_for(state="detached")
    page.locator("main details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    assert tab.list_wide() == []


@pytest.mark.parametrize(
    ("view", "absent"),
    [
        ("compare?before=foo&after=bar", ["no environment “foo” (before)", "no environment “bar” (after)"]),
        ("cell/default/function/module_global/none?environment=foo", ["no environment “foo” (environment)"]),
        (
            "matrix?rows=foo,fixture_scope&columns=bar",
            ["no axis or dimension “foo” (rows)", "no axis or dimension “bar” (columns)"],
        ),
        ("compare?kinds=foo,appeared", ["no kind of change “foo” (kinds)"]),
        ("answer?steps=foo", ["no step “foo” (steps)"]),
    ],
)
def test_what_an_address_asks_for_that_isnt_there_is_said_in_one_line(
    tab: Tab, some_page: Path, view: str, absent: list[str]
) -> None:
    page = tab.open(some_page, view)
    expect(page.locator(".absent")).to_have_text(
        f"The address asks for what these results don't have: {'; '.join(absent)}. Something else is shown instead."
    )
    assert tab.list_barriers() == []


def test_of_an_address_of_which_everything_is_there_nothing_is_said(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix?rows=cell&columns=python&environments=all")
    expect(page.locator(".absent")).to_have_count(0)
    page.get_by_role("link", name="Compare", exact=True).click()
    page.get_by_role("link", name="⇄ swap").click()
    assert "before=" in tab.address
    expect(page.locator(".absent")).to_have_count(0)
