"""A suite of the user's own in a browser: its tests by environment, what was seen, and proven cures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.own_suite import (
    PATCH,
    make_hostile_page,
    make_own_page,
    make_page_without_evidence,
    make_page_without_tests,
)
from tests.browser.pages import PAYLOADS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.tabs import Tab

    Keep = Callable[[str, Callable[[], str]], Path]


@pytest.fixture(scope="session")
def own_page(keep: Keep, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keep("own-suite.html", lambda: make_own_page(tmp_path_factory.mktemp("own")))


@pytest.fixture(scope="session")
def wide_page(keep: Keep, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """On more releases than there is room for words."""
    releases = ("0.25.3", "0.26.0", "1.0.0", "1.4.1", "1.5.0")
    return keep("wide.html", lambda: make_own_page(tmp_path_factory.mktemp("wide"), releases=releases))


@pytest.fixture(scope="session")
def long_page(keep: Keep, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With more tests than are listed at once."""
    tests = tuple(f"test_{number}" for number in range(320))
    return keep("long.html", lambda: make_own_page(tmp_path_factory.mktemp("long"), tests=tests))


@pytest.fixture(scope="session")
def gone_page(keep: Keep, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without the evidence of the newest release."""
    return keep("gone.html", lambda: make_page_without_evidence(tmp_path_factory.mktemp("gone")))


@pytest.fixture(scope="session")
def hostile_suite_page(keep: Keep, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keep("hostile-suite.html", lambda: make_hostile_page(tmp_path_factory.mktemp("hostile")))


def test_a_suite_without_a_test_has_pytest_s_words_and_nothing_counted(
    tab: Tab, keep: Keep, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = keep("no-tests.html", lambda: make_page_without_tests(tmp_path_factory.mktemp("no-tests")))
    section = tab.open(path, "suite").get_by_role("region", name="Test by test")
    expect(section).to_contain_text("No test was run: ")
    expect(section).to_contain_text("pytest found no test to run, exit code 5.")
    assert not re.search(r"\d tests?\b|failed|loop error", section.inner_text())
    expect(section.locator("table, .key-letters")).to_have_count(0)
    assert tab.list_barriers() == []


def test_a_page_about_one_suite_alone_opens_with_it(tab: Tab, own_page: Path) -> None:
    page = tab.open(own_page)
    assert page.get_by_role("heading", level=1).inner_text() == "Your suite shop"
    expect(page.get_by_role("navigation", name="Views").get_by_role("link", name="Answer")).to_have_count(0)
    page.get_by_role("link", name="Show every test").click()
    expect(page.locator(".suite-tests tbody tr")).to_have_count(2)


def test_tests_that_differ_are_shown_and_the_others_when_they_are_asked_for(tab: Tab, own_page: Path) -> None:
    page = tab.open(own_page, "suite")
    rows = page.locator(".suite-tests tbody tr")
    assert [row.split() for row in rows.all_inner_texts()] == [
        [
            "test_remove",
            "test_cart.py",
            "✓",
            "✗",
            "failed:",
            *["got", "Future", "attached", "to", "a", "different", "loop"],
        ]
    ]
    page.get_by_role("link", name="Show every test").click()
    assert tab.address == "/suite?tests=all"
    assert rows.count() == 2
    page.go_back()
    assert rows.count() == 1


def test_of_very_many_tests_the_rest_is_shown_when_it_is_asked_for(tab: Tab, long_page: Path) -> None:
    page = tab.open(long_page, "suite?tests=all")
    rows = page.locator(".suite-tests tbody tr")
    assert rows.count() == 300
    page.get_by_role("link", name="Show 20 more tests").click()
    assert rows.count() == 320


def test_in_many_environments_a_letter_stands_for_the_words_which_the_tests_name_opens(
    tab: Tab, wide_page: Path
) -> None:
    page = tab.open(wide_page, "suite")
    row = page.locator(".suite-tests tbody tr")
    letters = [text.split()[0] for text in row.locator("td .verdict").all_inner_texts()]
    assert letters == list("✓✓✓✓✗")
    row.locator("summary").click()
    assert row.locator("li").all_inner_texts() == [
        "0.25.3 py3.13 – 1.4.1 py3.13 passed",
        "1.5.0 py3.13 failed: got Future attached to a different loop different-loop",
    ]
    assert page.locator(".headlines b").all_inner_texts() == ["0.25.3 py3.13 – 1.4.1 py3.13", "1.5.0 py3.13"]
    assert tab.list_barriers() == []


def test_what_was_seen_is_drawn_of_the_environment_that_is_chosen(tab: Tab, own_page: Path) -> None:
    page = tab.open(own_page, "suite/shop")
    seen = page.locator("section", has=page.locator("#seen"))
    seen.locator(".timeline").wait_for()
    assert "1 failure in 2 tests" in seen.inner_text()
    seen.get_by_role("combobox").select_option(label="0.26.0 py3.13")
    assert "No failure in 2 tests." in seen.inner_text()
    assert "environment=" in tab.address


def test_a_proven_cure_is_a_diff_that_can_be_copied(tab: Tab, own_page: Path) -> None:
    page = tab.open(own_page, "suite/shop")
    cure = page.locator(".proven > li")
    assert cure.locator("summary").inner_text() == "run all on one loop"
    assert cure.locator("pre").inner_text().strip() == PATCH.strip()
    assert cure.locator(".added").inner_text().strip() == "+asyncio_default_test_loop_scope = session"
    assert "Proven by 3 runs." in cure.inner_text()


def test_commands_name_the_suite_and_the_versions(tab: Tab, own_page: Path) -> None:
    page = tab.open(own_page, "suite/shop")
    commands = page.locator(".commands code").all_inner_texts()
    named = "'our tests/shop' --client redis"
    assert any(one.endswith(f"cure --suite {named} --pytest-asyncio 1.5.0 --python 3.13") for one in commands)
    assert any(f" diagnose {named} --run" in one for one in commands)


def test_of_a_suite_whose_evidence_is_gone_it_is_said_how_to_have_it_again_and_what_is_known(
    tab: Tab, gone_page: Path
) -> None:
    page = tab.open(gone_page, "suite/shop")
    note = page.locator(".unseen")
    expect(note).to_contain_text("The evidence is gone of the run on 1.5.0 py3.13")
    expect(note.locator("code").last).to_have_text(
        re.compile(" matrix --suite DIR --pytest-asyncio 1.5.0 --python 3.13 --fresh$")
    )
    seen = page.locator("section", has=page.locator("#seen"))
    expect(seen).to_contain_text("The page has no evidence of the run there.")
    expect(seen.locator(".finding").first).to_contain_text("different-loop")
    expect(seen.locator(".tests")).to_contain_text("F")
    page.get_by_role("link", name="Show every test").click()
    assert page.locator(".suite-tests thead th").all_inner_texts() == ["test", "0.26.0 py3.13"]
    assert "DIR stands for the suite's folder" in page.locator("main").inner_text()
    assert tab.list_barriers() == []
    assert tab.list_wide() == []
    page = tab.open(gone_page, "compare?before=0&after=1")
    expect(page.locator(".own-suite")).to_contain_text("Its tests can't be compared one by one")


def test_a_suite_that_isnt_there_is_answered(tab: Tab, own_page: Path) -> None:
    page = tab.open(own_page, "suite/other")
    assert "There is no suite “other”" in page.get_by_role("alert").inner_text()


def test_without_suites_there_is_no_such_view_in_the_navigation(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page)
    assert page.get_by_role("navigation", name="Views").get_by_role("link", name="Your suite").count() == 0


@pytest.mark.parametrize("width", [1280, 800, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen_and_nothing_bars_the_way(
    tab: Tab, own_page: Path, width: int, scheme: str
) -> None:
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page = tab.open(own_page, "suite/shop?tests=all")
    page.locator(".timeline").wait_for()
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert tab.list_barriers() == []


def test_hostile_names_are_shown_as_texts(tab: Tab, hostile_suite_page: Path) -> None:
    page = tab.open(hostile_suite_page, "suite?tests=all")
    page.locator(".timeline").wait_for()
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.get_by_role("heading", level=1).inner_text() == f"Your suite {PAYLOADS[0]}"
    assert page.locator(".suite-tests tbody tr").count() == len(PAYLOADS)
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img, main script").count() == 0
