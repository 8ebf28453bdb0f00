"""What results say of the machine that they were measured on."""

from __future__ import annotations

import platform

from harness.environments.identity import find_wine
from harness.pipeline.settings import describe_machine, describe_system


def test_wine_never_passes_for_windows() -> None:
    assert describe_system("10.0") == "Wine 10.0"
    assert describe_system("") == f"{platform.system()} {platform.release()}"
    assert describe_machine().system == describe_system(find_wine())
