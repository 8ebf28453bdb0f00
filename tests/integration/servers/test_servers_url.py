"""Somebody's server: nothing of theirs is touched, and nobody sees their password."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import valkey

from harness.errors import DatabaseNotEmptyError, ExitCode, ServerUnavailableError
from harness.servers import urls, views
from harness.servers.asking import Asking
from harness.servers.opening import open_server

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

PASSWORD = "pass-w0rd%21"


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    """A server with 16 databases, as it stands without a number."""
    with open_server(None, databases=15) as server, server.lease() as database:
        yield database.url.rsplit("/", 1)[0]


@pytest.fixture
def theirs(server_url: str) -> Iterator[str]:
    """The server, empty at the start."""
    with views.connect(server_url) as client:
        client.flushall()
    yield server_url
    with views.connect(server_url) as client:
        client.flushall()


def test_a_database_with_keys_is_refused_and_left_as_it_is(theirs: str) -> None:
    with views.connect(urls.replace_number(theirs, 5)) as client:
        for number in range(7):
            client.set(f"key-{number}", number)
        with (
            pytest.raises(DatabaseNotEmptyError, match="7 keys") as error,
            open_server(f"{theirs}/5", databases=4),
        ):
            pass
        assert error.value.exit_code == ExitCode.INFRASTRUCTURE
        assert str(error.value).count("'key-") == 5
        assert client.dbsize() == 7


def test_one_key_in_any_of_the_databases_that_would_be_used_is_enough_to_refuse(theirs: str) -> None:
    with views.connect(urls.replace_number(theirs, 4)) as client:
        client.set("theirs", "1")
    with pytest.raises(DatabaseNotEmptyError, match=r"Database 4 .*1 key, 'theirs'"), open_server(theirs, databases=4):
        pass
    with open_server(theirs, databases=3) as server:
        assert server.capacity == 3
    assert views.read_keys(urls.replace_number(theirs, 4)) == ("theirs",)


def test_a_url_with_a_number_gives_that_database_only(theirs: str) -> None:
    with open_server(f"{theirs}?db=9", databases=4) as server, server.lease() as database:
        assert server.capacity == 1
        assert server.info.backend == "url"
        assert (database.number, urls.read_number(database.url)) == (9, 9)


def test_a_server_with_fewer_databases_than_cells_gives_what_it_has(theirs: str) -> None:
    with open_server(theirs, databases=100) as server:
        assert server.capacity == 15  # every new connection belongs to the first one for a moment


def test_what_a_cell_left_is_gone_before_the_next_and_nothing_else_is(theirs: str) -> None:
    with views.connect(urls.replace_number(theirs, 7)) as client:
        client.set("theirs", "1")
    with open_server(theirs, databases=1) as server:
        with server.lease() as database, views.connect(database.url) as client:
            client.mset({f"left-{number}": number for number in range(2500)})
        assert views.read_keys(database.url) == ()
        with server.lease() as again:
            assert again == database
    assert views.read_keys(urls.replace_number(theirs, 7)) == ("theirs",)


def test_a_key_that_somebody_wrote_between_two_cells_is_not_deleted(theirs: str) -> None:
    with open_server(f"{theirs}/2", databases=1) as server:
        with server.lease() as database:
            pass
        with views.connect(database.url) as client:
            client.set("theirs", "1")
        for _ in range(2):
            with pytest.raises(DatabaseNotEmptyError, match="'theirs'"), server.lease():
                pass
        assert views.read_keys(database.url) == ("theirs",)


def test_nothing_is_ever_flushed_or_configured(theirs: str) -> None:
    with views.connect(theirs) as client:
        client.config_resetstat()
        with (
            open_server(theirs, databases=2) as server,
            server.lease() as database,
            views.connect(database.url) as it,
        ):
            it.set("left", "1")
        used = {name.removeprefix("cmdstat_") for name in client.info("commandstats")}
    assert "del" in used
    assert not {name for name in used if name.startswith(("flush", "config|set", "swapdb", "shutdown", "client|kill"))}


def test_an_address_nobody_listens_at_is_one_clear_message_without_the_password() -> None:
    with (
        pytest.raises(ServerUnavailableError, match=r"valkey://joe:\*\*\*@127.0.0.1:1/3") as error,
        open_server(f"valkey://joe:{PASSWORD}@127.0.0.1:1/3", databases=1),
    ):
        pass
    assert error.value.exit_code == ExitCode.INFRASTRUCTURE
    assert PASSWORD not in str(error.value)


@pytest.fixture
def protected(theirs: str) -> Iterator[str]:
    """The server with the user `joe`, who may do everything."""
    with views.connect(theirs) as client:
        client.acl_setuser("joe", enabled=True, passwords=["+pass-w0rd!"], keys="*", channels="*", categories=["+@all"])
        yield f"valkey://joe:{PASSWORD}@{theirs.rpartition('@')[2]}"
        client.acl_deluser("joe")


def test_a_server_with_a_password_can_be_used(protected: str) -> None:
    with open_server(f"{protected}/1", databases=1) as server, server.lease() as database:
        assert views.is_answering(database.url)
        assert "joe" not in repr(server.info)


def test_a_wrong_password_is_not_printed(protected: str) -> None:
    wrong = protected.replace(PASSWORD, "wr0ng-one")
    with (
        pytest.raises(ServerUnavailableError, match=r"WRONGPASS|invalid username") as error,
        open_server(wrong, databases=1),
    ):
        pass
    assert "wr0ng-one" not in str(error.value)


def test_missing_rights_are_reported_and_nothing_is_written(protected: str, theirs: str) -> None:
    with views.connect(theirs) as client:
        client.acl_setuser("joe", enabled=True, commands=["-dbsize"])
    with pytest.raises(ServerUnavailableError, match="dbsize"), open_server(protected, databases=2):
        pass
    assert views.read_keys(theirs) == ()


def test_keys_are_listed_up_to_a_limit_and_the_rest_is_counted(theirs: str) -> None:
    with views.connect(theirs) as client:
        client.mset({f"key-{number:04}": number for number in range(1500)})  # more than one SCAN brings
        client.set(b"\xff\x00", "1")
    listed = views.read_keys(theirs)
    assert len(listed) == 101
    assert listed[0] == "\\xff\x00"
    assert listed[-1] == "… and 1401 more"
    assert views.read_clients_and_keys(theirs)[1] == listed
    with pytest.raises(valkey.ConnectionError):
        views.read_keys("valkey://127.0.0.1:1/0")


def test_an_error_among_the_answers_leaves_the_connection_in_step_and_one_that_is_ended_is_made_anew(
    server_url: str,
) -> None:
    with Asking(server_url) as server:
        with pytest.raises(valkey.ResponseError, match="NOSUCH"):
            server.ask(("ECHO", "one"), ("NOSUCH",), ("ECHO", "two"))
        assert server.ask(("ECHO", "three"), ("INCRBY", "asked", 3)) == [b"three", 3]
        (own,) = server.ask(("CLIENT", "ID"))
        with views.connect(server_url) as client:
            assert client.client_kill_filter(_id=own) == 1
            client.delete("asked")
        with pytest.raises(valkey.ConnectionError):
            server.ask(("ECHO", "four"))
        assert server.ask(("ECHO", "five")) == [b"five"]
