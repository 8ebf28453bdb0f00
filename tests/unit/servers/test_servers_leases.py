"""Handing out databases, without a server."""

from __future__ import annotations

import threading

import pytest

from harness.servers.leasing import Leases
from harness.servers.model import Database

TWO = [Database(url=f"valkey://127.0.0.1:1/{number}", number=number) for number in (1, 2)]


def test_a_database_is_out_at_most_once_and_the_next_cell_waits_for_it() -> None:
    leases = Leases(TWO, prepare=lambda _: None)
    got = threading.Event()

    def third() -> None:
        with leases.lease():
            got.set()

    with leases.lease() as first:
        with leases.lease() as second:
            assert {first.number, second.number} == {1, 2}
            waiting = threading.Thread(target=third)
            waiting.start()
            assert not got.wait(0.05)
        assert got.wait(10)
        waiting.join()


def test_what_is_found_in_a_database_nobody_got_is_not_cleaned_away() -> None:
    cleaned: list[Database] = []

    def refuse(database: Database) -> None:
        raise LookupError(database.number)

    leases = Leases(TWO, prepare=refuse, clean=lambda database, _: cleaned.append(database))
    for number in (1, 2, 1):
        with pytest.raises(LookupError, match=str(number)), leases.lease():
            pass
    assert cleaned == []


def test_a_cell_that_fails_gives_its_database_back_cleaned() -> None:
    cleaned: list[Database] = []
    leases = Leases(TWO[:1], prepare=lambda _: None, clean=lambda database, _: cleaned.append(database))
    with pytest.raises(LookupError), leases.lease():
        raise LookupError
    assert cleaned == TWO[:1]
    with leases.lease() as again:
        assert again == TWO[0]
