"""What the declarations promise: every option is documented, and help fits in 100 columns."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.catalogue.profiles import load_profiles
from harness.cli import options
from harness.cli.app import make_app, parse
from harness.cli.commands import COMMANDS, GROUPS, TASKS
from harness.cli.fields import PROFILES, PrintedOptions
from harness.launchers.model import LIMIT, MEMORY
from harness.sizes import format_size
from harness.suites.conditions import PATIENCE
from harness.version import read_version

if TYPE_CHECKING:
    from cyclopts.argument import Argument

    from harness.cli.commands import Command

ROOT = Path(__file__).parents[3]
NAMES = [command.name for command in COMMANDS]


def help_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert parse([*arguments, "--help"], make_app()) is None
    return capsys.readouterr().out


def list_arguments(command: str) -> list[Argument]:
    """What may follow a command, without what it hides of the classes that its own is made of."""
    return [one for one in make_app()[command].assemble_argument_collection() if one.parse]


@pytest.mark.parametrize("name", NAMES)
def test_every_option_is_in_the_help_of_its_command_with_a_text(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(help_of(capsys, name).replace("│", " ").split())
    for argument in list_arguments(name):
        assert argument.parameter.help
        assert f" {argument.name} " in text
        assert " ".join(argument.parameter.help.split()) in text


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_field_of_a_command_s_options_has_one_flag_of_its_own(command: Command) -> None:
    arguments = list_arguments(command.name)
    fields = {field.name for field in dataclasses.fields(getattr(options, command.options))}
    hidden = {one.field_info.name for one in make_app()[command.name].assemble_argument_collection() if not one.parse}
    assert {argument.field_info.name for argument in arguments} == fields - hidden
    flags = [name for argument in arguments for name in argument.names]
    assert len(set(flags)) == len(flags) == len(fields - hidden)


@pytest.mark.parametrize("arguments", [(), *((name,) for name in NAMES)], ids=" ".join)
def test_help_fits_in_100_columns(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert max(map(len, help_of(capsys, *arguments).splitlines())) <= 100


def test_the_overview_lists_the_commands_of_a_group_together_and_nothing_for_maintainers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = " ".join(help_of(capsys).replace("│", " ").split())
    places = [text.index(f" {command.name} {command.summary}") for command in COMMANDS]
    assert places == sorted(places)
    assert [command.group for command in COMMANDS] == sorted((one.group for one in COMMANDS), key=GROUPS.index)
    for task in TASKS:
        assert task.summary not in text


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(["--version"], make_app()) is None
    assert capsys.readouterr().out == f"{read_version()}\n"
    assert f'version = "{read_version()}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_help_names_the_limits_that_hold_without_an_option() -> None:
    helps = {one.name: one.parameter.help or "" for one in list_arguments("matrix")}
    assert f"Without it {LIMIT:g}, and {PATIENCE:g} for a suite" in helps["--limit"]
    assert f"Without it {format_size(MEMORY)}, " in helps["--memory"]


def test_completion_can_be_made_for_a_shell() -> None:
    script = make_app().generate_completion(shell="bash")  # noqa: S604 - the name of one
    assert "--pytest-asyncio" in script
    assert "clean-results" in script


def test_the_profiles_that_can_be_chosen_are_those_there_are() -> None:
    assert tuple(load_profiles()) == PROFILES


def test_json_is_a_format_wherever_a_format_can_be_chosen() -> None:
    for command in COMMANDS:
        takes = {argument.name for argument in make_app()[command.name].assemble_argument_collection()}
        assert (
            ("--json" in takes)
            == ("--format" in takes)
            == issubclass(getattr(options, command.options), PrintedOptions)
        )
