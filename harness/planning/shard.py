"""Which shard of a plan a run is, as the options or a cluster's variables say it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMPLETION = "JOB_COMPLETION_INDEX"
"""Kubernetes sets it in each pod of an Indexed Job, from 0. How many there are, no variable says."""

SLURM = "SLURM_ARRAY_TASK_"
"""Slurm sets variables of this name in each task of an array: its ID, and of all IDs COUNT, MIN, MAX and STEP."""

_GIVEN = re.compile(r"(?:([0-9]{1,6})/)?([0-9]{1,6})")


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """One of several runs that share a plan."""

    number: int  # from 1
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


class RecordedShard(Shard, frozen=True, kw_only=True):
    """A shard as its results name it: shards with the same `plan` and `count` are of one whole."""

    plan: str  # digest of all that the shards share
    environments: int  # that this shard runs cells in: so many files belong to it


class _Task(msgspec.Struct, frozen=True, kw_only=True):
    """What variables say of the job that this runs in."""

    source: str  # name of the variable
    number: int  # from 1
    count: int | None  # None: they don't say it

    def agrees(self, shard: Shard) -> bool:
        return shard.number == self.number <= shard.count and self.count in (None, shard.count)


def find_shard(asked: str, variables: Mapping[str, str]) -> Shard | None:
    """The shard that `--shard K/N` names, or the variables of a cluster's job; None if neither does.

    Of Kubernetes, which doesn't say how many shards there are, `--shard N` has to. Raises `UsageError` for what makes
    no sense, and where the option and the variables contradict each other.
    """
    tasks = list(_read_tasks(variables))
    task = tasks[0] if tasks else None
    if not asked and task is None:
        return None
    number, count = _read_asked(asked) if asked else (None, None)
    count = count or (task.count if task else None)
    if task is not None and count is None:
        raise UsageError(
            f"{task.source} says that this is one of several jobs, but not of how many.",
            remedy=f"Add --shard N with their number, or unset {task.source} to run everything here.",
        )
    if number is None and task is None:
        raise UsageError(
            f"--shard {asked} says how many shards there are, but not which of them this is.",
            remedy=f"Write --shard 1/{asked} for the first, or let {COMPLETION} or {SLURM}ID say it.",
        )
    number = number or (task.number if task else None)
    assert number is not None
    assert count is not None
    shard = Shard(number=number, count=count)
    for one in tasks:
        if not one.agrees(shard):
            raise UsageError(
                f"--shard {asked or shard} is given, but the variables of {one.source} say "
                f"{one.number}{f'/{one.count}' if one.count else ''}.",
                remedy=f"Leave --shard out, or unset {one.source}.",
            )
    return shard


def read_count_of(asked: str) -> int:
    """The N of `--shard K/N` and of `--shard N`. Raises `UsageError`."""
    return _read_asked(asked)[1]


def _read_asked(asked: str) -> tuple[int | None, int]:
    match = _GIVEN.fullmatch(asked)
    number, count = (int(match[1]) if match[1] else None, int(match[2])) if match else (None, 0)
    if count < 1 or (number is not None and not 1 <= number <= count):
        raise UsageError(
            f"--shard: {asked!r} can't be used.",
            remedy="Write the number of the shard and how many there are, from 1/3 to 3/3.",
        )
    return number, count


def _read_tasks(variables: Mapping[str, str]) -> Iterator[_Task]:
    if variables.get(f"{SLURM}ID"):
        task = _read_slurm(variables)
        if task.count != 1:  # one task alone may be one of several that is run again
            yield task
    if variables.get(COMPLETION):
        yield _Task(source=COMPLETION, number=_read_number(variables, COMPLETION) + 1, count=None)


def _read_slurm(variables: Mapping[str, str]) -> _Task:
    """Arrays may begin anywhere and have a step; one whose IDs aren't evenly spaced says no task's place."""
    own, count, first, last, step = (
        _read_number(variables, SLURM + name) for name in ("ID", "COUNT", "MIN", "MAX", "STEP")
    )
    if step == 0 or first + (count - 1) * step != last or own not in range(first, last + 1, step):
        raise UsageError(
            f"{SLURM}ID is {own}, but the tasks are not evenly numbered: which place that is among them isn't known.",
            remedy="Number them one after the other, such as sbatch --array=1-8, or unset the variable.",
        )
    return _Task(source=f"{SLURM}ID", number=(own - first) // step + 1, count=count)


def _read_number(variables: Mapping[str, str], name: str) -> int:
    text = variables.get(name, "")
    if not re.fullmatch("[0-9]{1,9}", text):
        raise UsageError(
            f"{name} is {text!r}, which is no number." if text else f"{name} is not set, but its like are.",
            remedy="Unset them all, or let each have the number that the cluster gives it.",
        )
    return int(text)
