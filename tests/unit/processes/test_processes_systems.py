"""Errors of the operating system as each system raises them; the system is a value here."""

from __future__ import annotations

import errno
import subprocess

import pytest

from harness.processes.systems import ignore_broken_pipe, is_broken_pipe, name_program


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_a_pipe_without_a_reader_is_known_on_every_system(platform: str) -> None:
    assert is_broken_pipe(BrokenPipeError(errno.EPIPE, "Broken pipe"), platform)
    assert is_broken_pipe(OSError(errno.EINVAL, "Invalid argument"), platform) == (platform == "win32")
    assert not is_broken_pipe(OSError(errno.ENOSPC, "No space left on device"), platform)
    assert not is_broken_pipe(ValueError(), platform)


def fail_to_write() -> None:
    raise OSError(errno.EINVAL, "Invalid argument")


def test_only_what_a_missing_reader_causes_is_ignored() -> None:
    with ignore_broken_pipe("win32"):
        fail_to_write()
    with pytest.raises(OSError, match="Invalid argument"), ignore_broken_pipe("linux"):
        fail_to_write()


def test_a_program_that_is_not_there_is_named_also_where_the_system_does_not() -> None:
    with pytest.raises(FileNotFoundError, match="nowhere/python"), name_program("nowhere/python"):
        raise FileNotFoundError(errno.ENOENT, "The system cannot find the file specified")
    with pytest.raises(FileNotFoundError, match="no-such-program"), name_program("another"):
        subprocess.run(["no-such-program"], check=True)
