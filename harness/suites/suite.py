"""A folder of tests as something to run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.suites.folder import find_configuration_above, read_folder
from harness.suites.requirements import Needed, read_requirements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.catalogue.target import Target
    from harness.suites.conditions import Conditions

PREFIX = "suite:"
"""Of the ids of suites of one's own, which no cell's id begins with."""

REPORTED = "reported/"
"""Of the ids of suites that are rebuilt from public reports; no loop policy has that name."""

INI = "pytest.ini"
CONFIGURATION = (INI, ".pytest.ini", "pytest.toml", ".pytest.toml", "pyproject.toml", "tox.ini", "setup.cfg")


def is_suite(cell: str) -> bool:
    """Whether the id is that of a suite of one's own, or of one that is rebuilt from a public report."""
    return cell.startswith((PREFIX, REPORTED))


@dataclass(frozen=True, eq=False)
class Suite:
    """A folder of tests as it was when it was read: what is edited later does not reach the run."""

    id: str
    content: Mapping[str, bytes]  # by path, slashes on every system
    needed: Needed  # what it says it needs
    conditions: Conditions | None = None  # None: it is run like a cell
    new_process = "it is no cell of the catalogue"

    def files(self, target: Target) -> Mapping[str, bytes]:  # noqa: ARG002 - the protocol's
        """The same for all versions."""
        return self.content

    def not_applicable(self, target: Target) -> None:
        """It can always be run."""


def make_suite(
    name: str, content: Mapping[str, bytes], notes: tuple[str, ...] = (), conditions: Conditions | None = None
) -> Suite:
    """A suite of these files, with that id. `notes` are printed before it runs.

    Without any configuration of pytest it gets an empty `pytest.ini`, as pytest would look for one in the folders above
    the copy.
    """
    alone = {} if any(file in content for file in CONFIGURATION) else {INI: b""}
    needed = read_requirements(content)
    needed = Needed(lines=needed.lines, notes=notes + needed.notes)
    return Suite(id=name, content={**content, **alone}, needed=needed, conditions=conditions)


def load_suites(paths: Iterable[str | Path], conditions: Conditions) -> tuple[Suite, ...]:
    """The suites in these folders, each folder once, run under these conditions. Two of one name get numbers.

    Raises `UsageError` for what is no folder of tests.
    """
    folders = dict.fromkeys(Path(path).expanduser().absolute() for path in paths)
    taken: set[str] = set()
    suites = []
    for resolved, folder in {folder.resolve(): folder for folder in folders}.items():
        name = _make_unique(make_slug(resolved.name), taken)
        taken.add(name)
        content = read_folder(folder)
        above = None if any(file in content for file in CONFIGURATION) else find_configuration_above(resolved)
        note = f"pytest is configured in {above}, which is not part of it; --suite {above.parent} is" if above else ""
        suites.append(make_suite(PREFIX + name, content, (note,) if note else (), conditions))
    return tuple(suites)


def make_slug(name: str) -> str:
    """A folder's name as it stands in an id."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "suite"


def _make_unique(name: str, taken: set[str]) -> str:
    number = 1
    while (found := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return found
