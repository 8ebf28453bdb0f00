"""Where the program's own files are: in a checkout or an installation.

In both, `scenarios/` stands beside `harness/`. The committed baseline is `results/baseline` of a checkout; the wheel
carries it as `harness/_baseline`, because an installation has no `results/` of its own. Standard library only.
"""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

from harness.errors import UsageError

NAME = "valkey-loop-matrix"
HARNESS = Path(__file__).resolve().parent
SCENARIOS = HARNESS.parent / "scenarios"
BASELINE = Path("results", "baseline")
"""Below the current folder, and in a checkout below its top."""

CARRIED_BASELINE = HARNESS / "_baseline"
"""Only in an installation."""


def find_checkout() -> Path | None:
    """The top of the checkout or of the unpacked source distribution; None when installed from a wheel."""
    return None if CARRIED_BASELINE.is_dir() else HARNESS.parent


def require_checkout() -> None:
    """Raises `UsageError` in an installation, which no command may write to."""
    if find_checkout() is None:
        raise UsageError(
            "This command changes files of the project, so it needs a checkout.",
            remedy="Clone the project and run the command there.",
        )


def find_baseline() -> Path:
    """`results/baseline` below the current folder, where there is one; otherwise the one that the program carries."""
    if BASELINE.exists():
        return BASELINE
    top = find_checkout()
    return CARRIED_BASELINE if top is None else top / BASELINE


def read_version() -> str:
    """The version of the program: in a checkout from `pyproject.toml`, in an installation from its metadata."""
    project = HARNESS.parent / "pyproject.toml"
    if find_checkout() is not None and project.is_file():
        version: str = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
        return version
    try:
        return metadata.version(NAME)
    except metadata.PackageNotFoundError:
        return "unknown"  # somebody copied the two folders
