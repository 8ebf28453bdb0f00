"""What evidence must not show of somebody's server: its password and its address. Results are meant to be shared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from harness.evidence.model import Evidence
from harness.servers import secrecy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.servers.model import Database

SHORTEST_HOST = 4
"""Characters. Masking a shorter name would tear up ordinary words."""

LOOPBACK = ("127.0.0.1", "localhost", "::1", None)
"""Hosts that say nothing about where they are; None for a Unix socket."""

OWN_WORDS = frozenset(
    {
        *("type", "link", "kind", "name", "outcome", "when", "where", "source"),
        *("loop", "closed_on", "category", "signal", "what"),
    }
)
"""Fields of evidence that hold words of Python's, pytest's or ours, none of the suite's."""

_SOCKET_END = re.compile(r"(\b[lr]?addr=(?:\(\\*['\"])?)(?:\[[^\]]+\]|[^\s:'\"\\]+)")


class Mask:
    """Replaces by `***` what a server's URL gives away, and other secrets.

    Does nothing for a server on loopback without a password. Looking for a password in all spellings takes as long as
    some cells. A random one needs that only where a piece of it stands, which it doesn't by chance.
    """

    def __init__(self, database: Database, secrets: Iterable[str] = ()) -> None:
        url = database.url
        host = urlsplit(url).hostname
        self._pieces: tuple[str, ...] = ()
        if database.made:
            self._pieces = tuple(piece for secret in secrecy.find_passwords(url) for piece in (secret[:4], secret[-4:]))
        self._url = url
        self._remote = host not in LOOPBACK
        self._host = host if host is not None and self._remote and len(host) >= SHORTEST_HOST else ""
        self._secrets = tuple(map(secrecy.Secret, sorted(secrets, key=len, reverse=True)))
        self._needed = self._remote or bool(secrecy.find_passwords(url)) or bool(self._secrets)

    def text(self, text: str) -> str:
        """The text without them. A socket's own description holds addresses as numbers."""
        if self._may_show(text):
            text = secrecy.hide_password(text, self._url)
        for secret in self._secrets:
            text = secret.hide(text)
        if self._host:
            text = text.replace(self._host, secrecy.HIDDEN)
        return _SOCKET_END.sub(rf"\1{secrecy.HIDDEN}", text) if self._remote else text

    def evidence(self, evidence: Evidence) -> Evidence:
        """The evidence with every text of the suite's masked."""
        if not self._needed:
            return evidence
        if not self._remote and not self._secrets and not self._may_show(msgspec.json.encode(evidence).decode()):
            return evidence
        return msgspec.convert(map_texts(msgspec.to_builtins(evidence), self.text), Evidence)

    def _may_show(self, text: str) -> bool:
        return not self._pieces or any(piece in text for piece in self._pieces)


def map_texts(data: Any, change: Callable[[str], str]) -> Any:
    """Plain data with every string changed, but for names of fields and for `OWN_WORDS`."""
    match data:
        case str():
            return change(data)
        case list() | tuple():
            return [map_texts(each, change) for each in data]
        case dict():
            return {name: each if name in OWN_WORDS else map_texts(each, change) for name, each in data.items()}
        case _:
            return data
