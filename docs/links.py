"""Addresses as they stand in the generated pages."""

from __future__ import annotations

from urllib.parse import urlsplit


def as_link(address: str) -> str:
    """An address as a short link: an issue's project and number, or else the host and the page."""
    match urlsplit(address).path.strip("/").split("/"), urlsplit(address).netloc:
        case [_, project, "issues" | "pull" | "discussions", number], "github.com":
            name = f"{project} {number}"
        case parts, host:
            pages = [part.removesuffix(".html") for part in parts if part != "index.html"]
            name = f"{host}: {pages[-1]}" if pages[-1:] != [""] else host
    return f"[{name}]({address})"
