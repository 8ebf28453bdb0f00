"""Reproductions on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.rendering import write_suite
from harness.errors import UsageError
from harness.repro.output import make_readme
from harness.repro.single import SUITE, make_check, make_single_file

if TYPE_CHECKING:
    from pathlib import Path

    from harness.repro.model import Reproduction


def require_free(folder: Path, name: str) -> tuple[Path, Path]:
    """Where the folder and the single file of that name go. Raises `UsageError` when either is there already."""
    whole, single = folder / name, folder / f"{name}.py"
    for path in (whole, single):
        if path.exists():
            raise UsageError(f"{path} is there already.", remedy="Take it away, or name another folder with --into.")
    return whole, single


def write_reproduction(folder: Path, it: Reproduction) -> tuple[Path, ...]:
    """Write a folder and, unless the suite is too large, a single file; return them.

    Raises `UsageError` when either is there already, and `OSError`.
    """
    whole, single = require_free(folder, it.name)
    whole.mkdir(parents=True)
    write_suite(it.files, whole / SUITE)
    (whole / "requirements.txt").write_text("".join(f"{line}\n" for line in it.requirements))
    (whole / "README.md").write_text(make_readme(it), encoding="utf-8")
    (whole / "check.py").write_text(make_check(it), encoding="utf-8")
    text = make_single_file(it)
    if text is None:
        return (whole,)
    single.write_text(text, encoding="utf-8")
    return whole, single
