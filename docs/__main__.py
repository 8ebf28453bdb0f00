"""`python -m docs`: make again what is generated, the reference pages and the output of every example.

Kinds of examples can be named: `python -m docs committed` runs nothing on a server.
"""

from __future__ import annotations

import sys

from docs.examples import pages, updated
from docs.reference import reference_pages

KINDS = ("committed", "server")


def main(*kinds: str) -> None:
    """Write every page anew that changed."""
    for path, text in reference_pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for page in pages():
        before = page.read_text(encoding="utf-8")
        after = updated(before, *(kinds or KINDS))
        if after != before:
            page.write_text(after, encoding="utf-8")
            print(f"Updated: {page}")


main(*sys.argv[1:])
