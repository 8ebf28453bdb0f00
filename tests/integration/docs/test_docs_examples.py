"""The examples that run suites on a server print what the pages show."""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING

import pytest

from docs.examples import find_examples, pages, printed_now, without_variable_parts
from harness.environments.interpreters import discover

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [
    page for page in pages() if any(each.kind == "server" for each in find_examples(page.read_text(encoding="utf-8")))
]


@pytest.fixture(scope="module", autouse=True)
def machine_of_the_pages() -> None:
    """What the pages show was printed on Linux on x86_64, with the Pythons that their commands name."""
    here = {python.minor for python in discover().found}
    if (sys.platform, platform.machine()) != ("linux", "x86_64") or not {"3.11", "3.13"} <= here:
        pytest.skip("needs Linux on x86_64 with Python 3.11 and 3.13")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_an_example_prints_what_the_page_shows(page: Path) -> None:
    for example, printed in printed_now(page.read_text(encoding="utf-8"), "server"):
        expected, now = map(without_variable_parts, (example.output, printed))
        assert now == expected, f"{example.command}: make it again: python -m docs server"
