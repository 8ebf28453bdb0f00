"""How a process ended, as its exit code says on each system; the system is a value here."""

from __future__ import annotations

import signal
import sys

import pytest

from harness.evidence.model import Exit
from harness.launchers.assembling import KILLERS, describe_exit


@pytest.mark.parametrize("code", [15, 0xC000013A, 0x40010004])
def test_a_process_that_is_ended_from_outside_is_known_on_windows_too(code: int) -> None:
    assert describe_exit(code, finished=False, platform="win32").signal in KILLERS
    assert describe_exit(code, finished=True, platform="win32") == Exit(code=code)
    assert describe_exit(code, finished=False, platform="linux") == Exit(code=code)


@pytest.mark.parametrize("code", [0, 1, 0xC0000005])
def test_any_other_exit_code_is_the_suites_own(code: int) -> None:
    for finished in (True, False):
        assert describe_exit(code, finished=finished, platform="win32") == Exit(code=code)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_a_signal_has_its_name_where_there_are_signals() -> None:
    assert describe_exit(-signal.SIGTERM, finished=False) == Exit(signal="SIGTERM")
    assert describe_exit(-64, finished=False).signal in ("SIGRTMAX", "SIG64")
