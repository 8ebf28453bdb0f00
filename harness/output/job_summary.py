"""The summary of a job of GitHub Actions: a page of Markdown that the job's own page shows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.output.fitting import SUMMARY
from harness.output.printing import print_aside

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "GITHUB_STEP_SUMMARY"
"""Names the file that GitHub Actions shows as the summary of a step."""


def write_job_summary(make_page: Callable[[int], str]) -> None:
    """Append a page of so many bytes at most where GitHub Actions names a file; nothing elsewhere.

    If that fails, a line says so, and no more.
    """
    name = os.environ.get(VARIABLE, "").strip()
    if not name:
        return
    path = Path(name)
    try:
        text = make_page(SUMMARY - 1 - (path.stat().st_size if path.exists() else 0)) + "\n"
        with path.open("a", encoding="utf-8", newline="\n") as file:
            if file.tell() + len(text.encode()) <= SUMMARY:
                file.write(text)
                return
        problem = "it is full"
    except OSError as error:
        problem = f"{error.strerror}"
    print_aside(f"The job summary can't be written to {path}: {problem}.")
