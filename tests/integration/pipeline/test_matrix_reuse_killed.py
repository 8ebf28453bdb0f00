"""A run that is killed at any moment and started again ends as one that was not.

`VALKEY_LOOP_MATRIX_KILLS` says how many times a run is killed; without it, 3. `VALKEY_LOOP_MATRIX_SEED` chooses other
moments.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from harness.errors import ExitCode
from harness.store.reading import read_results
from tests.integration.pipeline.essence import Essence, Identity, essence, identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.store.model import Run
    from tests.integration.pipeline.conftest import Harness

pytestmark = pytest.mark.integration

KILLS = int(os.environ.get("VALKEY_LOOP_MATRIX_KILLS", "3"))
SEED = int(os.environ.get("VALKEY_LOOP_MATRIX_SEED", "0"))
CELLS = (
    "default/function/module_global/none",
    "default/function/async_fixture/flush_around",
    "default/session/async_fixture/aclose",
    "default/class/shared_pool/none",
    "default/session/inside_test/none",  # can't be written down
)
OPTIONS = [argument for cell in CELLS for argument in ("--cell", cell)]
PLUGINS = "0.23.8,1.0.0"
HARD = getattr(signal, "SIGKILL", signal.SIGTERM)  # where there is no SIGKILL, SIGTERM can't be caught
WAYS = (HARD, HARD, signal.SIGTERM) if sys.platform == "win32" else (HARD, HARD, signal.SIGINT, signal.SIGTERM)


@pytest.fixture(scope="module")
def options(python: str) -> list[str]:
    return [*OPTIONS, "--python", python, "--pytest-asyncio", PLUGINS, "--repeat", "2"]


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, new_harness: Callable[[Path], Harness], options: list[str]
) -> tuple[dict[Identity, Essence], float]:
    """What a run that nobody kills ends with, and how long it takes. The environments are there by then."""
    harness = new_harness(tmp_path_factory.mktemp("undisturbed"))
    assert harness.run(*options).returncode == ExitCode.DONE
    started = time.monotonic()
    assert harness.run(*options, "--fresh").returncode == ExitCode.DONE
    elapsed = time.monotonic() - started
    *_, newest = sorted({outcome.run for outcome in harness.outcomes()})
    return {identity(one): essence(one) for one in harness.outcomes() if one.run == newest}, elapsed


def kill_again_and_again(harness: Harness, options: list[str], longest: float, chance: random.Random, most: int) -> int:
    """Start a run and kill it at some moment, until one has ended before that or `most` were killed; how many were."""
    killed = 0
    while killed < most:
        process = harness.start(*options)
        assert process.stderr is not None
        try:
            process.wait(chance.uniform(0, longest))
        except subprocess.TimeoutExpired:
            killed += 1
            process.send_signal(chance.choice(WAYS))
            process.wait(60)
        else:
            assert process.returncode == ExitCode.DONE, process.stderr.read()
            return killed
        finally:
            process.stderr.close()
    return killed


def end_well(harness: Harness, options: list[str]) -> tuple[Run, ...]:
    """Run to the end; what that run wrote."""
    before = set(harness.results.glob("*.jsonl"))
    done = harness.run(*options)
    assert done.returncode == ExitCode.DONE, done.stderr
    harness.until(lambda: not harness.left(), "something of a killed run is still there")
    return read_results(*(set(harness.results.glob("*.jsonl")) - before)).runs


def assert_ended_as(expected: dict[Identity, Essence], last: tuple[Run, ...], runs: tuple[Run, ...]) -> None:
    """The last run is whole and the same; what earlier ones had measured was not measured again, and nothing lost."""
    assert all(run.footer is not None for run in last)
    final = [outcome for run in last for outcome in run.outcomes]
    assert {identity(one): essence(one) for one in final} == expected
    assert len(final) == len(expected)
    everything = [outcome for run in runs for outcome in run.outcomes]
    assert {identity(one): essence(one) for one in everything} == expected
    assert max(Counter((one.run, *identity(one)) for one in everything).values()) == 1
    measured = Counter(identity(one) for one in everything if one.evidence and not one.reused_from)
    assert set(measured.values()) == {1}
    evidence = {identity(one): one.evidence for one in everything if one.evidence and not one.reused_from}
    assert {identity(one): one.evidence for one in final if one.evidence} == evidence


def test_a_run_killed_at_random_moments_ends_as_one_that_was_not(
    tmp_path: Path,
    new_harness: Callable[[Path], Harness],
    options: list[str],
    undisturbed: tuple[dict[Identity, Essence], float],
) -> None:
    expected, longest = undisturbed
    chance = random.Random(SEED)  # noqa: S311 - no secret
    killed = attempt = 0
    while killed < KILLS:
        attempt += 1
        (folder := tmp_path / str(attempt)).mkdir()
        harness = new_harness(folder)
        killed += kill_again_and_again(harness, options, longest, chance, KILLS - killed)
        last = end_well(harness, options)
        assert_ended_as(expected, last, read_results(harness.results).runs)
