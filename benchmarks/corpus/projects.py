"""The corpus, as `projects.toml` and `shapes.toml` beside this file say it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchmarks.corpus.model import CorpusProject
from harness.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable

FILES = ("projects.toml", "shapes.toml")


class _File(msgspec.Struct, forbid_unknown_fields=True):
    project: tuple[CorpusProject, ...]


def load_corpus() -> tuple[CorpusProject, ...]:
    """All of it: the releases, then the shapes."""
    folder = Path(__file__).parent
    return tuple(
        project for name in FILES for project in msgspec.toml.decode((folder / name).read_bytes(), type=_File).project
    )


def choose(corpus: tuple[CorpusProject, ...], names: Iterable[str]) -> tuple[CorpusProject, ...]:
    """Those of these names, all without any. Raises `UnknownNameError`."""
    known = {project.name: project for project in corpus}
    for name in names:
        if name not in known:
            raise UnknownNameError("project", name, known)
    return tuple(known[name] for name in dict.fromkeys(names)) or corpus
