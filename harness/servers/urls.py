"""What a server's URL means, and what of it may be printed."""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

SCHEMES = ("valkey", "valkeys", "redis", "rediss", "unix")

OPTIONS = ("db", "username", "password")
"""Options that may follow the question mark, apart from those of TLS."""

PORT = 6379
"""Where everybody looks for a server."""

_REDIS_SCHEMES = {"valkey": "redis", "valkeys": "rediss"}


def is_url(choice: str) -> bool:
    """Whether a server choice is an address rather than a backend's name."""
    return "://" in choice


def read_number(url: str) -> int | None:
    """The database a URL names, `/5` or `?db=5`, as the client reads it; None if it names none."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    text = options.get("db", "" if parts.scheme == "unix" else unquote(parts.path).replace("/", ""))
    return int(text) if text.isdigit() else None


def read_port(url: str) -> int:
    """The port that a URL names, or the usual one."""
    return urlsplit(url).port or PORT


def find_mistake(url: str) -> str:
    """What in a URL doesn't say where a database is; empty if there is no such thing.

    The client would take a path that is no number for database 0, and an option such as `decode_responses` would change
    what suites see. Doesn't repeat any of it: it may be a part of a password. Raises `ValueError` for what can't be
    read at all.
    """
    parts = urlsplit(url)
    unix = parts.scheme == "unix"
    if unix and (parts.hostname or not parts.path.strip("/")):
        return "it names no socket, whose path stands behind three slashes"
    if not unix and not parts.hostname:
        return "it names no host"  # the client would take this machine, where anybody's server may be
    path = "" if unix else unquote(parts.path).strip("/")
    if path and not (path.isascii() and path.isdigit()):
        return "what follows the host is no database number"
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    if not all(name in OPTIONS or name.startswith("ssl_") for name in names):
        return f"it may have no options but {', '.join(OPTIONS)} and those of TLS"
    return "there is a # in it" if parts.fragment else ""


def replace_number(url: str, database: int) -> str:
    """The same server, another database."""
    parts = urlsplit(url)
    options = [(name, value) for name, value in parse_qsl(parts.query) if name != "db"]
    if parts.scheme == "unix":
        return _join(parts._replace(query=urlencode([*options, ("db", str(database))])))
    return _join(parts._replace(path=f"/{database}", query=urlencode(options)))


def convert_for_redis(url: str) -> str:
    """The same address in the schemes redis-py knows: it refuses `valkey://`."""
    parts = urlsplit(url)
    return _join(parts._replace(scheme=_REDIS_SCHEMES.get(parts.scheme, parts.scheme)))


def mask_password(url: str) -> str:
    """The URL as it may be printed: without password."""
    parts = urlsplit(url)
    credentials, at, address = parts.netloc.rpartition("@")
    if ":" in credentials:
        credentials = credentials.partition(":")[0] + ":***"
    options = [(name, "***" if name == "password" else value) for name, value in parse_qsl(parts.query)]
    return _join(parts._replace(netloc=credentials + at + address, query=urlencode(options, safe="*")))


def _join(parts: SplitResult) -> str:
    """The parts as one URL. `urlunsplit` drops the slashes before an empty host, which `unix://` needs."""
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}{query}"
