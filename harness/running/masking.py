"""What evidence must not tell about somebody's server: its password and its address. Results are meant to be shared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.servers import urls

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST_SECRET = 4
"""Characters. Masking a shorter password would tear up ordinary words, and the lines' own syntax."""

LOOPBACK = ("127.0.0.1", "localhost", "::1", None)
"""Hosts that say nothing about where they are; None for a Unix socket."""

_SOCKET_END = re.compile(r"([lr]addr=\(\\*['\"])[^'\"\\]+")


class Mask:
    """Replaces by `***` what a server's URL gives away. Does nothing for a server on loopback without a password."""

    def __init__(self, url: str) -> None:
        host = urlsplit(url).hostname
        self._remote = host not in LOOPBACK
        hosts = (host,) if host is not None and self._remote else ()
        self._secrets = tuple(text for text in (*urls.secrets(url), *hosts) if len(text) >= SHORTEST_SECRET)

    def text(self, text: str) -> str:
        """The text without them. A socket's own description holds addresses as numbers."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return _SOCKET_END.sub(r"\1***", text) if self._remote else text

    def lines(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        """The probe's lines without them."""
        if not self._secrets and not self._remote:
            return lines
        return (self.text(line.decode("utf-8", "replace")).encode() for line in lines)
