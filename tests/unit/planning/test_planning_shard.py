"""Which shard a run is: the option, the variables of clusters, and where they contradict each other."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.planning.shard import Shard, find_shard

KUBERNETES = {"JOB_COMPLETION_INDEX": "2"}


def slurm(own: int, *, first: int = 0, count: int = 4, step: int = 1) -> dict[str, str]:
    """What Slurm sets in a task of `--array=FIRST-…:STEP`."""
    numbers = {"ID": own, "COUNT": count, "MIN": first, "MAX": first + (count - 1) * step, "STEP": step}
    return {f"SLURM_ARRAY_TASK_{name}": str(number) for name, number in numbers.items()}


@pytest.mark.parametrize(
    ("asked", "variables", "expected"),
    [
        ("", {}, None),
        ("2/3", {}, (2, 3)),
        ("1/1", {}, (1, 1)),
        ("8", KUBERNETES, (3, 8)),
        ("3/8", KUBERNETES, (3, 8)),
        ("", slurm(0), (1, 4)),
        ("", slurm(8, first=5), (4, 4)),
        ("", slurm(7, first=1, step=2), (4, 4)),
        ("4", slurm(3), (4, 4)),
        ("4/4", slurm(3), (4, 4)),
        ("3/8", slurm(3, first=3, count=1), (3, 8)),
        ("", slurm(3, first=3, count=1), None),
        ("", {"SLURM_ARRAY_TASK_ID": "", "JOB_COMPLETION_INDEX": ""}, None),
    ],
)
def test_the_option_and_the_variables_name_a_shard(
    asked: str, variables: dict[str, str], expected: tuple[int, int] | None
) -> None:
    shard = find_shard(asked, variables)
    assert shard == (None if expected is None else Shard(number=expected[0], count=expected[1]))


@pytest.mark.parametrize("asked", ["0/3", "4/3", "x", "1/0", "0", "-1/3", "1/3/5", "1 / 3", "½/3", "/3"])
def test_what_is_no_shard_is_refused(asked: str) -> None:
    with pytest.raises(UsageError, match="can't be used") as refused:
        find_shard(asked, {})
    assert "1/3" in refused.value.remedy


@pytest.mark.parametrize(
    ("asked", "variables", "problem"),
    [
        ("3", {}, "not which of them"),
        ("", KUBERNETES, "not of how many"),
        ("1/8", KUBERNETES, "JOB_COMPLETION_INDEX say 3"),
        ("2", KUBERNETES, "JOB_COMPLETION_INDEX say 3"),
        ("8", slurm(3), "SLURM_ARRAY_TASK_ID say 4/4"),
        ("1/4", slurm(3), "SLURM_ARRAY_TASK_ID say 4/4"),
        ("", slurm(3) | KUBERNETES, "JOB_COMPLETION_INDEX say 3"),
        ("", slurm(3) | {"SLURM_ARRAY_TASK_COUNT": "3"}, "not evenly numbered"),
        ("", slurm(1, step=0), "not evenly numbered"),
        ("", slurm(0, first=1), "not evenly numbered"),
        ("", slurm(9), "not evenly numbered"),
        ("", slurm(5, first=1, count=3, step=3), "not evenly numbered"),
        ("", {"SLURM_ARRAY_TASK_ID": "3"}, "SLURM_ARRAY_TASK_COUNT is not set"),
        ("", {"JOB_COMPLETION_INDEX": "third"}, "JOB_COMPLETION_INDEX is 'third'"),
    ],
)
def test_variables_that_contradict_or_say_too_little_are_refused(
    asked: str, variables: dict[str, str], problem: str
) -> None:
    with pytest.raises(UsageError, match=problem):
        find_shard(asked, variables)
