"""A server's condition as it reports it, and what two such reports show about the time between them."""

from __future__ import annotations

import re

import msgspec

COUNTED = {
    "errorstat_OOM": "it ran out of memory",
    "evicted_keys": "it evicted keys for want of memory",
    "errorstat_LOADING": "it was still loading its data",
    "errorstat_MISCONF": "it could not write to its disk",
    "cmdstat_client|pause": "it was paused by CLIENT PAUSE",
}
"""What is counted only when the server, not a suite, is at fault: what it means when the count goes up."""

_FIELD = re.compile(r"\n(run_id|used_memory|maxmemory|paused_reason|evicted_keys):(\w*)")
_STATISTIC = re.compile(r"\n((?:error|cmd)stat_[^:]+):(?:count|calls)=(\d+)")
_COMMAND = "cmdstat_"


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A server's condition at one moment."""

    run_id: str  # another one after each start
    counts: dict[str, int]  # those of `COUNTED` that the server has; some came with Redis 6.2 and 7
    commands: frozenset[str]  # every command it was given since its start: "get", "config|set"
    full: bool  # it holds as much as it may
    paused: bool  # clients wait for the end of a CLIENT PAUSE


def read_condition(info: str) -> Condition:
    """The condition in the answer to `INFO all`."""
    fields = dict(_FIELD.findall(info)) | dict(_STATISTIC.findall(info))
    return Condition(
        run_id=fields.get("run_id", ""),
        counts={name: int(fields[name]) for name in COUNTED if name in fields},
        commands=frozenset(name.removeprefix(_COMMAND) for name in fields if name.startswith(_COMMAND)),
        full=0 < int(fields.get("maxmemory", 0)) < int(fields.get("used_memory", 0)),
        paused=fields.get("paused_reason", "none") != "none",
    )


def find_trouble(before: Condition, after: Condition) -> str:
    """Why what was measured between the two doesn't count; empty if nothing speaks against it."""
    if after.run_id != before.run_id:
        return "it was started anew"
    for name, meaning in COUNTED.items():
        count, earlier = after.counts.get(name, 0), before.counts.get(name, 0)
        if count > earlier or 0 < count < earlier:  # less: the statistics were reset meanwhile
            return meaning
    if after.full:
        return "it holds as much as it may"
    return "it is paused by CLIENT PAUSE" if after.paused else ""
