"""What the warm process asks of pytest beyond its public interface, all of it, with a check that it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

ALREADY_RUN = ("capture", "legacypath")
"""Plugins whose `pytest_load_initial_conftests` prepares the whole process: once is enough."""


def obstacle(config: Any) -> str:
    """What this pytest lacks, so that it can't be forked after its start; empty if nothing."""
    manager = config.pluginmanager
    if not isinstance(getattr(manager, "_dirpath2confmods", None), dict):
        return "this pytest keeps its conftest files elsewhere"
    capture = manager.getplugin("capturemanager")
    if not all(hasattr(capture, name) for name in ("resume_global_capture", "suspend_global_capture")):
        return "this pytest captures output differently"
    if not hasattr(manager.getplugin("terminalreporter"), "pytest_sessionstart"):
        return "this pytest reports differently"
    return ""


def load_conftests(config: Any, parser: Any) -> None:
    """Load the conftest files that have appeared since pytest looked for them, as it does at its start."""
    manager = config.pluginmanager
    manager._dirpath2confmods.clear()  # where it has noted that there are none
    done = [manager.getplugin(name) for name in ALREADY_RUN]
    hook = manager.subset_hook_caller("pytest_load_initial_conftests", [each for each in done if each is not None])
    capture = manager.getplugin("capturemanager")
    capture.resume_global_capture()
    try:
        hook(early_config=config, parser=parser, args=[])
    finally:
        capture.suspend_global_capture()


def restart_clock(config: Any, session: pytest.Session) -> None:
    """Let the terminal's summary count the seconds from now."""
    config.pluginmanager.getplugin("terminalreporter").pytest_sessionstart(session)
