"""A cell's page in a browser: what happens, where it changes, what was seen, what cures it, and what to type."""

from __future__ import annotations

import difflib
import re
import shlex
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import expect

from harness.catalogue.loading import load_catalogue
from harness.compare.release_ranges import Point, ReleaseState, format_ranges
from harness.knowledge.code import render_suite
from harness.pipeline.cells import make_target
from harness.report.measured import select_measured_outcomes
from tests.browser.naming import ALONE, WITH_ID, write_names
from tests.browser.own_runs import EVIDENCE, SEEN
from tests.browser.pages import PAYLOADS, make_data, read_some

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from playwright.sync_api import Page

    from harness.report.model import PageData, PageVerdict
    from tests.browser.tabs import Tab

CELL = "default/session/async_fixture/aclose"
NEWEST = "linux-x86_64/cpython-3.13/pytest-asyncio-1.5.0/valkey-6.2.0"
KEEP_COPIES = """
window.copies = [];
Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => { window.copies.push(text); } } });
"""
NO_CLIPBOARD = 'Object.defineProperty(navigator, "clipboard", { value: undefined });'


@pytest.fixture(scope="module")
def data() -> PageData:
    return make_data(read_some())


def find_verdict(data: PageData, cell: str, environment: str) -> PageVerdict:
    place = [one.id for one in data.environments].index(environment)
    return data.verdicts[data.outcomes[place][data.cells.index(cell)]]


