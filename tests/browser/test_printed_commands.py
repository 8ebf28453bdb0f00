"""Each command that a view prints is one that the program takes."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from harness.cli.app import make_app, parse
from harness.invocation import MODULE, NOX, SCRIPT
from harness.report.data import make_commands

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.tabs import Tab

PREFIXES = (f"{MODULE} ", f"{SCRIPT} ", "nox -s ")
FURTHER = "--pytest 8.4.2 --client redis --redis 6.4.0"
"""What the page puts behind the commands for a cell, where its environment needs that."""

VALUES = {
    "cell": "default/session/module_global/none",
    "plugin": "1.5.0",
    "python": "3.13",
    "name": "asyncio-mode-auto",
    "before": "0.26.0",
    "after": "1.0.0",
    "signature": "loop-closed",
    "suite": "tests",
}


def split_arguments(command: str) -> list[str]:
    """What follows the program: the name of the command and its arguments."""
    words = shlex.split(command)
    if words[0] == "nox":
        return [words[2], *words[4:]]
    return words[len(MODULE.split()) if command.startswith(MODULE) else 1 :]


def list_printed(page: Page) -> list[str]:
    """The commands in a view, those in what is folded as well."""
    texts: list[str] = page.locator("main code").all_text_contents()
    return [text for text in texts if text.startswith(PREFIXES)]


def test_each_command_of_the_page_is_read_by_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NOX, raising=False)
    for name, template in make_commands().items():
        command = template.format(**VALUES)
        arguments = split_arguments(command)
        assert parse(arguments, make_app()) is not None, name
        if name in ("run", "repro", "explain", "cure"):
            assert parse([*arguments, *FURTHER.split()], make_app()) is not None, name


@pytest.mark.parametrize(
    ("view", "fewest"),
    [
        ("answer", 1),
        ("cell/default/function/module_global/none", 4),
        ("cell/default/session/async_fixture/aclose", 4),
        ("compare", 1),
        ("about", 0),
        ("matrix?find=signature:loop-closed", 2),
        ("matrix?find=nothing-has-this-text", 1),
        (f"matrix?find={quote('ConnectionError: Error 111 connecting to localhost:6379. Connection refused.')}", 2),
    ],
)
def test_each_command_that_a_view_prints_is_read_by_the_program(
    tab: Tab, some_page: Path, view: str, fewest: int
) -> None:
    page = tab.open(some_page, view)
    commands = list_printed(page)
    assert len(commands) >= fewest
    for command in commands:
        assert parse(split_arguments(command), make_app()) is not None


def test_each_command_for_a_suite_is_read_by_the_program(tab: Tab, own_page: Path) -> None:
    page = tab.open(own_page, "suite/tests")
    commands = list_printed(page)
    assert len(commands) >= 3
    for command in commands:
        assert parse(split_arguments(command), make_app()) is not None


def test_each_command_for_a_cell_in_any_environment_is_read_by_the_program(tab: Tab, own_page: Path) -> None:
    page = tab.open(own_page, "cell/default/function/module_global/none")
    choice = page.get_by_label("Environment", exact=True)
    for place in range(choice.locator("option").count()):
        choice.select_option(index=place)
        commands = list_printed(page)
        assert commands
        for command in commands:
            assert parse(split_arguments(command), make_app()) is not None
