"""The find box in a browser: what is typed is offered, applied and explained, and all of it is in the address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.tabs import Tab

TASK = "E   RuntimeError: Task <Task name='Task-4' coro=<test_it()>> got Future <Future> attached to a different loop"

CLOSED = "RuntimeError: Event loop is closed"


def read_find(tab: Tab) -> str:
    return parse_qs(tab.address.partition("?")[2]).get("find", [""])[0]


def paste(page: Page, text: str) -> None:
    page.locator("#find").focus()
    page.evaluate(
        """text => {
        const data = new DataTransfer();
        data.setData("text/plain", text);
        const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
        document.activeElement.dispatchEvent(paste);
    }""",
        text,
    )


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
    refused = page.locator(".not-applied")
    expect(refused).to_have_count(0)
    box.fill("verdict:clean fixture_scope=sesion")
    page.keyboard.press("Enter")
    expect(problem).to_contain_text("Unknown value of fixture_scope 'sesion'. Did you mean 'session'")
    first, mark = (problem.locator("pre").text_content() or "").split("\n")
    assert first[mark.index("^") :] == "sesion"
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_value("verdict:clean fixture_scope=sesion")
    expect(refused).to_have_text(re.compile("^Not applied: .* Below is still what verdict:clean finds.$"))
    expect(page.locator(".counted")).to_be_hidden()
    assert page.get_by_role("treegrid").evaluate("grid => Number(getComputedStyle(grid).opacity)") < 1
    box.fill("verdict:clean fixture_scope=session")
    expect(box).to_have_attribute("aria-invalid", "false")
    expect(refused).to_have_count(0)
    expect(page.locator(".counted")).to_be_visible()
    assert count_cells(page) < cells


def test_a_mistyped_value_in_a_list_is_no_text_to_look_for(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix")
    page.locator("#find").fill("fixture_scope in (sesion, class)")
    page.keyboard.press("Enter")
    expect(page.locator("#find-error")).to_contain_text(
        "Unknown value of fixture_scope 'sesion'. Did you mean 'session'"
    )
    expect(page.locator("#find")).to_have_value("fixture_scope in (sesion, class)")


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
    tab.find(TASK)
    page.keyboard.press("Enter")
    assert tab.address == "/matrix?find=signature%3Adifferent-loop"
    meaning = page.locator(".known-error")
    expect(meaning).to_contain_text("awaits a future that was made by another event loop")
    expect(meaning.locator(".command").first).to_contain_text("cure --suite tests")
    assert count_cells(page) > 0
    page.locator("#find").fill("verdict:clean")
    expect(meaning).to_have_count(0)


@pytest.mark.parametrize(
    ("line", "signature"),
    [
        ("ResourceWarning: unclosed <socket.socket fd=12, family=2, type=1, proto=6>", "unclosed-resource"),
        (
            "ScopeMismatch: You tried to access the function scoped fixture a with a session one",
            "scope-mismatch",
        ),
        (
            "FAILED a.py::b[x=1] - TypeError: f() got an unexpected keyword argument 'loop'",
            "unexpected-loop-argument",
        ),
        ("RuntimeError: Timeout context manager should be used inside a task", "timeout-outside-task"),
    ],
)
def test_a_pasted_line_leads_to_its_signature_whatever_else_stands_in_it(
    tab: Tab, some_page: Path, line: str, signature: str
) -> None:
    page = tab.open(some_page, "compare")
    page.locator("#find").fill(line)
    page.keyboard.press("Enter")
    assert tab.address == f"/matrix?find=signature%3A{signature}"
    expect(page.locator(".known-error summary code")).to_have_text(signature)
    if count_cells(page) == 0:
        expect(page.locator(".empty")).to_contain_text("No cell of these results shows this error.")


def test_a_line_that_no_signature_knows_is_looked_for_without_what_changes_from_run_to_run(
    tab: Tab, some_page: Path
) -> None:
    page = tab.open(some_page, "matrix")
    page.locator("#find").fill("RuntimeError: unable to perform operation on <TCPTransport closed=True 0x7f1234>")
    page.keyboard.press("Enter")
    assert read_find(tab) == '"RuntimeError: unable to perform operation on <TCPTransport closed=True"'


@pytest.mark.parametrize(
    "line",
    ["LookupError: no shelf 7 in shop:1 (a=b)", "pytest: error: unrecognized arguments: --a=b"],
)
def test_of_a_line_that_nothing_shows_it_is_said_what_to_do(tab: Tab, some_page: Path, line: str) -> None:
    page = tab.open(some_page, "matrix")
    page.locator("#find").fill(line)
    page.keyboard.press("Enter")
    expect(page.locator(".empty")).to_contain_text("the find box knows no error by this text")
    expect(page.locator(".empty .command code")).to_have_text(re.compile("explain FILE$"))
    assert tab.list_barriers() == []


@pytest.mark.parametrize(
    "line",
    [
        "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.",
        "ConnectionError: Error 111 connecting to localhost:1 (a=b)",
        "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 6379)",
    ],
)
def test_of_a_line_that_says_that_no_server_listens_the_page_says_what_explain_says(
    tab: Tab, some_page: Path, line: str
) -> None:
    page = tab.open(some_page, "compare")
    page.locator("#find").fill(line)
    page.keyboard.press("Enter")
    card = page.locator(".unanswered")
    expect(card).to_contain_text("No server is listening")
    expect(card.locator(".command code").first).to_have_text(re.compile("diagnose --run$"))
    expect(page.locator(".empty")).to_contain_text("No cell of these results shows this error.")
    assert tab.list_barriers() == []


def test_a_mistyped_query_is_no_pasted_line(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix")
    page.locator("#find").fill("fixture_scop=session and cleanup_style=none")
    page.keyboard.press("Enter")
    expect(page.locator("#find-error")).to_contain_text("Did you mean 'fixture_scope'")


def test_of_a_pasted_output_the_box_takes_the_line_that_names_the_error(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix")
    output = (
        f'Traceback (most recent call last):\n  File "a.py", line 1\n{TASK}\n\nDuring handling …\nE   RuntimeError: x\n'
    )
    paste(page, output)
    expect(page.locator("#find")).to_have_value(TASK)
    page.keyboard.press("Enter")
    assert read_find(tab) == "signature:different-loop"


def test_a_pasted_exception_that_was_ignored_is_not_taken_for_one_that_was_raised(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix")
    ignored = "Exception ignored in: <function StreamWriter.__del__ at 0x7f>"
    paste(page, f"{ignored}\nTraceback (most recent call last):\n  File 'a.py', line 3\n{CLOSED}\n")
    expect(page.locator("#find")).to_have_value(f"{ignored} {CLOSED}")
    page.keyboard.press("Enter")
    assert read_find(tab) == "signature:unraisable-on-closed-loop"


def test_of_several_pasted_errors_it_is_said_that_one_was_read_and_what_the_others_are(
    tab: Tab, some_page: Path
) -> None:
    page = tab.open(some_page, "matrix")
    note = page.locator("#find-note")
    paste(page, f"FAILED a.py::test_b - {CLOSED}\nFAILED a.py::test_c - {TASK}")
    for _ in range(2):
        expect(note).to_contain_text("One of 2 pasted lines was read. The others name different-loop as well.")
        expect(note).to_contain_text("explain FILE reads them all.")
        page.keyboard.press("Enter")
    assert read_find(tab) == "signature:loop-closed"
    assert tab.list_barriers() == []
    assert tab.list_wide() == []
    note.get_by_role("link", name="different-loop").click()
    assert read_find(tab) == "signature:different-loop"
    expect(note).to_have_text("")


@pytest.mark.parametrize(("line", "signature"), [(CLOSED, "loop-closed"), (TASK, "different-loop")])
def test_of_a_pasted_error_its_signature_is_offered_and_takes_its_place(
    tab: Tab, some_page: Path, line: str, signature: str
) -> None:
    page = tab.open(some_page, "matrix")
    tab.find(line)
    offers = page.locator("#find-offers").get_by_role("option")
    expect(offers).to_have_count(1)
    expect(offers).to_contain_text(f"signature:{signature}")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#find")).to_have_value(f"signature:{signature} ")
    expect(page.locator(".known-error summary code")).to_have_text(signature)


def test_behind_a_condition_words_are_offered_as_ever(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix")
    tab.find(f"fixture_scope=session {CLOSED} verd")
    expect(page.locator("#find-offers").get_by_role("option").first).to_contain_text("verdict:")


@pytest.mark.parametrize("text", ["x" * 20_000, "loop " * 4_000, "a:" * 10_000])
def test_a_text_that_is_too_long_to_search_for_is_refused_with_what_to_do(tab: Tab, some_page: Path, text: str) -> None:
    page = tab.open(some_page, "matrix")
    page.locator("#find").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator("#find-error")).to_contain_text("reads 1,000 characters, not 20,000. Paste the line")
    assert tab.list_wide() == []


def test_the_end_of_a_very_long_text_is_still_read_for_its_error(tab: Tab, some_page: Path) -> None:
    page = tab.open(some_page, "matrix")
    page.locator("#find").fill("loop " * 4_000 + "E  RuntimeError: Event loop is closed")
    page.keyboard.press("Enter")
    assert read_find(tab) == "signature:loop-closed"
