"""What two looks at a server tell of the time between them."""

from __future__ import annotations

import pytest

from harness.servers.condition import find_trouble, read_condition

BEFORE = """# Server
run_id:aaaa
# Memory
used_memory:1092752
maxmemory:{limit}
# Clients
paused_reason:none
# Stats
evicted_keys:0
# Commandstats
cmdstat_get:calls=7,usec=21,usec_per_call=3.00,rejected_calls=0,failed_calls=0
cmdstat_client|pause:calls=1,usec=3,usec_per_call=3.00,rejected_calls=0,failed_calls=0
# Errorstats
errorstat_ERR:count=3
errorstat_OOM:count=5
""".replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("what", "changed", "found"),
    [
        ("nothing", "", ""),
        ("errors that are the suite's", "errorstat_ERR:count=9", ""),
        ("commands of the suite", "cmdstat_get:calls=9,usec=1", ""),
        ("another start", "run_id:bbbb", "it was started anew"),
        ("refused writes", "errorstat_OOM:count=6", "it ran out of memory"),
        ("refused writes after the statistics were reset", "errorstat_OOM:count=1", "it ran out of memory"),
        ("keys that went", "evicted_keys:2", "it evicted keys for want of memory"),
        ("a start that isn't over", "errorstat_LOADING:count=1", "it was still loading its data"),
        ("a pause that is over", "cmdstat_client|pause:calls=2,usec=1", "it was paused by CLIENT PAUSE"),
        ("a pause that goes on", "paused_reason:client_pause", "it is paused by CLIENT PAUSE"),
        ("more than it may hold", "maxmemory:1000", "it holds as much as it may"),
    ],
)
def test_what_happened_to_a_server_shows_in_what_it_says_of_itself(what: str, changed: str, found: str) -> None:
    before = read_condition(BEFORE.format(limit=0))
    assert find_trouble(before, read_condition(f"{BEFORE.format(limit=0)}{changed}\r\n")) == found, what


def test_the_commands_a_server_was_given_are_known_by_name() -> None:
    assert read_condition(BEFORE.format(limit=0)).commands == {"get", "client|pause"}


def test_a_server_of_an_old_release_says_less_and_is_accepted() -> None:
    old = "redis_version:5.0.14\r\nrun_id:aaaa\r\nused_memory:100\r\nmaxmemory:0\r\n"
    assert find_trouble(read_condition(old), read_condition(old)) == ""
