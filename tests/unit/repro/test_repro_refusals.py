"""What keeps a reproduction from being written is reported before anything is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.main import main
from harness.environments.interpreters import discover
from harness.errors import ExitCode

CELL = "default/session/module_global/none"
NAME = "default-session-module_global-none-pytest-asyncio-1.1.0"


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of a run that must not begin, on a Python that is here."""

    def run_context(*_: object, **__: object) -> None:
        raise AssertionError("it was run")

    monkeypatch.setattr("harness.commands.repro.run_context", run_context)
    python = discover().found[0].minor
    return ["repro", "--cell", CELL, "--pytest-asyncio", "1.1.0", "--python", python, "--results", str(tmp_path)]


@pytest.mark.parametrize("suffix", ["", ".py"], ids=["folder", "file"])
def test_what_is_there_already_is_not_run_again(
    tmp_path: Path, options: list[str], suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{NAME}-python-{options[options.index('--python') + 1]}{suffix}"
    (tmp_path / name).touch()
    assert main([*options, "--into", str(tmp_path)]) == ExitCode.USAGE
    output = capsys.readouterr().err
    assert f"{name} is there already." in output
    assert "--into" in output


@pytest.mark.parametrize("into", ["file", "file/below"])
def test_a_file_in_the_place_of_the_folder_is_reported_before_anything_is_run(
    tmp_path: Path, options: list[str], into: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main([*options, "--into", str(tmp_path / into)]) == ExitCode.INFRASTRUCTURE
    output = capsys.readouterr().err
    assert f"The reproduction can't be written to {tmp_path / into}: {tmp_path / 'file'} is not a folder." in output
    assert "Choose a folder that can be written to with --into." in output


def test_a_folder_without_rights_is_reported_before_anything_is_run(
    tmp_path: Path, options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("harness.files.os.access", lambda place, _mode: Path(place).name != "locked")
    (tmp_path / "locked").mkdir()
    assert main([*options, "--into", str(tmp_path / "locked" / "below")]) == ExitCode.INFRASTRUCTURE
    output = capsys.readouterr().err
    assert f"no right to write to {tmp_path / 'locked'}" in output
    assert "--into" in output
