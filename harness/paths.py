"""Where the program's own files are: in a checkout or an installation.

In both, `scenarios/` stands beside `harness/`. The committed baseline is `results/baseline` of a checkout; the wheel
carries it as `harness/_baseline`, because an installation has no `results/` of its own. Standard library only.
"""

from __future__ import annotations

from pathlib import Path

HARNESS = Path(__file__).resolve().parent
SCENARIOS = HARNESS.parent / "scenarios"
BASELINE = Path("results", "baseline")
"""Below the current folder, and in a checkout below its top."""

CARRIED_BASELINE = HARNESS / "_baseline"
"""Only in an installation."""


def find_baseline() -> Path:
    """`results/baseline` below the current folder, where there is one; otherwise the one that the program carries."""
    if BASELINE.exists():
        return BASELINE
    return CARRIED_BASELINE if CARRIED_BASELINE.is_dir() else HARNESS.parent / BASELINE
