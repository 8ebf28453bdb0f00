"""The version of this program: that of what is installed, or of the checkout."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path

NAME = "valkey-loop-matrix"


@cache
def read_version() -> str:
    """As `pyproject.toml` has it, and the metadata that is made of that."""
    try:
        return metadata.version(NAME)
    except metadata.PackageNotFoundError:  # a checkout, which isn't installed
        pyproject = Path(__file__).parents[1] / "pyproject.toml"
        if not pyproject.exists():  # somebody's copy of the package alone
            return "unknown"
        return str(tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["version"])
