"""`refresh-releases`: bring `harness/environments/releases.json` up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.environments.refresh import refresh
from harness.errors import ExitCode

if TYPE_CHECKING:
    from harness.cli.requests import RefreshReleasesOptions


def run(_: RefreshReleasesOptions) -> int:
    """Ask the package index, write the file, and say what there is now."""
    for package, releases in refresh().packages.items():
        print(f"{package}: {len(releases)} releases, the latest is {releases[-1].version}")
    return ExitCode.DONE
