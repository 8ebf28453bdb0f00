"""Why a package can't be built, out of all that uv and a build backend print."""

from __future__ import annotations

import re

from harness.environments.resolving import clean_reason

_ERROR = re.compile(r"^\s*([\w.]*(Error|Exception|Exit|Interrupt)\b(: .*)?|(error|cause|Caused by): .*)$", re.MULTILINE)
_FRAME = re.compile(r"(?:error|cause|Caused by): ")
"""How uv begins its own lines. What a backend raised says more."""


def find_build_error(text: str) -> str:
    """What a failed build ended with: the last error of the backend, otherwise the last line."""
    errors = [found.group().strip() for found in _ERROR.finditer(text)]
    own = [line for line in errors if not _FRAME.match(line)]
    lines = own or errors or [line for line in text.splitlines() if line.strip()] or ["it says nothing"]
    return clean_reason(_FRAME.sub("", lines[-1].strip(), count=1))
