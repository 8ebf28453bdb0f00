"""Pages of results in which something is missing: one cell, versions that can't be installed, a broken environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from playwright.sync_api import expect

from harness.catalogue.catalogue import REFERENCE
from harness.report.making import make_report
from harness.store.model import Results, Run
from harness.verdicts.model import Channel, Status, Unnamed, Verdict
from tests.browser.pages import read_some

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.tabs import Tab

    Keep = Callable[[str, Callable[[], str]], Path]

CELL = "default/session/async_fixture/aclose"
MISSING = "linux-x86_64/cpython-3.13/pytest-asyncio-0.16.0/valkey-6.2.0"
REASON = "because pytest-asyncio==0.16.0 needs pytest<7, no version fits"


def make_some(change: Callable[[Run], Run | None]) -> str:
    return make_report(Results(runs=tuple(filter(None, map(change, read_some().runs)))), ())


def is_of(run: Run, release: str) -> bool:
    return run.header.environment is not None and run.header.environment.plugin == release


def test_a_page_of_one_cell_opens_with_that_cell(tab: Tab, keep: Keep) -> None:
    def leave_one(run: Run) -> Run:
        return msgspec.structs.replace(run, outcomes=tuple(one for one in run.outcomes if one.cell == CELL))

    page = tab.open(keep("one-cell.html", lambda: make_some(leave_one)))
    assert page.locator("h1").inner_text() == CELL
    page.get_by_role("link", name="Answer").click()
    expect(page.locator("h1")).to_have_text("Which habits are safe?")


def test_what_can_not_be_installed_is_named_with_its_reason(tab: Tab, keep: Keep) -> None:
    def make() -> str:
        known = read_some()
        verdict = Verdict(status=Status.UNRESOLVABLE, reason=REASON)
        outcome = msgspec.structs.replace(known.runs[0].outcomes[0], environment=MISSING, verdict=verdict)
        header = msgspec.structs.replace(known.runs[0].header, environment=None, environment_id=MISSING)
        return make_report(Results(runs=(*known.runs, Run(header=header, outcomes=(outcome,)))), ())

    path = keep("unresolvable.html", make)
    for view in ("matrix", "about"):
        page = tab.open(path, view)
        page.get_by_text("1 environment could not be installed").click()
        expect(page.locator(".unresolvable li")).to_have_text(f"{MISSING} {REASON}")
    assert tab.list_barriers() == []


def test_an_environment_in_which_not_even_the_simplest_suite_passes_says_nothing_of_habits(
    tab: Tab, keep: Keep
) -> None:
    broken = Verdict(status=Status.FAILS, unnamed=(Unnamed(channel=Channel.BODY, type="TypeError", text="no hook"),))

    def break_one(run: Run) -> Run:
        if not is_of(run, "0.26.0"):
            return run
        outcomes = [one for one in run.outcomes if one.cell != REFERENCE]
        first = msgspec.structs.replace(outcomes[0], cell=REFERENCE)
        broke = tuple(msgspec.structs.replace(one, verdict=broken) for one in (first, *outcomes))
        return msgspec.structs.replace(run, outcomes=broke)

    page = tab.open(keep("unusable.html", lambda: make_some(break_one)))
    headings = page.locator(".habits thead tr:last-child th").all_inner_texts()
    assert headings == ["0.21.2", "1.0.0\n–1.5.0"]
    assert "Left out: pytest-asyncio 0.26.0 with pytest" in page.locator(".note").inner_text()
    first = page.locator(".advice").first
    first.locator("summary").click()
    assert "0.26.0 until" not in first.inner_text()


def test_an_environment_in_which_other_cells_ran_is_no_empty_column(tab: Tab, keep: Keep) -> None:
    def leave_one(run: Run) -> Run:
        kept = run.outcomes[:1] if is_of(run, "0.26.0") else run.outcomes[1:]
        return msgspec.structs.replace(run, outcomes=kept)

    path = keep("other-cells.html", lambda: make_some(leave_one))
    page = tab.open(path, "matrix?find=not%20verdict:unresolvable%20creation_site=async_fixture")
    assert "0.26.0" not in page.locator(".grid").inner_text()
    assert "1.0.0" in page.locator(".grid").inner_text()
