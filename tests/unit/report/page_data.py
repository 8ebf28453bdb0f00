"""A part of the baseline that is enough to see what the page says of it, and what is in a page."""

from __future__ import annotations

import base64
import gzip
import json
import re
from functools import cache
from typing import Any

from harness.knowledge.outcomes import Outcomes
from harness.report.measured import Measured, select_measured_outcomes
from tests.browser.pages import read_some


@cache
def measure_some() -> Measured:
    return select_measured_outcomes(read_some())


@cache
def index_some() -> Outcomes:
    return Outcomes(read_some())


def read_blocks(page: str) -> dict[str, Any]:
    """The page's data as its script reads it."""
    found = re.findall(r'<script type="application/octet-stream" id="block-(\w+)">([^<]*)</script>', page)
    return {name: json.loads(gzip.decompress(base64.b64decode(text, validate=True))) for name, text in found}
