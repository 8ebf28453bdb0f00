"""A folder of tests as something to run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from harness.suites.folder import find_configuration_above, find_linked, read_folder
from harness.suites.requirements import Needed, read_requirements
from harness.suites.target import SEPARATOR, read_target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

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
    linked: Mapping[str, str] = field(default_factory=dict)  # what links lead to; see `find_linked`
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
    """The suites in these folders, or in `DIR::PATH`, each once, run under these conditions.

    Two folders of one name get numbers.

    Raises `UsageError` for what is no folder of tests.
    """
    targets = dict.fromkeys((target.folder.resolve(), target) for target in map(read_target, paths))
    names: dict[Path, str] = {}
    suites: dict[str, Suite] = {}
    for resolved, target in targets:
        name = names.setdefault(resolved, _make_unique(make_slug(resolved.name), names.values()))
        content = read_folder(target.folder)
        above = None if any(file in content for file in CONFIGURATION) else find_configuration_above(resolved)
        note = f"pytest is configured in {above}, which is not part of it; --suite {above.parent} is" if above else ""
        id_, chosen = f"{PREFIX}{name}", conditions
        if target.part:
            target.require_part(content)
            id_ = f"{id_}{SEPARATOR}{target.part}"
            chosen = msgspec.structs.replace(conditions, arguments=(target.part, *conditions.arguments))
        suite = make_suite(id_, content, (note,) if note else (), chosen)
        suites[id_] = replace(suite, linked=find_linked(resolved, content))
    return tuple(suites.values())


def make_slug(name: str) -> str:
    """A folder's name as it stands in an id."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "suite"


def _make_unique(name: str, taken: Collection[str]) -> str:
    number = 1
    while (found := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return found
