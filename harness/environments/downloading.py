"""Pythons that this machine hasn't, downloaded by uv where the user asks for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.environments.interpreters import discover, find_fitting
from harness.errors import NoInterpreterError
from harness.invocation import command_line
from harness.packages import NEWEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.environments.model import Interpreter
    from harness.environments.uv_tool import Uv


def add_downloaded(names: Iterable[str], found: tuple[Interpreter, ...], uv: Uv) -> tuple[Interpreter, ...]:
    """The interpreters that were found, and those of the names that were not, which uv now has in its folder.

    Raises `NoInterpreterError` for what it can't download.
    """
    missing = [name for name in dict.fromkeys(names) if name != NEWEST and not find_fitting(found, name)]
    for name in missing:
        _download(name, uv)
    return discover().found if missing else found


def _download(name: str, uv: Uv) -> None:
    done = uv.install_python(name.replace("-", "@", 1))  # `pypy-3.10`, which uv writes `pypy@3.10`
    if done.returncode:
        raise NoInterpreterError(
            f"No Python {name} was found on this machine, and uv could not download one: {_shorten(done.stderr)}",
            remedy=f"Check the network connection, or install it in another way; `{command_line('environments')}` "
            "lists what there is.",
        )


def _shorten(complaint: str) -> str:
    """What failed, and its first cause, which uv prints last."""
    lines = [line.strip().removeprefix("error: ").removeprefix("cause: ") for line in complaint.splitlines()]
    return ": ".join(dict.fromkeys(line for line in (lines[0], lines[-1]) if line)) if lines else "it doesn't say why"
