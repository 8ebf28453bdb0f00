"""Everything that somebody has on a server, compared with what it was before a run: nothing may have changed.

The run takes a cell for every pair of core habits and every value of the other axes. `VALKEY_LOOP_MATRIX_DATA` names
the profile whose cells it takes instead; `full` is the whole catalogue.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import valkey

from harness.catalogue.loading import load_catalogue
from harness.catalogue.sampling import Space, cover
from harness.errors import ExitCode
from harness.servers import urls, views
from harness.store.reading import read_results
from harness.verdicts.model import Status
from tests.integration.somebodys import run_somebodys_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.pipeline.conftest import Harness

pytestmark = pytest.mark.integration

PROFILE = os.environ.get("VALKEY_LOOP_MATRIX_DATA")
JOBS = 2
THEIRS = range(JOBS + 2, 10)
"""The databases that hold somebody's data. The run takes those before: one a job, one for reference cells."""

NAMES = ("apple", "pear", "plum", "sum", "pay", b"\xff\x00 binary \r\n", "", "{tag}:1", "k" * 3000)
"""Names of keys, first of all those that the suites write themselves."""

LIBRARY = """#!lua name=theirs
server.register_function('theirs', function(keys, args) return 1 end)
"""
SCRIPT = "return redis.call('GET', KEYS[1])"
IN_A_YEAR = 365 * 24 * 3600

BEYOND_ITS_DATABASE = (
    *("acl|d", "acl|s", "bg", "client|kill", "client|no", "client|pause", "cluster", "config|rew", "config|s", "copy"),
    *("debug", "eval", "failover", "fcall", "flushall", "function", "migrate", "module", "move", "replicaof", "save"),
    *("script", "shutdown", "slaveof", "swapdb"),
)
"""How commands begin that reach further than the database they are given in, or run what does."""


def fill(url: str) -> None:
    """Something of each type, in each encoding that a server chooses by size, with and without an end."""
    with views.connect(url) as client:
        for number, name in enumerate(NAMES):
            client.set(name, b"\x00\xff" * number)
        client.set("number", 41)
        client.set("fading", "x", ex=IN_A_YEAR)
        client.append("raw", b"x" * 100)
        client.pfadd("counted", *range(1000))
        client.geoadd("places", (13.361389, 38.115556, "Palermo"))
        client.setbit("bits", 7000, 1)
        for size in (3, 1000):
            client.hset(f"hash-{size}", mapping={f"field-{n}": n for n in range(size)})
            client.rpush(f"list-{size}", *(f"item-{n}" * 20 for n in range(size)))
            client.sadd(f"set-{size}", *(f"member-{n}" for n in range(size)))
            client.sadd(f"numbers-{size}", *range(size))
            client.zadd(f"sorted-{size}", {f"member-{n}": n / 3 for n in range(size)})
            client.expire(f"hash-{size}", IN_A_YEAR)
        client.xadd("stream", {b"\xff": b"\x00"}, id="1-1")
        client.xadd("stream", {"a": "b"}, id="2-1")
        client.xgroup_create("stream", "group", "0")
        client.xreadgroup("group", "consumer", {"stream": ">"}, count=1)


