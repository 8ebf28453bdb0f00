"""A folder of tests as something to run."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec

from harness.errors import UsageError
from harness.requirements.model import Needed
from harness.suites.folder import find_linked, read_folder
from harness.suites.pythons import supports_python
from harness.suites.roots import CONFIGURATION, INI, find_root
from harness.suites.target import SEPARATOR, SuiteTarget, read_target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from harness.catalogue.target import Target
    from harness.catalogue.value import ServerKind
    from harness.suites.conditions import Conditions
    from harness.suites.project import Project

PREFIX = "suite:"
"""Of the ids of suites of one's own, which no cell's id begins with."""

REPORTED = "reported/"
"""Of the ids of suites that are rebuilt from public reports; no loop policy has that name."""


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
    folder: Path = Path()  # where it was read
    project: Project | None = None  # what is installed for it
    client: str | None = None  # the client package that it uses, if that is known
    linked: Mapping[str, str] = field(default_factory=dict)  # what links lead to; see `find_linked`
    additions: tuple[str, ...] = ()  # of a suite that was a cell, or is rebuilt: what it has beside its environment
    new_process = "it is no cell of the catalogue"
    server: ClassVar[ServerKind] = "shared"

    def files(self, target: Target) -> Mapping[str, bytes]:  # noqa: ARG002 - the protocol's
        """The same for all versions."""
        return self.content

    def not_applicable(self, target: Target) -> str | None:
        """Why it isn't run on a Python that its project doesn't support."""
        if supports_python(self.needed.python, target.versions["python"]):
            return None
        return f"its project says that it needs Python {self.needed.python}"

    def install(self, python: Path) -> Path | None:
        """The folder with its project for this Python; None where there is none. Raises `BuildError`."""
        return self.project.install(python) if self.project else None


def make_suite(
    name: str, content: Mapping[str, bytes], notes: tuple[str, ...] = (), conditions: Conditions | None = None
) -> Suite:
    """A suite of these files, with that id. `notes` are printed before it runs."""
    return Suite(id=name, content=add_configuration(content), needed=Needed(notes=notes), conditions=conditions)


def add_configuration(content: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files, with an empty `pytest.ini` where there is no configuration of pytest.

    Pytest would look for one in the folders above the copy.
    """
    return content if any(file in content for file in CONFIGURATION) else {**content, INI: b""}


def load_suites(paths: Iterable[str | Path], conditions: Conditions) -> tuple[Suite, ...]:
    """The suites in these folders, or in `DIR::PATH`, each once, run under these conditions.

    Two folders of one name get numbers.

    Raises `UsageError` for what is no folder of tests.
    """
    names: dict[Path, str] = {}
    suites: dict[str, Suite] = {}
    for target, content, notes in map(_read_whole, dict.fromkeys(map(read_target, paths))):
        resolved = Path(os.path.realpath(target.folder))
        name = names.setdefault(resolved, _make_unique(make_slug(resolved.name), names.values()))
        id_, chosen = f"{PREFIX}{name}", conditions
        if target.part:
            target.require_part(content)
            id_ = f"{id_}{SEPARATOR}{target.part}"
            chosen = msgspec.structs.replace(conditions, arguments=(target.part, *conditions.arguments))
        suite = make_suite(id_, content, notes, chosen)
        suites[id_] = replace(suite, linked=find_linked(resolved, content), folder=resolved)
    return tuple(suites.values())


def _read_whole(target: SuiteTarget) -> tuple[SuiteTarget, dict[str, bytes], tuple[str, ...]]:
    """What is read for a target. A folder of a project's tests is a part of that project, whose settings apply to it.

    Where the project is too large for that, the folder stands for itself, and the last value says so.
    """
    folder = Path(os.path.realpath(target.folder))  # `resolve` fails on a link to itself
    root = find_root(folder) if folder.is_dir() else None
    if root is None:
        return target, read_folder(target.folder), ()
    parts = (*folder.relative_to(root).parts, *filter(None, (target.part,)))
    try:
        return SuiteTarget(folder=root, part="/".join(parts)), read_folder(root), ()
    except UsageError as error:
        return target, read_folder(target.folder), (f"without the project in {root}: {error.problem}",)


def make_slug(name: str) -> str:
    """A folder's name as it stands in an id."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "suite"


def _make_unique(name: str, taken: Collection[str]) -> str:
    number = 1
    while (found := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return found
