"""Two environments beside each other in a browser: kinds, causes, cells, and a suite of the user's test by test."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from harness.catalogue.loading import find_values
from harness.compare.comparing import Comparer, select_measured
from harness.compare.model import ChangeKind
from harness.compare.pairing import make_pair
from harness.compare.sides import ResultsPlace
from harness.verdicts.signatures import load_categories
from tests.browser.naming import ALONE, WITH_ID, write_names
from tests.browser.pages import BASELINE, read_some

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from harness.compare.model import Comparison, Group
    from tests.browser.tabs import Tab

BEFORE, AFTER = (f"linux-x86_64/cpython-3.13/pytest-asyncio-{version}/valkey-6.2.0" for version in ("0.26.0", "1.0.0"))
VIEW = f"compare?before={quote(BEFORE, safe='')}&after={quote(AFTER, safe='')}"
WORDS = {ChangeKind.INEXPRESSIBLE: "no longer expressible", ChangeKind.EXPRESSIBLE: "newly expressible"}

WAYS = {
    ChangeKind.APPEARED: 0,
    **dict.fromkeys((ChangeKind.OTHER_ERROR, ChangeKind.OTHER_CHANNEL, ChangeKind.UNSTABLE), 1),
    ChangeKind.DISAPPEARED: 2,
    **dict.fromkeys((ChangeKind.INEXPRESSIBLE, ChangeKind.EXPRESSIBLE, ChangeKind.MISSING), 3),
}


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """What `compare` finds in the results that the page is of."""
    measured = select_measured(read_some(), ResultsPlace(BASELINE))
    known = {one.id: one for one in measured.environments}
    pair = make_pair(known[BEFORE], known[AFTER], asked=frozenset())
    return Comparer(load_categories(), find_values).compare_pairs([pair], (measured, measured), ("before", "after"))


def read_chips(page: Page) -> dict[str, int]:
    found = (text.split(maxsplit=1) for text in page.locator(".kinds button").all_inner_texts())
    return {kind: int(number.replace(",", "")) for number, kind in found}


def order_by_way(groups: tuple[Group, ...]) -> list[Group]:
    """What got worse for a cell first, then what changed, what got better, and the rest; of those the largest first."""
    return sorted(groups, key=lambda one: (min(WAYS[kind] for kind, _ in one.categories), -len(one.cells)))


def test_kinds_and_causes_are_those_of_compare(tab: Tab, some_page: Path, comparison: Comparison) -> None:
    page = tab.open(some_page, VIEW)
    (only,) = comparison.pairs
    counts = {WORDS.get(kind, kind.value): number for kind, number in only.counts if number and kind != "same"}
    assert read_chips(page) == counts
    assert (
        f"{sum(counts.values())} changed and {dict(only.counts)[ChangeKind.SAME]} are the same"
        in page.locator(".summary").inner_text()
    )
    causes = page.locator(".cause")
    assert causes.count() == len(comparison.groups)
    for cause, group in zip(causes.all(), order_by_way(comparison.groups), strict=True):
        assert cause.locator(".number").inner_text() == f"{len(group.cells):,}"
        who = cause.locator(".who").inner_text().replace(", ", ",")
        assert all(f"{axis}={values}" in who for axis, values in group.common)
        there = ".was" if group.category is ChangeKind.DISAPPEARED else ".is"
        shown = cause.locator(there if cause.locator(there).count() else ".turn > .label")
        assert write_names(group.label, WITH_ID).startswith(shown.inner_text())
        assert write_names(group.label, WITH_ID) == shown.inner_text() or cause.locator(".only").count()


def test_of_outcomes_with_one_label_only_what_differs_is_shown(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, VIEW)
    turns = [one.inner_text() for one in page.locator(".turn", has=page.locator(".only")).all()]
    assert any(re.search(r", but\s+before [.A-Za-z]+, now [.A-Za-z]+", text) for text in turns)
    for label in page.locator(".turn:has(.only) > .label").all_inner_texts():
        assert not re.search(r"test_\w+\.py|in the (body|cleanup)", label)
    cells = page.locator(".changes").last.locator(".outcome > span:last-child")
    whole, shown = (cells.evaluate_all(f"all => all.map((one) => {text})") for text in ("one.title", "one.textContent"))
    assert any("test_" in title and "test_" not in text for title, text in zip(whole, shown, strict=True))


def test_code_in_reasons_is_shown_as_code(tab: Tab, some_page: Path) -> None:
    newest = AFTER.replace("1.0.0", "1.5.0")
    page = tab.open(some_page, f"compare?before={quote(AFTER, safe='')}&after={quote(newest, safe='')}")
    codes = page.locator(".turn code").all_inner_texts()
    assert {"fixture-scope", "pytest_asyncio_loop_factories"} <= set(codes)
    for view in ("answer", tab.address.removeprefix("/"), f"cell/{find_late_cell(page)}?environment={quote(BEFORE)}"):
        page = tab.open(some_page, view)
        page.locator("main details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        assert [text for text in page.locator("main code").all_inner_texts() if not text.strip()] == []
        assert "`" not in page.locator("main").inner_text()


def find_late_cell(page: Page) -> str:
    """A cell that could not be written down before."""
    return quote(page.locator(".changes").last.locator("tr", has_text="fixture-scope").first.locator("th").inner_text())


def test_only_what_differs_is_named(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, VIEW)
    assert page.locator("h1").inner_text() == "pytest-asyncio 0.26.0 → 1.0.0 pytest 8.3.5 → 8.4.1"
    page.get_by_role("link", name="swap").click()
    assert page.locator("h1").inner_text() == "pytest-asyncio 1.0.0 → 0.26.0 pytest 8.4.1 → 8.3.5"


def test_without_an_address_it_shows_the_newest_change_and_the_keys_go_from_release_to_release(
    tab: Tab, some_page: Path
) -> None:
    page = tab.open(some_page, "compare")
    assert page.locator("h1").inner_text().startswith("pytest-asyncio 1.4.1 → 1.5.0")
    assert page.get_by_role("navigation", name="Releases").get_by_role("link").inner_text() == "← 1.0.0 to 1.4.1 p"
    page.keyboard.press("p")
    assert page.locator("h1").inner_text().startswith("pytest-asyncio 1.0.0 → 1.4.1")
    page.keyboard.press("n")
    assert page.locator("h1").inner_text().startswith("pytest-asyncio 1.4.1 → 1.5.0")
    page.go_back()
    assert page.locator("h1").inner_text().startswith("pytest-asyncio 1.0.0 → 1.4.1")


def test_any_two_environments_can_be_chosen(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, VIEW)
    page.get_by_label("before").select_option(label="0.21.2 py3.13")
    page.get_by_label("after").select_option(label="1.5.0 py3.10")
    title = page.locator("h1").inner_text()
    assert title.startswith("pytest-asyncio 0.21.2 → 1.5.0 Python 3.13 → 3.10")
    page.reload()
    assert page.locator("h1").inner_text() == title


def test_a_kind_filters_causes_and_cells_and_with_ctrl_another_stands_beside_it(
    tab: Tab, some_page: Path, comparison: Comparison
) -> None:
    (only,) = comparison.pairs
    counts = {kind.value: number for kind, number in only.counts}
    page = tab.open(some_page, VIEW)
    heading = page.get_by_role("heading", name=re.compile("^The cells"))
    page.get_by_role("button", name="appeared", exact=False).first.click()
    assert heading.inner_text() == f"The cells {counts['appeared']}"
    assert page.locator(".cause").count() == sum("appeared" in dict(one.categories) for one in comparison.groups)
    page.get_by_role("button", name="other error").click(modifiers=["Control"])
    assert heading.inner_text() == f"The cells {counts['appeared'] + counts['other error']}"
    assert "kinds=appeared%2Cother+error" in tab.address
    page.go_back()
    assert heading.inner_text() == f"The cells {counts['appeared']}"


def test_a_cause_counts_and_shows_the_cells_of_the_chosen_kind_alone(
    tab: Tab, some_page: Path, comparison: Comparison
) -> None:
    mixed = next(one for one in comparison.groups if len(one.categories) > 1 and one.common)
    kind, number = mixed.categories[-1]
    page = tab.open(some_page, f"{VIEW}&kinds={quote(kind.value)}")
    numbers = [int(text.replace(",", "")) for text in page.locator(".cause .number").all_inner_texts()]
    assert sum(numbers) == dict(comparison.pairs[0].counts)[kind]
    part = page.locator(".cause", has_text=f"of the {len(mixed.cells)} changed cells with").first
    assert part.locator(".number").inner_text() == f"{number}"
    part.locator("summary").click()
    expect(part.locator("tbody tr")).to_have_count(number)
    assert set(part.locator("tbody td:last-child").all_inner_texts()) == {WORDS.get(kind, kind.value)}


def test_a_cause_stays_open_when_others_go(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, VIEW)
    cause = page.locator(".cause", has_text="other error").last
    cause.locator("summary").click()
    expect(cause.locator("tbody tr").first).to_be_visible()
    page.get_by_role("button", name="other error").click()
    opened = page.locator(".cause details[open]")
    expect(opened).to_have_count(1)
    assert "other error" in opened.locator(".kinds-of").inner_text()
    assert opened.locator("tbody tr").count() > 0


def test_a_cause_has_its_cells_with_both_verdicts(tab: Tab, some_page: Path, comparison: Comparison) -> None:
    page = tab.open(some_page, VIEW)
    group = order_by_way(comparison.groups)[0]
    labels = {change.cell: change.labels for change in comparison.pairs[0].changes}
    cause = page.locator(".cause").first
    cause.locator("summary").focus()
    page.keyboard.press("Enter")
    rows = cause.locator("tbody tr")
    expect(rows).to_have_count(min(len(group.cells), 100))
    for row, cell in zip(rows.all()[:10], group.cells, strict=False):
        assert row.locator("th").inner_text() == cell
        shown = row.locator(".outcome > span:last-child").all_inner_texts()
        assert shown == [write_names(label, ALONE) for label in labels[cell]]
    rows.first.locator("td a").first.click()
    assert page.locator("h1").inner_text() == group.cells[0]
    assert page.get_by_label("Environment", exact=True).input_value() == BEFORE
    page.keyboard.press("n")
    assert page.locator("h1").inner_text() == min(cell for cell in labels if cell > group.cells[0])
    turning = page.get_by_role("navigation", name="Cells")
    turning.get_by_role("link", name=f"{len(labels)} cells that changed from 0.26.0 py3.13 to 1.0.0 py3.13").click()
    assert page.get_by_role("heading", name=re.compile("^The cells")).inner_text() == f"The cells {len(labels)}"


def test_the_next_cells_are_those_of_the_kind_that_is_shown(tab: Tab, some_page: Path, comparison: Comparison) -> None:
    counts = {kind.value: number for kind, number in comparison.pairs[0].counts}
    page = tab.open(some_page, f"{VIEW}&kinds=appeared")
    page.locator(".changes").last.locator("tbody th a").first.click()
    expect(page.get_by_role("navigation", name="Cells")).to_contain_text(
        f"1 of {counts['appeared']} cells that changed"
    )


def test_the_find_box_narrows_what_is_compared(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, VIEW + "&find=creation_site%3Devent_loop_fixture")
    assert "that creation_site=event_loop_fixture finds" in page.locator(".summary").inner_text()
    cells = page.locator(".changes").last.locator("tbody th").all_inner_texts()
    assert cells
    assert all(re.match(r"[^/]+/[^/]+/event_loop_fixture/", cell) for cell in cells)


def test_cells_that_are_unstable_are_hidden_until_they_are_asked_for(tab: Tab, own_page: Path) -> None:
    page = tab.open(own_page, VIEW)
    switch = page.get_by_role("switch", name="show unstable cells")
    (hidden,) = re.findall(r"\((\d+) hidden\)", page.locator(".switch").inner_text())
    assert hidden == "1"
    assert "changed (and 1 unstable one, hidden) and" in page.locator(".summary").inner_text()
    assert sum(text.endswith("+ 1 hidden") for text in page.locator(".kinds button").all_inner_texts()) == 1
    changed = sum(read_chips(page).values())
    switch.click()
    assert sum(read_chips(page).values()) == changed + 1
    assert "unstable=1" in tab.address
    switch.click()
    assert sum(read_chips(page).values()) == changed


def test_a_suite_of_the_users_is_compared_test_by_test(tab: Tab, own_page: Path) -> None:
    first, last = (AFTER.replace("1.0.0", version) for version in ("0.21.2", "1.5.0"))
    page = tab.open(own_page, f"compare?before={quote(first, safe='')}&after={quote(last, safe='')}")
    suite = page.get_by_role("region", name="tests")
    assert "3 tests ran on both sides: 2 changed" in suite.inner_text()
    assert [row.locator("th, td").all_inner_texts() for row in suite.locator("tbody tr").all()] == [
        ["test_a.py::test_breaks", "passed", "failed: different-loop"],
        ["test_a.py::test_is_cured", "failed: different-loop", "passed"],
        ["test_a.py::test_is_new", "not run", "passed"],
    ]
    assert "suite:tests" not in page.locator(".changes").last.inner_text()


def test_it_has_no_barriers_and_needs_no_scrolling_sideways(tab: Tab, own_page: Path) -> None:
    page = tab.open(own_page, VIEW)
    page.locator(".cause summary").first.click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert tab.list_barriers() == []
    assert tab.list_wide() == []


def test_half_a_million_outcomes_are_compared_while_one_waits(tab: Tab, big_page: Path) -> None:
    page = tab.open(big_page, "compare?before=2&after=3")
    expect(page.locator(".summary")).to_contain_text("Of 18,")
    assert page.locator(".changes tbody tr").count() == 100
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".changes tbody tr")).to_have_count(600)


def test_names_and_labels_from_elsewhere_are_only_texts(tab: Tab, hostile_own_page: Path) -> None:
    page = tab.open(hostile_own_page, "compare?before=1&after=4")
    page.locator("main details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    assert "onerror" in page.locator("main").inner_text()
    assert page.evaluate("window.hacked") is None
    assert page.locator("#app :is(img, iframe, script, style)").count() == 0
    assert tab.list_wide() == []


def test_where_nothing_is_found_it_is_not_said_that_nothing_ran(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, f"{VIEW}&find=nowhere")
    page.get_by_text("No cell that nowhere finds was run in both of these environments.").wait_for()
