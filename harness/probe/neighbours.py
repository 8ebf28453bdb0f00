"""Other plugins of pytest that a suite brings along, so far as their doings would keep runs from being compared.

What is changed is written down, in words for the user: nothing of it is in the suite's own configuration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generator, Iterator

import pytest

if TYPE_CHECKING:
    from .session import Probe

SEED = 1

DEFAULT = "default:"

_OTHERWISE = "; another release of it may order otherwise"


class Neighbours:
    """A pytest plugin: lets all tests run in this process, and in the same order each time."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_cmdline_parse(self) -> Generator[None, Any, None]:
        outcome = yield
        if outcome.excinfo is None:
            self._probe.guard.run(self._settle, outcome.get_result())

    def _settle(self, config: Any) -> None:
        for note in settle(config.option):
            self._probe.writer.write("note", {"text": note})


def settle(option: Any) -> Iterator[str]:
    """Change options of plugins, whether they stood in the configuration, a variable or the arguments.

    Gives a note for each change that matters to what is run, and for what can't be observed. Options of plugins that
    aren't there don't exist.
    """
    workers = getattr(option, "numprocesses", None)
    if workers or getattr(option, "dist", "no") != "no":
        option.numprocesses, option.dist, option.tx = 0, "no", []
        yield f"pytest-xdist: all tests run in one process, not on {workers or 'several'} workers, as with -n 0"
    if getattr(option, "forked", False):
        yield "pytest-forked: tests run in processes of their own, whose loops and connections are not observed"
    if getattr(option, "randomly_seed", None) in ("default", "last"):
        option.randomly_seed = SEED
        yield f"pytest-randomly: the order is that of --randomly-seed={SEED}{_OTHERWISE}"
    # What this plugin marks as its default doesn't turn it on.
    if getattr(option, "random_order_seed", "").startswith(DEFAULT):
        option.random_order_seed = f"{DEFAULT}{SEED}"
        if option.random_order_enabled or not option.random_order_bucket.startswith(DEFAULT):
            yield f"pytest-random-order: the order is that of --random-order-seed={SEED}{_OTHERWISE}"
