"""How fast a page is: `python -m tests.browser.speed PAGE`, or without one the baseline's and one of made-up outcomes.

Prints its size, when something is seen and when it can be used, frames while scrolling, and how long filters take. The
times are of this machine as it is: run it while nothing else runs.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from harness.catalogue.loading import load_catalogue
from harness.report.code import SuiteTexts, add_cells
from harness.report.making import list_targets, make_report
from harness.report.measured import select_measured_outcomes
from harness.report.page import make_page
from harness.store.reading import read_results
from tests.browser.conftest import find_browser
from tests.browser.pages import BASELINE, list_full_cells, make_data, multiply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

REPEATS = 5
SPEEDS = (1000, 6000, 24_000)
"""Pixels a second: reading, turning a wheel, and pulling the scroll bar."""
FILTERS = (
    "verdict:clean",
    "everywhere:clean",
    "signature:loop-closed fixture_scope=session",
    "changed:{range}",
    "event loop is closed",
    "not verdict:reproduces or creation_site in (inside_test, app_lifespan)",
)
SCROLL = """async (speed) => {
    const grid = document.querySelector(".grid");
    const frames = [];
    await new Promise((done) => {
        const start = performance.now();
        const move = (now) => {
            frames.push(now);
            grid.scrollTop = ((now - start) / 1000) * speed;
            if (now - start < 3000) requestAnimationFrame(move);
            else done();
        };
        requestAnimationFrame(move);
    });
    return frames.slice(1).map((now, place) => now - frames[place]);
}"""
FILTER = """async (text) => {
    const box = document.getElementById("find");
    box.focus();
    const start = performance.now();
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return performance.now() - start;
}"""
START = """() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    drawn: performance.getEntriesByName("drawn")[0].startTime,
})"""


def main(arguments: list[str]) -> None:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        path = find_browser(playwright.chromium)
        if path is None:
            sys.exit("There is no Chromium on PATH.")
        browser = playwright.chromium.launch(executable_path=path)
        for page in map(Path, arguments) if arguments else make_pages(Path(folder)):
            print(page.name)
            for line in measure(browser, page):
                print(f"  {line}")
        browser.close()


def make_pages(folder: Path) -> Iterator[Path]:
    """The baseline's page, and one with more than 500,000 made-up outcomes and the suites of all their cells."""
    results = read_results(BASELINE)
    page = folder / "baseline.html"
    page.write_text(make_report(results, ()), "utf-8")
    yield page
    data = multiply(make_data(results), list_full_cells())
    targets = list_targets(select_measured_outcomes(results))
    suites = add_cells(SuiteTexts(), load_catalogue(), data.cells, targets)
    page = folder / "made-up.html"
    page.write_text(make_page(data, suites), "utf-8")
    yield page


def measure(browser: Browser, path: Path) -> Iterator[str]:
    """What is to be known of a page, line by line."""
    yield f"file: {path.stat().st_size / 1e6:.2f} MB"
    for view in ("", "matrix", "matrix?rows=cell&environments=all"):
        starts = [start(browser, path, view) for _ in range(REPEATS)]
        paint, drawn = (statistics.median(one[name] for one in starts) for name in ("paint", "drawn"))
        yield f"#/{view}: first paint {paint:.0f} ms, usable {drawn:.0f} ms"
    page = open_page(browser, path, "matrix?rows=cell&environments=all")
    rows, columns = (int(page.locator(".grid").get_attribute(f"aria-{one}count") or 0) - 1 for one in ("row", "col"))
    yield f"{rows:,} rows, {columns} columns: {rows * columns:,} places"
    for speed in SPEEDS:
        page.locator(".grid").evaluate("(grid) => grid.scrollTo(0, 0)")
        frames = page.evaluate(SCROLL, speed)
        late = sum(1 for one in frames if one > 25)
        rate = 1000 / statistics.mean(frames)
        yield f"scrolling {speed:,} pixels/s: {rate:.1f} frames/s, {late} of {len(frames)} late"
    releases = find_range(page)
    for text in FILTERS:
        query = text.format(range=releases)
        yield f"filter {query!r}: {statistics.median(filter_again(page, query) for _ in range(REPEATS)):.0f} ms"
    page.close()


def open_page(browser: Browser, path: Path, view: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{path.as_uri()}#/{view}")
    page.wait_for_selector("main")
    return page


def start(browser: Browser, path: Path, view: str) -> Any:
    page = open_page(browser, path, view)
    times = page.evaluate(START)
    page.close()
    return times


def find_range(page: Page) -> str:
    releases = [text.split()[0] for text in page.locator(".grid .column").all_inner_texts()]
    return f"{releases[0]}..{releases[len(releases) // 2]}"


def filter_again(page: Page, query: str) -> float:
    page.evaluate(FILTER, "")
    return float(page.evaluate(FILTER, query))


if __name__ == "__main__":
    main(sys.argv[1:])
