"""Words that are no errors but names in the catalogue: `idle_listen`, `workload`, `workload=idle_listen`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from harness.catalogue.profiles import list_profile_cells, load_profiles
from harness.errors import UsageError
from harness.invocation import command_line

if TYPE_CHECKING:
    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.value import NamedValue


def require_no_name_of_catalogue(word: str, catalogue: Catalogue) -> None:
    """Raise `UsageError` for the name of an axis or of a value, with what it means and the command that shows it."""
    shown = f"`{command_line('catalogue')}` lists the axes and their values"
    if word in catalogue.axes:
        question = catalogue.axes[word].axis.question
        raise UsageError(f"{word} is an axis of the catalogue, no error: {question}", remedy=f"{shown}.")
    axis, _, name = word.rpartition("=")
    found = [one for one in catalogue.list_values() if one.name == name and axis in ("", one.axis)]
    if not found:
        return
    meanings = "; ".join(f"{one.axis}={one.name}: {one.value.meaning}" for one in found)
    commands = ", ".join(f"`{_make_command(one, catalogue)}`" for one in found)
    raise UsageError(
        f"{word} is a value of the catalogue, no error. {meanings}.",
        remedy=f"{shown}. To see what becomes of it: {commands}.",
    )


def _make_command(value: NamedValue, catalogue: Catalogue) -> str:
    """The run of the cells that have it, in the smallest profile that has any."""
    profile = next(
        name
        for name, profile in load_profiles().items()
        if any(catalogue.values(cell)[value.axis] == value.name for cell in list_profile_cells(catalogue, profile))
    )
    return command_line("matrix", shlex.join(["--profile", profile, "--select", f"{value.axis}={value.name}"]))
