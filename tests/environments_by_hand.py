"""Virtual environments with metadata of packages that aren't there."""

from __future__ import annotations

import sys
import venv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def make_environment_beside(folder: Path, packages: Mapping[str, str]) -> Path:
    """`.venv` in a folder, of this Python, in which these versions seem to be installed."""
    environment = folder / ".venv"
    venv.create(environment, symlinks=sys.platform != "win32")
    (site,) = environment.glob("**/site-packages")
    for name, version in packages.items():
        metadata = site / f"{name.replace('-', '_')}-{version}.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    return environment