def list_copies(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.copies")
    return found


def test_it_shows_what_the_cell_means_and_what_happens_on_the_newest_release(
    tab: Tab, some_page: Path, data: PageData
) -> None:
    page = tab.open(some_page, f"cell/{CELL}")
    verdict = find_verdict(data, CELL, NEWEST)
    assert page.locator("h1").inner_text() == CELL
    assert "the client is made in an async fixture" in page.locator(".meaning").inner_text()
    assert page.locator(".headline strong").inner_text() == write_names(verdict.label, WITH_ID)
    assert page.get_by_label("Environment", exact=True).input_value() == NEWEST
    assert (verdict.body, verdict.cleanup) == ("reproduces", "leaks")
    assert [text.split(maxsplit=1)[1] for text in page.locator(".course dd").all_inner_texts()] == [
        "a known error",
        "something left open",
    ]
    assert "".join(page.locator(".tests .letter").all_inner_texts()) == verdict.pattern
    expect(page.locator(".tests .name").first).to_have_text("test_apple")


def test_tests_are_not_named_where_the_suite_doesnt_say_in_which_order_they_ran(tab: Tab, some_page: Path) -> None:
    page = tab.open(
        some_page, f"cell/loop_factories/function/async_fixture/aclose?environment={NEWEST.replace('1.5.0', '1.4.1')}"
    )
    page.locator(".suite pre").wait_for()
    assert page.locator(".tests .name").all_inner_texts() == [f"test {number}" for number in range(1, 6)]


def test_an_error_that_hides_another_stands_with_it_and_with_the_tests_in_which_that_happened(
    tab: Tab, some_page: Path, data: PageData
) -> None:
    verdict = find_verdict(data, CELL, NEWEST)
    (surface,) = (one for one in verdict.findings if one.role == "surface")
    page = tab.open(some_page, f"cell/{CELL}")
    first = page.locator(".finding").first
    assert write_names("loop-closed←different-loop", WITH_ID) in first.locator("h3").inner_text()
    assert "the test reports a, and b is what went wrong first" in page.locator("#what ~ p").all_inner_texts()[-1]
    tests = ", ".join(data.tests[test].rpartition("::")[2] for test in surface.tests)
    assert first.locator(".where").inner_text() == f"in the test body of {tests}"
    assert first.locator("pre").first.inner_text() == data.texts[surface.text]
    cause = next(one.cause for one in data.signatures if one.name == "different-loop")
    assert cause.replace("`", "") in first.inner_text()
    first.get_by_role("link", name="different-loop").click()
    assert tab.address == "/matrix?find=signature%3Adifferent-loop"


@pytest.mark.parametrize(
    "cell", [CELL, "default/function/event_loop_fixture/aclose", "default/function/async_fixture/aclose"]
)
def test_its_history_has_the_transitions_and_nothing_else(tab: Tab, some_page: Path, data: PageData, cell: str) -> None:
    number = data.cells.index(cell)
    line = [
        (one.dimensions["pytest-asyncio"], data.verdicts[column[number]])
        for one, column in zip(data.environments, data.outcomes, strict=True)
        if one.dimensions["python"] == "3.13"
    ]
    ranges = [list(same) for _, same in groupby(line, key=lambda pair: pair[1].outcome)]
    known = data.releases["pytest-asyncio"]["3.13"]
    page = tab.open(some_page, f"cell/{cell}")
    shown = page.locator(".history").first
    assert shown.locator(".span").all_inner_texts() == [
        describe_span(known, [version for version, _ in line], {version for version, _ in same}) for same in ranges
    ]
    assert shown.locator("p").inner_text().startswith(f"{len(line)} of {len(known)} releases run. ")
    for text, same in zip(shown.locator(".what").all_inner_texts(), ranges, strict=True):
        assert text.startswith(write_names(same[0][1].label, ALONE))


def describe_span(known: Sequence[str], ran: Sequence[str], chosen: set[str]) -> str:
    """As `explain` has it."""
    states = {version: ReleaseState.YES if version in chosen else ReleaseState.NO for version in ran}
    text = format_ranges([Point(version, states.get(version, ReleaseState.UNKNOWN)) for version in known], "shown")
    return text.removeprefix("shown ").partition("; ")[0]


def test_a_range_of_its_history_leads_to_where_that_is_so(tab: Tab, some_page: Path, data: PageData) -> None:
    cell = "default/function/event_loop_fixture/aclose"
    page = tab.open(some_page, f"cell/{cell}")
    before = page.locator(".headline").inner_text()
    page.locator(".history").first.locator("a").first.click()
    label = find_verdict(data, cell, NEWEST.replace("1.5.0", "0.21.2")).label
    expect(page.locator(".history").first.locator('a[aria-current="true"] .what')).to_contain_text(
        write_names(label, ALONE)
    )
    assert page.locator(".headline").inner_text() != before
    page.go_back()
    assert page.locator(".headline").inner_text() == before


def test_the_next_and_previous_cells_are_those_of_the_find_box(tab: Tab, some_page: Path, data: PageData) -> None:
    found = [cell for cell in data.cells if cell.split("@")[0].split("/")[1:3] == ["session", "module_global"]]
    query = "fixture_scope=session creation_site=module_global"
    page = tab.open(some_page, f"cell/{found[0]}?find={query.replace(' ', '+').replace('=', '%3D')}")
    assert f"1 of {len(found)} cells" in page.locator(".turning").inner_text()
    page.keyboard.press("p")
    for cell in found[1:]:
        page.keyboard.press("n")
        assert page.locator("h1").inner_text() == cell
    page.keyboard.press("n")
    assert page.locator("h1").inner_text() == found[-1]
    page.get_by_role("link", name="previous").click()
    assert page.locator("h1").inner_text() == found[-2]
    tab.find("n")
    assert page.locator("h1").inner_text() == found[-2]


def test_the_suite_is_shown_file_by_file_as_it_is_rendered(tab: Tab, some_page: Path) -> None:
    catalogue = load_catalogue()
    cell = catalogue.parse(CELL)
    newest = select_measured_outcomes(read_some()).environments[-2]
    assert newest.id == NEWEST
    files = {path: text for path, text in render_suite(catalogue, cell, make_target(newest)).items() if text.strip()}
    tab.page.add_init_script(KEEP_COPIES)
    page = tab.open(some_page, f"cell/{CELL}")
    for path, text in files.items():
        page.get_by_role("navigation", name="Files of the suite").get_by_role("link", name=path).click()
        assert f"file={path.replace('/', '%2F')}" in tab.address
        assert page.locator(".suite pre").inner_text().rstrip() == text.rstrip()
        page.get_by_role("button", name=f"Copy {path}").click()
        assert list_copies(page)[-1].rstrip() == text.rstrip()
    assert page.locator(".suite [class^=t-]").count() > 10


def test_lines_that_an_error_names_are_marked_where_the_suite_is_written_for_that_release(
    tab: Tab, some_page: Path
) -> None:
    page = tab.open(some_page, f"cell/{CELL}?file=basket%2Ftest_items.py")
    expect(page.locator(".marked").first).to_have_text('        await client.set("apple", "ripe")')
    named = re.findall(r"basket/test_items\.py:(\d+)", page.get_by_role("region", name="What happens").inner_text())
    assert page.locator(".marked").count() == len(set(named))
    page.get_by_label("Environment", exact=True).select_option(label="0.26.0 py3.13")
    expect(page.get_by_role("region", name="The suite")).to_contain_text("As it is written for pytest-asyncio 1.5.0.")
    assert page.locator(".marked").count() == 0


def test_what_is_copied_can_be_pasted_also_without_a_clipboard_for_pages(tab: Tab, some_page: Path) -> None:
    tab.page.add_init_script(NO_CLIPBOARD)
    page = tab.open(some_page, f"cell/{CELL}")
    page.get_by_role("button", name="Copy the command: Run it again").last.click()
    expect(page.get_by_role("status").get_by_text("Copied")).to_be_visible()
    page.locator("#find").focus()
    page.keyboard.press("Control+V")
    assert page.locator("#find").input_value().endswith(f"matrix --cell {CELL} --pytest-asyncio 1.5.0 --python 3.13")


def test_a_cure_is_a_patch_between_two_suites(tab: Tab, some_page: Path) -> None:
    tab.page.add_init_script(KEEP_COPIES)
    page = tab.open(some_page, f"cell/{CELL}")
    cure = page.locator(".cures > li").first
    assert "instead of" in cure.locator("summary").inner_text()
    cure.get_by_role("button", name="Copy the patch").click()
    address = cure.get_by_role("link", name="Look at that cell").get_attribute("href") or ""
    better = unquote(address.removeprefix("#/cell/").partition("?")[0])
    catalogue = load_catalogue()
    target = make_target(select_measured_outcomes(read_some()).environments[-2])
    before, after = (render_suite(catalogue, catalogue.parse(cell), target) for cell in (CELL, better))
    assert tab.list_barriers() == []
    patch = list_copies(page)[-1]
    changed = [path for path in sorted({*before, *after}) if before.get(path) != after.get(path)]
    assert changed
    for path in changed:
        lines = difflib.unified_diff(
            before.get(path, "").splitlines(), after.get(path, "").splitlines(), f"a/{path}", f"b/{path}", lineterm=""
        )
        assert "\n".join(lines) in patch
    cure.get_by_role("link", name="Look at that cell").click()
    assert page.locator(".headline").inner_text() != "loop-closed"


def test_without_a_cure_or_evidence_it_says_how_to_get_them(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, f"cell/{CELL}?environment={NEWEST.replace('1.5.0', '0.21.2')}")
    cures = page.get_by_role("region", name="What cures it")
    expect(cures).to_contain_text(f" cure {CELL} --pytest-asyncio 0.21.2 --python 3.13")
    seen = page.get_by_role("region", name="What was seen")
    expect(seen).to_contain_text(f" matrix --cell {CELL} --pytest-asyncio 0.21.2 --python 3.13")


def test_of_the_baselines_newest_release_well_known_cells_are_drawn(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, f"cell/{CELL}")
    seen = page.get_by_role("region", name="What was seen")
    expect(seen.locator("svg [data-connection]")).to_have_count(3)
    expect(seen.locator(".stories strong").first).to_contain_text("got Future attached to a different loop")


def test_the_drawing_has_what_the_ledgers_have(tab: Tab, own_page: Path) -> None:
    page = tab.open(own_page, f"cell/{SEEN}")
    drawing = page.locator(".timeline svg").first
    drawing.wait_for()

    def read(selector: str, *names: str) -> list[tuple[str | None, ...]]:
        return [tuple(one.get_attribute(f"data-{name}") for name in names) for one in drawing.locator(selector).all()]

    assert read(".row", "test") == [(test.id,) for test in EVIDENCE.tests]
    assert read(".loop", "loop", "open") == [("loop-1", "false"), ("loop-2", "true")]
    assert read(".connection", "connection", "closed") == [("connection-1", "true"), ("connection-2", "false")]
    assert read(".link", "link", "of", "on") == [
        ("opened", "connection-1", "loop-1"),
        ("used", "connection-1", "loop-2"),
        ("closed", "connection-1", "loop-2"),
        ("opened", "connection-2", "loop-2"),
    ]
    assert drawing.locator(".use").count() == 1
    assert drawing.locator(".lost").count() == 1
    assert drawing.locator(".orphaned").count() == 1
    assert "1 loop that lasted for a part of a test" in page.locator(".timeline figcaption").inner_text()


def test_bars_reach_from_where_something_begins_to_where_it_ends(tab: Tab, own_page: Path) -> None:
    page = tab.open(own_page, f"cell/{SEEN}")

    def reach(selector: str) -> tuple[float, float]:
        box = page.locator(f".timeline {selector}").first.bounding_box()
        assert box is not None
        return box["y"], box["y"] + box["height"]

    apple, pear, plum = (reach(f'.row[data-test="{test.id}"] rect') for test in EVIDENCE.tests)
    first, second = (reach(f'.loop[data-loop="loop-{number}"] .bar') for number in (1, 2))
    assert apple[0] < first[0] < first[1] < apple[1]
    assert pear[0] < second[0] < pear[1]
    assert second[1] >= plum[1]
    connection = reach('.connection[data-connection="connection-1"]')
    assert apple[0] < connection[0] + 5 < apple[1]
    assert pear[0] < connection[1] < pear[1]


def test_everything_seen_is_there_in_words_too(tab: Tab, own_page: Path) -> None:
    page = tab.open(own_page, f"cell/{SEEN}")
    seen = page.get_by_role("region", name="What was seen")
    seen.locator("svg").first.wait_for()
    for summary in seen.locator("summary").all():
        summary.click()
    text = seen.inner_text()
    assert "loop 1: made in the setup of test_apple (conftest.py:3 in client), closed in the teardown" in text
    assert "opened on loop 1 in the setup of test_apple (conftest.py:4 in client)" in text
    assert "used on loop 2 in test_pear (test_items.py:9 in test_pear), its own loop being closed" in text
    assert "which failed with RuntimeError: Event loop is closed" in text
    assert "raised while handling RuntimeError: got Future" in text.replace("\n", " ")
    assert "DeprecationWarning: `close` is old" in text
    assert "apple" in seen.locator("details").last.inner_text()
    assert tab.list_barriers() == []


@pytest.mark.parametrize("view", [f"cell/{CELL}", f"cell/{CELL}?file=basket%2Ftest_items.py"])
def test_it_has_no_barriers_and_needs_no_scrolling_sideways(tab: Tab, own_page: Path, view: str) -> None:
    page = tab.open(own_page, view)
    page.locator(".suite pre").wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert tab.list_barriers() == []
    assert tab.list_wide() == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_cells_name_from_elsewhere_is_one_word_of_a_command_and_no_markup(
    tab: Tab, hostile_page: Path, payload: str
) -> None:
    tab.page.add_init_script(KEEP_COPIES)
    name = f"suite:{payload}"
    page = tab.open(hostile_page, f"cell/{quote(name, safe='')}")
    assert page.evaluate("document.querySelector('h1').textContent") == name
    for button in page.get_by_role("button", name="Copy the command").all():
        button.click()
    copies = list_copies(page)
    assert len(copies) >= 4
    assert all(name in shlex.split(command) for command in copies)
    expect_only_text(page)


def test_what_was_seen_elsewhere_is_only_text(tab: Tab, hostile_own_page: Path) -> None:
    page = tab.open(hostile_own_page, f"cell/{SEEN}")
    page.get_by_role("region", name="What was seen").locator("svg").first.wait_for()
    page.locator("main details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    assert page.locator(".suite .line").count() > 1
    assert "onerror" in page.get_by_role("region", name="What was seen").inner_text()
    expect_only_text(page)
    assert tab.list_wide() == []


def expect_only_text(page: Page) -> None:
    assert page.evaluate("window.hacked") is None
    assert page.locator("#app :is(img, iframe, script, style), body > :is(img, svg)").count() == 0
