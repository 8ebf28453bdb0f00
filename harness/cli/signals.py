"""How a command is ended before it is done: by a signal, or because the nox that started it is gone."""

from __future__ import annotations

import _thread
import contextlib
import signal
import threading
import time
from typing import TYPE_CHECKING, NoReturn

from harness.invocation import is_under_nox

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Ctrl-C, `kill`, a closed terminal, and Ctrl-Break on Windows. Not every system has all."""

INTERVAL = 0.25
"""Seconds between two looks at the process that started this one."""


@contextlib.contextmanager
def allow_interruption() -> Iterator[None]:
    """A signal to end raises `KeyboardInterrupt` in the main thread, once.

    All that comes later is ignored, until the process has ended: putting away what was started takes seconds, and half
    of it would be left if a second Ctrl-C could cut it short. An ignored signal stays ignored: that is how nohup works.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    present = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    numbers = [number for number in present if signal.getsignal(number) is not signal.SIG_IGN]

    def interrupt(_number: int, _frame: object) -> NoReturn:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in numbers}
    _follow_nox()
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is interrupt:
                signal.signal(number, handler)


def _follow_nox() -> None:
    """Be interrupted when the nox that started this process is gone.

    nox passes Ctrl-C on, but SIGTERM and `kill -9` end it at once and leave its command running.
    """
    if is_under_nox():
        threading.Thread(target=_watch_parent, name="nox", daemon=True).start()


def _watch_parent() -> None:
    # Imported here: only this needs it, and listing the catalogue must not wait for it.
    import psutil  # noqa: PLC0415

    from harness.processes.killing import is_alive  # noqa: PLC0415

    parent = psutil.Process().parent()
    while parent is not None and is_alive(parent):
        time.sleep(INTERVAL)
    _thread.interrupt_main(signal.SIGTERM)
