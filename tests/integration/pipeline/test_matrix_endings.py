"""However a run ends early, what was finished is kept and nothing of it goes on."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING

import pytest

from harness.cli.main import INTERRUPTED
from harness.errors import ExitCode
from harness.store.reading import read_results
from harness.verdicts.model import Status

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.pipeline.conftest import Harness

if sys.platform == "win32":
    pytest.skip("signals and process groups are POSIX", allow_module_level=True)

pytestmark = pytest.mark.integration

PARENT = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"


def ctrl_c(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGINT)


def ctrl_c_again_and_again(process: subprocess.Popen[str]) -> None:
    for _ in range(20):
        try:
            os.killpg(process.pid, signal.SIGINT)
        except ProcessLookupError:
            return
        time.sleep(0.02)


def terminate_twice(process: subprocess.Popen[str]) -> None:
    process.terminate()
    time.sleep(0.03)
    process.terminate()


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()


def in_the_middle(harness: Harness, python: str, *, command: list[str] | None = None) -> subprocess.Popen[str]:
    """A run that has finished some cells and is far from done."""
    process = harness.start("--python", python, "--pytest-asyncio", "1.0.0", command=command)
    harness.until(lambda: process.poll() is not None or len(harness.outcomes()) > 2, "no cell finished")
    assert process.poll() is None, process.communicate()
    harness.look()
    return process


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (ctrl_c, ExitCode.INTERRUPTED),
        (ctrl_c_again_and_again, ExitCode.INTERRUPTED),
        (terminate_twice, ExitCode.INTERRUPTED),
        (kill, -9),
    ],
)
def test_a_run_that_is_cut_short_keeps_what_was_finished_and_leaves_nothing_running(
    harness: Harness, python: str, end: Callable[[subprocess.Popen[str]], None], code: int
) -> None:
    process = in_the_middle(harness, python)
    before = harness.outcomes()
    assert len(harness.seen) >= 3, "guard, server, cells"
    end(process)
    _, output = process.communicate(timeout=60)
    assert process.returncode == code
    assert output.rstrip() == (INTERRUPTED if code == ExitCode.INTERRUPTED else "")
    harness.until(lambda: not harness.left(), "something is left")
    results = read_results(harness.results)
    assert results.broken == ()
    assert [run.footer for run in results.runs] == [None]
    assert results.runs[0].outcomes[: len(before)] == tuple(before)
    assert Status.INFRASTRUCTURE not in {outcome.verdict.status for outcome in results.runs[0].outcomes}


def test_a_run_ends_with_the_nox_that_started_it(harness: Harness, python: str) -> None:
    harness.environ["NOX_CURRENT_SESSION"] = "matrix"
    inner = harness.command("--python", python, "--pytest-asyncio", "1.0.0")
    process = in_the_middle(harness, python, command=[sys.executable, "-c", PARENT, *inner])
    process.kill()
    process.wait()
    harness.until(lambda: not harness.left(), "something is left")


@pytest.mark.parametrize("end", [terminate_twice, kill])
def test_a_resolver_that_waits_for_its_index_goes_with_the_run(
    harness: Harness, python: str, tmp_path: Path, end: Callable[[subprocess.Popen[str]], None]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as never_answers:
        harness.environ |= {
            "VALKEY_LOOP_MATRIX_CACHE": str(tmp_path / "cache"),
            "UV_CACHE_DIR": str(tmp_path / "uv"),
            "UV_DEFAULT_INDEX": f"http://127.0.0.1:{never_answers.getsockname()[1]}/simple",
        }
        process = harness.start("--python", python, "--pytest-asyncio", "1.0.0")
        never_answers.settimeout(60)
        asked, _ = never_answers.accept()
        with asked:
            harness.look()
            assert len(harness.seen) >= 3, "guard, server, uv"
            end(process)
            process.communicate(timeout=60)
            harness.until(lambda: not harness.left(), "something is left")
    assert not harness.results.exists()
