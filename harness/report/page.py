"""The page: one HTML file that needs nothing else, neither a server nor a network."""

from __future__ import annotations

import base64
import gzip
import hashlib
from typing import TYPE_CHECKING

import jinja2
import msgspec

from harness.files import replace_file
from harness.report.bundle import bundle, read_page_file

if TYPE_CHECKING:
    from pathlib import Path

    from harness.report.model import Cures, PageData, PageEvidence, Suites

STYLES = (
    "page.css",
    "shell.css",
    "views/answer.css",
    "views/matrix.css",
    "views/cell.css",
    "views/code.css",
    "views/compare.css",
    "views/suite.css",
)
LICENCES = {"lit-html": "vendor/lit-html.LICENSE"}
"""Of the libraries in the page."""


def make_page(data: PageData, suites: Suites, cures: Cures | None = None, evidence: PageEvidence | None = None) -> str:
    """The page's text. Nothing of the data is written into it but compressed, so nothing of it can be markup."""
    blocks = {"data": data, "suites": suites, "cures": cures, "evidence": evidence}
    script, style = bundle(), "\n".join(map(read_page_file, STYLES))
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string(read_page_file("page.html.j2")).render(
        title=data.title,
        policy=make_policy(script, style),
        script=_require_harmless(script),
        style=_require_harmless(style),
        blocks={name: _compress(block) for name, block in blocks.items() if block is not None},
        licences={name: read_page_file(path) for name, path in LICENCES.items()},
    )


def write_page(path: Path, text: str) -> None:
    """Write it, whole or not at all."""
    replace_file(path, text.encode())


def make_policy(script: str, style: str) -> str:
    """A Content-Security-Policy: this script and this style sheet, nothing else, and nothing is loaded."""
    hashes = {"script-src": script, "style-src": style}
    rules = [f"{name} 'sha256-{_hash(text)}'" for name, text in hashes.items()]
    return "; ".join(["default-src 'none'", *rules, "img-src data:", "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _require_harmless(text: str) -> str:
    """A script or style sheet ends at the first closing tag, wherever that stands."""
    assert "</script" not in text.lower()
    assert "</style" not in text.lower()
    return text


def _compress(data: object) -> str:
    packed = gzip.compress(msgspec.json.encode(data), compresslevel=9, mtime=0)
    return base64.b64encode(packed).decode()
