"""A tab with a page of results in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page


class Tab:
    """A browser's tab. `errors` are those of the page's script, and what its policy forbade."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)

    def open(self, path: Path, view: str = "") -> Page:
        """Open a view of a page and wait until it is drawn."""
        self.page.goto(f"{path.as_uri()}#/{view}")
        self.page.wait_for_selector("main")
        return self.page

    def find(self, text: str) -> None:
        """Type into the find box."""
        self.page.keyboard.press("/")
        self.page.keyboard.type(text)

    @property
    def address(self) -> str:
        """The part that the page writes."""
        return self.page.url.partition("#")[2]

    def list_barriers(self) -> list[str]:
        """What axe-core finds: barriers for people who use a keyboard, a screen reader, or need contrast."""
        found = Axe().run(self.page).response["violations"]
        return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]

    def list_wide(self) -> list[int]:
        """The widths of a window at which the page would have to be scrolled sideways."""
        found = []
        for width in (1280, 800, 390):
            self.page.set_viewport_size({"width": width, "height": 844})
            if self.page.evaluate("document.documentElement.scrollWidth") > width:
                found.append(width)
        return found
