"""What is changed of other plugins' options."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from harness.probe.neighbours import settle


def options(**given: object) -> SimpleNamespace:
    return SimpleNamespace(**given)


def test_where_no_plugin_is_nothing_is_changed() -> None:
    option = options(verbose=0)
    assert list(settle(option)) == []
    assert vars(option) == {"verbose": 0}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"numprocesses": 2, "dist": "no", "tx": []}, "not on 2 workers"),
        ({"numprocesses": "auto", "dist": "loadfile", "tx": []}, "not on auto workers"),
        ({"numprocesses": None, "dist": "load", "tx": ["popen", "popen"]}, "not on several workers"),
    ],
)
def test_workers_become_one_process_and_that_is_named(given: dict[str, object], named: str) -> None:
    option = options(**given)
    (note,) = settle(option)
    assert named in note
    assert vars(option) == {"numprocesses": 0, "dist": "no", "tx": []}


@pytest.mark.parametrize("workers", [None, 0])
def test_without_workers_there_is_nothing_to_say(workers: int | None) -> None:
    assert list(settle(options(numprocesses=workers, dist="no", tx=[]))) == []


def test_what_happens_in_other_processes_is_named() -> None:
    option = options(forked=True)
    (note,) = settle(option)
    assert "not observed" in note
    assert vars(option) == {"forked": True}


def test_a_random_order_is_the_same_each_time_unless_the_user_chose_it() -> None:
    chance = options(randomly_seed="default")
    (note,) = settle(chance)
    assert (chance.randomly_seed, "--randomly-seed=1" in note) == (1, True)
    chosen = options(randomly_seed=77)
    assert (list(settle(chosen)), chosen.randomly_seed) == ([], 77)


def test_an_order_that_is_not_turned_on_is_not_turned_on() -> None:
    default = {"random_order_seed": "default:234", "random_order_bucket": "default:module"}
    off = options(random_order_enabled=False, **default)
    assert (list(settle(off)), off.random_order_seed) == ([], "default:1")
    on = options(random_order_enabled=True, **default)
    assert ["--random-order-seed=1" in note for note in settle(on)] == [True]
    chosen = options(random_order_enabled=True, **{**default, "random_order_seed": "9"})
    assert (list(settle(chosen)), chosen.random_order_seed) == ([], "9")
