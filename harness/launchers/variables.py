"""The environment variables of a suite's process: a list of what is let through, not of what is kept out."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from harness.errors import UsageError
from harness.packages import takes_valkey_urls
from harness.servers import urls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.launchers.model import Job

PORT = 6379
"""Where a server listens whose address names no port."""

_PLACE = re.compile(r"\{(url|host|port|db|password)\}")

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


ADDRESSES = ("URL", "URI", "DSN", "CONNECTION_STRING")
HOSTS = ("HOST", "HOSTNAME")
NUMBERS = ("DB", "DATABASE")
"""What follows the name of a client in the variables that most projects read, by what it stands for.

Only names of Redis and Valkey themselves. `BROKER_URL`, `CACHE_URL` and the like would put a server where a suite that
has none of them takes something in memory.
"""


def make_variables(job: Job, inherited: Mapping[str, str], marker: Mapping[str, str]) -> dict[str, str]:
    """All variables of a suite's process: what is allowed of `inherited`, the server's address, and `marker`.

    `VALKEY_URL` has the scheme that the job's client understands; `REDIS_URL` is always for redis-py. A suite of the
    user's own also gets the address under other names, and what the user says. Raises `UsageError` for what can't be
    filled in.
    """
    allowed = {name: value for name, value in inherited.items() if is_let_through(name)}
    redis_url = urls.convert_for_redis(job.database.url)
    url = job.database.url if takes_valkey_urls(job.client) else redis_url
    own: dict[str, str] = {}
    if job.conditions is not None:
        places = _describe_server(url)
        own = _name_server("VALKEY", places) | _name_server("REDIS", places | {"url": redis_url})
        own |= {name: _fill(name, value, places) for name, value in job.conditions.variables}
        if not job.existing:
            own |= _name_project(job, {**allowed, **own})
    return {
        **allowed,
        **marker,
        "VALKEY_URL": url,
        "REDIS_URL": redis_url,
        # Sets and dictionaries keep one order, so that two runs of a suite differ only in what it did.
        "PYTHONHASHSEED": "0",
        **(_enter_existing(job, allowed) if job.existing else {}),
        **own,
    }


def _name_project(job: Job, others: Mapping[str, str]) -> dict[str, str]:
    """Where Python and the shell find the suite's own project; uninstalled, what is in the folder `src`."""
    if job.project is None:
        found = {"PYTHONPATH": job.suite / "src"}
    else:
        found = {"PYTHONPATH": job.project, "PATH": job.project / ("Scripts" if os.name == "nt" else "bin")}
    return {
        name: os.pathsep.join(filter(None, (str(folder), others.get(name))))
        for name, folder in found.items()
        if folder.is_dir()
    }


def _enter_existing(job: Job, allowed: Mapping[str, str]) -> dict[str, str]:
    """What makes a process run in the user's environment as if that were active, and leave no byte code there."""
    path = os.pathsep.join(filter(None, (str(job.python.parent), allowed.get("PATH"))))
    return {"PYTHONDONTWRITEBYTECODE": "1", "PATH": path}


def names_server(name: str) -> bool:
    """Whether a suite of the user's own always has this variable, for the server's address."""
    client, _, rest = name.partition("_")
    return client in ("VALKEY", "REDIS") and rest in (*ADDRESSES, *HOSTS, *NUMBERS, "PORT")


def is_let_through(name: str) -> bool:
    """Whether a suite's process inherits a variable of that name."""
    return name.upper() in ALLOWED or name.upper().startswith("LC_")


def _describe_server(url: str) -> dict[str, str]:
    """What stands for the server in a variable's value; nothing for what its address lacks."""
    parts = urlsplit(url)
    found = {
        "url": url,
        "host": parts.hostname,
        "port": str(parts.port or PORT) if parts.hostname else None,
        "db": str(urls.read_number(url) or 0),
        "password": unquote(parts.password) if parts.password else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _name_server(prefix: str, places: Mapping[str, str]) -> dict[str, str]:
    """Its variables under one client's name."""
    names = {"url": ADDRESSES, "host": HOSTS, "port": ("PORT",), "db": NUMBERS, "password": ("PASSWORD",)}
    return {f"{prefix}_{name}": value for place, value in places.items() for name in names[place]}


def _fill(name: str, value: str, places: Mapping[str, str]) -> str:
    """A value with what stands for the server filled in. Braces around anything else stay."""

    def fill(found: re.Match[str]) -> str:
        if found[1] not in places:
            raise UsageError(
                f"{{{found[1]}}} in the variable {name} stands for nothing: this server has none.",
                remedy=f"Use {', '.join(f'{{{place}}}' for place in places)}, or write the value.",
            )
        return places[found[1]]

    return _PLACE.sub(fill, value)
