"""A real browser: the system's Chromium, one for each file of tests, and pages that are made once for all of them."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from filelock import FileLock
from playwright.sync_api import sync_playwright

from harness.catalogue.loading import load_catalogue
from harness.report.kept_suites import make_suites
from harness.report.making import list_targets, make_report
from harness.report.measured import select_measured_outcomes
from harness.report.model import Suites
from harness.report.page import make_page
from tests.browser.own_runs import SUITE, add_own_run
from tests.browser.pages import LONG, infect, lengthen, list_full_cells, make_data, make_hostile, multiply, read_some
from tests.browser.tabs import Tab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserType

    from harness.store.model import Results

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
NO_SUITES = Suites(lines=(), files=(), suites={}, rendered_for={})


def find_browser(chromium: BrowserType) -> str | None:
    """The system's, or the one that Playwright has fetched."""
    own = chromium.executable_path
    return next(filter(None, map(shutil.which, NAMES)), own if Path(own).exists() else None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ended before other tests run: Playwright keeps a loop running, and leaves coroutines that nobody awaits.

    So it isn't the worker's: `package` would be, in a folder without `__init__.py`.
    """
    with sync_playwright() as playwright:
        path = find_browser(playwright.chromium)
        if path is None:
            pytest.skip(
                f"The page is tested in Chromium, and PATH has none of {', '.join(NAMES)}. Install one of them."
            )
        started = playwright.chromium.launch(executable_path=path)
        yield started
        started.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        gc.collect()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """A tab of its own, 1280 by 900. A test fails of an error in the page's script, too."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    tab = Tab(context.new_page())
    yield tab
    context.close()
    assert tab.errors == []


@pytest.fixture(scope="session")
def keep(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[], str]], Path]:
    """Makes a page where no worker has made it yet."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def make_once(name: str, make: Callable[[], str]) -> Path:
        path = folder / name
        with FileLock(f"{path}.lock"):
            if not path.exists():
                path.write_text(make(), "utf-8")
        return path

    return make_once


@pytest.fixture(scope="session")
def some_page(keep: Callable[[str, Callable[[], str]], Path]) -> Path:
    """Some real results."""
    return keep("some.html", lambda: make_report(read_some(), ()))


@pytest.fixture(scope="session")
def big_page(keep: Callable[[str, Callable[[], str]], Path]) -> Path:
    """More than 500,000 made-up outcomes."""
    return keep("big.html", lambda: make_page(multiply(make_data(read_some()), list_full_cells()), NO_SUITES))


@pytest.fixture(scope="session")
def hostile_page(keep: Callable[[str, Callable[[], str]], Path]) -> Path:
    """Results from somebody who means harm."""
    return keep("hostile.html", lambda: make_page(make_hostile(make_data(read_some())), NO_SUITES))


@pytest.fixture(scope="session")
def own_page(keep: Callable[[str, Callable[[], str]], Path]) -> Path:
    """Results with a suite of the user's, and with what was seen in a cell."""
    return keep("own.html", lambda: make_own_page(hostile=False))


@pytest.fixture(scope="session")
def hostile_own_page(keep: Callable[[str, Callable[[], str]], Path]) -> Path:
    """The same from somebody who means harm."""
    return keep("hostile-own.html", lambda: make_own_page(hostile=True))


@pytest.fixture(scope="session")
def long_page(keep: Callable[[str, Callable[[], str]], Path]) -> Path:
    """All texts without end and without a space."""
    return keep("long-texts.html", make_long_page)


def make_long_page() -> str:
    """The cells' names stay, as one couldn't open them otherwise."""
    results = read_some()
    data, evidence = add_own_run(make_data(results))
    suites = make_some_suites(results)
    long = lengthen(data)
    cells = tuple(f"{cell}{'x' * LONG}" if cell.startswith("suite:") else cell for cell in data.cells)
    known = msgspec.structs.replace(long, axes=data.axes, cells=cells, habits=data.habits, statuses=data.statuses)
    seen = msgspec.structs.replace(lengthen(evidence), suites={f"{SUITE}{'x' * LONG}": evidence.suites[SUITE]})
    return make_page(known, lengthen(suites), None, seen)


def make_some_suites(results: Results) -> Suites:
    measured = select_measured_outcomes(results)
    return make_suites(load_catalogue(), measured.cells, list_targets(measured))


def make_own_page(*, hostile: bool) -> str:
    """All blocks that a page can have, but cures."""
    results = read_some()
    data, evidence = add_own_run(make_data(results))
    suites = make_some_suites(results)
    if not hostile:
        return make_page(data, suites, None, evidence)
    numbers = itertools.count()
    return make_page(make_hostile(data), infect(suites, numbers), None, infect(evidence, numbers))
