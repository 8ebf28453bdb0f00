"""What the declarations promise: each is documented, and each fills a field of its command's request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.catalogue.profiles import load_profiles
from harness.cli.options import COMMANDS, OPTIONS, PROFILES, commands_table, options_of, options_table
from harness.cli.parsing import Help, overview, parse
from harness.cli.requests import REQUESTS

if TYPE_CHECKING:
    from harness.cli.declaring import Command, Option

COMMAND_OPTIONS = [(command, option) for command in COMMANDS for option in options_of(command.name)]


def help_of(command: Command) -> str:
    with pytest.raises(Help) as caught:
        parse([command.name, "--help"])
    return caught.value.text


@pytest.mark.parametrize(
    ("command", "option"), COMMAND_OPTIONS, ids=[f"{command.name} {option.flag}" for command, option in COMMAND_OPTIONS]
)
def test_every_option_is_in_the_help_of_its_command(command: Command, option: Option) -> None:
    text = " ".join(help_of(command).split())
    assert f" {option.flag}" in text
    assert option.help.split(";")[0] in text


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_fields_of_a_request_are_the_options_of_its_command(command: Command) -> None:
    declared = {option.name for option in options_of(command.name)} | {one.name for one in command.positionals}
    assert set(REQUESTS[command.name].__struct_fields__) == declared


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_request_defaults_to_what_the_help_says(command: Command) -> None:
    request = parse([command.name, *("1.5.0" for _ in command.positionals)]).request
    for option in options_of(command.name):
        value = msgspec.structs.asdict(request)[option.name]
        assert (str(value) if isinstance(value, Path) else value or None) == (option.default or None)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_a_module(command: Command) -> None:
    module = Path(*command.module.split(".")).with_suffix(".py")
    assert (Path(__file__).parents[3] / module).is_file()


def test_the_overview_lists_every_command() -> None:
    text = overview()
    for command in COMMANDS:
        assert f"  {command.name} " in text
        assert command.summary in text


def test_the_profiles_that_can_be_chosen_are_those_there_are() -> None:
    assert tuple(load_profiles()) == PROFILES


def test_every_option_names_commands_that_exist() -> None:
    known = {command.name for command in COMMANDS}
    for option in OPTIONS:
        assert set(option.commands) <= known, option.flag


def test_the_readme_has_the_tables_as_they_are_declared() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    assert commands_table() in readme
    assert options_table() in readme


def test_the_tables_for_the_readme_have_a_row_for_each() -> None:
    assert options_table().count("\n") == len(OPTIONS) + 1
    assert commands_table().count("\n") == len(COMMANDS) + 1
    assert r"`--client valkey\|redis`" in options_table()
