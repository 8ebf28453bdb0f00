"""Keeps automatic garbage collection from deciding by chance where a dropped resource is reported.

The interpreter collects whenever it has made some hundred objects more than it has freed. Pytest itself makes most of
them, so which test and which phase that falls into, and whether anybody listens there, differs from release to release
and from launcher to launcher, and says nothing about the suite. What a small suite drops is collected when its session
ends (`Probe.finish`), or when it asks for that.
"""

from __future__ import annotations

import gc

import pytest

THRESHOLD = 200_000
"""Objects more than freed until garbage is collected of itself: a big suite still must not eat all memory."""

# Bound at import: a suite may replace them.
_get_threshold, _set_threshold = gc.get_threshold, gc.set_threshold


class Collecting:
    """A pytest plugin: garbage is hardly ever collected of itself while conftest files and tests run."""

    def __init__(self) -> None:
        self._usual = _get_threshold()

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self) -> None:
        _set_threshold(THRESHOLD, *self._usual[1:])

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        _set_threshold(*self._usual)
