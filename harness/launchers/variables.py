"""The environment variables of a suite's process: a list of what is let through, not of what is kept out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.servers import urls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.launchers.model import Job

ALLOWED = frozenset(
    {
        # where programs, files and libraries are
        "PATH",
        "HOME",
        "TMPDIR",
        "TEMP",
        "TMP",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        # who and in which language
        "USER",
        "LOGNAME",
        "LANG",
        "LANGUAGE",
        "TZ",
        # Windows doesn't open a socket without SYSTEMROOT
        "SYSTEMROOT",
        "SYSTEMDRIVE",
        "WINDIR",
        "COMSPEC",
        "PATHEXT",
        "USERPROFILE",
        "USERNAME",
        "APPDATA",
        "LOCALAPPDATA",
        "PROGRAMDATA",
        "NUMBER_OF_PROCESSORS",
        "PROCESSOR_ARCHITECTURE",
    }
)
"""Variables that a suite's process inherits, and those that start with `LC_`. Case doesn't matter, as on Windows."""


def make_variables(job: Job, inherited: Mapping[str, str], marker: Mapping[str, str]) -> dict[str, str]:
    """All variables of a suite's process: what is allowed of `inherited`, the server's address, and `marker`.

    `VALKEY_URL` has the scheme that the job's client understands; `REDIS_URL` is always for redis-py.
    """
    allowed = {
        name: value for name, value in inherited.items() if name.upper() in ALLOWED or name.upper().startswith("LC_")
    }
    redis_url = urls.convert_for_redis(job.database.url)
    return {
        **allowed,
        **marker,
        "VALKEY_URL": redis_url if job.client == "redis" else job.database.url,
        "REDIS_URL": redis_url,
        # Sets and dictionaries keep one order, so that two runs of a suite differ only in what it did.
        "PYTHONHASHSEED": "0",
    }
