"""What is run in an environment: a cell of the catalogue, or a folder of tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import msgspec

from harness.digests import digest_texts
from harness.environments.identity import PLUGIN
from harness.packages import CLIENTS, NONE

if TYPE_CHECKING:
    from pathlib import Path

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.catalogue.target import Target
    from harness.catalogue.value import ServerKind
    from harness.suites.conditions import Conditions

Files = Mapping[str, str | bytes]
"""Relative path, slashes on every system → content. Texts are UTF-8."""


class Subject(Protocol):
    """Something that can be written into a folder and run there with pytest."""

    @property
    def id(self) -> str:
        """Names it in results: a cell's id, `suite:NAME`, `reported/…`."""
        ...

    def __hash__(self) -> int: ...

    @property
    def additions(self) -> tuple[str, ...]:
        """The packages that it has beside those of its environment, sorted PEP 508 lines."""
        ...

    def files(self, target: Target) -> Files:
        """All files, for these versions. Ask `not_applicable` first."""
        ...

    def not_applicable(self, target: Target) -> str | None:
        """Why it can't be expressed in these versions; None if it can."""
        ...

    @property
    def new_process(self) -> str:
        """Why it must run in a new process; empty if it may be forked."""
        ...

    @property
    def server(self) -> ServerKind:
        """What server it needs."""
        ...

    @property
    def conditions(self) -> Conditions | None:
        """How it is run, if it is a suite of the user's own; None for all that is run like a cell."""
        ...

    def install(self, python: Path) -> Path | None:
        """The folder with its own project for this Python; None if it has none. Raises `BuildError`."""
        ...


@dataclass(frozen=True)
class CatalogueCell:
    """A cell, as a subject."""

    cell: Cell
    catalogue: Catalogue

    @property
    def id(self) -> str:
        """The cell's."""
        return self.cell.id

    @property
    def additions(self) -> tuple[str, ...]:
        """What its values install."""
        return self.catalogue.additions(self.cell)

    def files(self, target: Target) -> Files:
        """The rendered suite."""
        return self.catalogue.suite(self.cell, target)

    def not_applicable(self, target: Target) -> str | None:
        """What the catalogue says; in an environment that is not ours, what is missing there."""
        if missing := list_missing(target):
            return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed there"
        return self.catalogue.not_applicable(self.cell, target)

    @property
    def new_process(self) -> str:
        """What the values say."""
        return self.catalogue.new_process(self.cell)

    @property
    def server(self) -> ServerKind:
        """What the values say."""
        return self.catalogue.server(self.cell)

    @property
    def conditions(self) -> None:
        """It has none."""

    def install(self, python: Path) -> None:
        """It has no project."""


def list_missing(target: Target) -> list[str]:
    """What each cell of the catalogue is written with and the target hasn't."""
    client = " or ".join(CLIENTS) if target.client == NONE else target.client
    return [name for name, there in ((PLUGIN, target.has(PLUGIN)), (client, target.has(target.client))) if not there]


def digest_subject(subject: Subject, files: Files) -> str:
    """What was run, as it stands in results: `digest_texts` of the files, and of the conditions if there are any."""
    if subject.conditions is None:
        return digest_texts(files)
    return digest_texts({"files": digest_texts(files), "conditions": msgspec.json.encode(subject.conditions)})


def decode_texts(files: Files) -> dict[str, str]:
    """The files as texts, for rules that read them; what is no UTF-8 is replaced."""
    return {
        path: content if isinstance(content, str) else content.decode("utf-8", "replace")
        for path, content in files.items()
    }