class Somebody:
    """The owner of a server: has data in some of its databases, connections to it, and settings of their own."""

    def __init__(self, url: str) -> None:
        self.url = url
        for number in THEIRS:
            fill(urls.replace_number(url, number))
        self._clients: list[Any] = []
        settings = self._client("settings", 0)
        settings.config_set("notify-keyspace-events", "KEA")
        settings.config_set("maxmemory-policy", "noeviction")
        settings.config_set("slowlog-log-slower-than", "12345")
        settings.acl_setuser("joe", enabled=True, passwords=["+s3cret"], keys=["~theirs:*"], commands=["+get"])
        settings.function_load(LIBRARY)
        self._script = settings.script_load(SCRIPT)
        self._watching = self._client("watching", THEIRS[0])
        self._watching.execute_command("WATCH", *NAMES)
        self._waiting = self._client("waiting", THEIRS[1]).connection
        self._waiting.send_command("BLPOP", "never", 0)
        self._news = self._client("news", 0).pubsub()
        patterns = [f"__keyspace@{number}__:*" for number in THEIRS]
        self._news.psubscribe(*patterns)
        for _ in patterns:
            assert self._news.get_message(timeout=5)["type"] == "psubscribe"

    def _client(self, name: str, number: int) -> Any:
        client: Any = valkey.Valkey.from_url(
            urls.replace_number(self.url, number), single_connection_client=True, client_name=name
        )
        client.ping()
        self._clients.append(client)
        return client

    def everything(self) -> dict[str, object]:
        """All there is on the server: data, settings, code, users, connections, subscriptions."""
        found: dict[str, object] = {}
        for number in THEIRS:
            with views.connect(urls.replace_number(self.url, number)) as client:
                for key in client.scan_iter(count=1000):
                    seen = (
                        client.dump(key),
                        client.execute_command("PEXPIRETIME", key),
                        client.object("ENCODING", key),
                    )
                    found[f"{number} {key!r}"] = seen
        with views.connect(self.url) as client:
            own = str(client.client_id())
            rows = [row for row in client.client_list() if row["id"] != own]
            return found | {
                "settings": client.config_get("*"),
                "users": client.acl_list(),
                "functions": client.function_dump(),
                "scripts": client.script_exists(self._script),
                "channels": (client.pubsub_channels(), client.pubsub_numpat()),
                "connections": {row["id"]: (row["name"], row["db"], row["flags"], row["watch"]) for row in rows},
            }

    def heard_of_theirs(self) -> list[object]:
        """What was ever done to a key of theirs, as the server reports it."""
        return list(iter(lambda: self._news.get_message(timeout=0.1), None))

    def watched_in_vain(self) -> bool:
        """Whether none of the keys that a transaction watches was touched: it is carried out."""
        self._watching.execute_command("MULTI")
        self._watching.execute_command("GET", NAMES[0])
        return self._watching.execute_command("EXEC") is not None

    def commands(self) -> set[str]:
        """The commands that were given since this was asked last."""
        with views.connect(self.url) as client:
            names = client.info("commandstats")
            client.config_resetstat()
        return {name.removeprefix("cmdstat_") for name in names} - {"config|resetstat"}

    def leave(self) -> None:
        self._news.close()
        for client in self._clients:
            client.close()


@pytest.fixture
def somebody() -> Iterator[Somebody]:
    with run_somebodys_server() as url:
        somebody = Somebody(url)
        yield somebody
        somebody.leave()


def selection() -> list[str]:
    """The cells of the run, as arguments."""
    if PROFILE is not None:
        return ["--profile", PROFILE]
    sample = cover(Space(load_catalogue()), core_strength=2, rest_strength=1)
    return [argument for cell in sample for argument in ("--cell", cell.id)]


def test_nothing_that_somebody_has_is_changed_even_for_a_moment(
    harness: Harness, somebody: Somebody, python: str
) -> None:
    before = somebody.everything()
    somebody.commands()
    arguments = [*selection(), "--python", python, "--pytest-asyncio", "newest", "--server", somebody.url]
    arguments += ["--jobs", str(JOBS), *(("--launcher", "fork") if hasattr(os, "fork") else ())]
    process = harness.start(*arguments)
    _, output = process.communicate()
    assert process.returncode == ExitCode.DONE, output
    commands = somebody.commands()
    assert somebody.everything() == before
    assert somebody.heard_of_theirs() == []
    assert somebody.watched_in_vain()
    assert not {command for command in commands if command.startswith(BEYOND_ITS_DATABASE)}
    assert {"flushdb", "set", "del", "publish" if PROFILE else "blpop"} <= commands
    verdicts = [outcome.verdict for run in read_results(harness.results).runs for outcome in run.outcomes]
    assert not [verdict for verdict in verdicts if verdict.status is Status.INFRASTRUCTURE]
    for number in range(1, JOBS + 2):
        assert views.read_keys(urls.replace_number(somebody.url, number)) == ()
