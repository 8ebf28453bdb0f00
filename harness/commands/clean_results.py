"""`clean-results`: remove runs that later runs have taken over, and environments that nobody uses."""

from __future__ import annotations

import contextlib
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harness.cache import find_cache_root
from harness.environments.identity import PLUGIN
from harness.environments.unused import KEPT, find_unused, find_unused_packages, remove_unused
from harness.errors import ExitCode, InfrastructureError
from harness.output.printing import print_lines, short_path
from harness.output.text import count, one_line
from harness.packages import CLIENTS
from harness.store.cleaning import EVIDENCE_SUFFIX, find_results_folders, find_superfluous

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from harness.cli.options import CleanResultsOptions
    from harness.environments.unused import UnusedEnvironment
    from harness.store.cleaning import SuperfluousFiles

NAMED = (PLUGIN, "pytest", *CLIENTS)
"""The packages by which an environment is recognised."""


def run(options: CleanResultsOptions) -> int:
    """Name everything that nothing needs, each before it is removed."""
    now = datetime.now(UTC)
    found = [find_superfluous(folder, now=now) for folder in find_results_folders(options.results)]
    root = find_cache_root()
    environments, packages = find_unused(root, now=now), find_unused_packages(root, now=now)
    if options.dry_run:
        print_lines("Nothing is removed. These would be:")
    for path in (path for files in found for path in files):
        print_lines(short_path(path))
        if not options.dry_run:
            remove_file(path)
    for environment in environments:
        print_lines(describe_environment(environment))
        if not options.dry_run:
            remove_environment(root, environment)
    for folder in packages:
        print_lines(f"{folder}: files of a package")
        if not options.dry_run:
            with _removing(folder):
                shutil.rmtree(folder)
    print_lines("\n".join(summarize(found, len(environments), len(packages), dry_run=options.dry_run)))
    return ExitCode.DONE


def describe_environment(environment: UnusedEnvironment) -> str:
    """`…/environments/3f2a: pytest-asyncio 1.5.0, pytest 9.0.1, valkey 6.1.1; last used on 2026-10-01`."""
    installed = dict(each.split("==") for each in environment.packages)
    packages = ", ".join(f"{name} {installed[name]}" for name in NAMED if name in installed) or "never finished"
    return f"{environment.folder}: {one_line(packages)}; last used on {environment.last_used:%Y-%m-%d}"


def summarize(found: Sequence[SuperfluousFiles], environments: int, packages: int, *, dry_run: bool) -> list[str]:
    """How much it is, and what was kept because it can't be read."""
    parts = (
        count(sum(len(files.runs) for files in found), "results file"),
        count(sum(len(files.tables) for files in found), "file") + " of tables",
        count(sum(len(files.evidence) for files in found), "file") + " of evidence",
        f"{count(environments, 'environment')} and {count(packages, 'package')} unused for {KEPT.days} days",
    )
    return [
        f"{'To be removed' if dry_run else 'Removed'}: {', '.join(parts)}.",
        *(f"Kept, with all evidence beside it: {line}" for files in found for line in files.not_read),
    ]


def remove_file(path: Path) -> None:
    """Remove a file of a results folder, and the folder of evidence that it was the last one in."""
    with _removing(path):
        path.unlink(missing_ok=True)
    if path.name.endswith(EVIDENCE_SUFFIX):
        with contextlib.suppress(OSError):
            path.parent.rmdir()  # refused where there is more


def remove_environment(root: Path, environment: UnusedEnvironment) -> None:
    """Remove an environment, unless another command has begun to use it."""
    with _removing(environment.folder):
        if not remove_unused(root, environment):
            print_lines("  Kept: it was used a moment ago.")


@contextlib.contextmanager
def _removing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InfrastructureError(
            f"{path} can't be removed: {error.strerror}.",
            remedy="Everything that is listed above it is removed. Mend the cause and run again.",
        ) from error
