"""A command in a message is one that works where the user is."""

from __future__ import annotations

import sys

import pytest

from harness.environments.releases import how_to_refresh
from harness.invocation import NOX, command_line


def test_in_a_nox_session_it_is_a_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NOX, "compare")
    assert command_line("matrix") == "nox -s matrix"
    assert command_line("matrix", "--profile smoke") == "nox -s matrix -- --profile smoke"
    assert how_to_refresh() == "run `nox -s refresh-releases`"


@pytest.mark.parametrize("script", ["/home/joe/.local/bin/valkey-loop-matrix", "Scripts/valkey-loop-matrix.exe"])
def test_installed_it_is_the_console_script(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NOX, raising=False)
    monkeypatch.setattr(sys, "argv", [script, "compare"])
    assert command_line("matrix", "--profile smoke") == "valkey-loop-matrix matrix --profile smoke"
    assert "newer version" in how_to_refresh()


def test_otherwise_it_is_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NOX, raising=False)
    monkeypatch.setattr(sys, "argv", ["/here/harness/__main__.py", "compare"])
    assert command_line("matrix") == "python -m harness matrix"
