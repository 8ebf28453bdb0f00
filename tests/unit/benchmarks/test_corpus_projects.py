"""What is in the corpus."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from benchmarks.corpus.preparing import SHAPES
from benchmarks.corpus.projects import choose, load_corpus
from harness.errors import UnknownNameError

CORPUS = load_corpus()


def test_names_are_unique() -> None:
    assert max(Counter(project.name for project in CORPUS).values()) == 1


def test_every_release_is_pinned_by_its_digest() -> None:
    assert all(re.fullmatch("[0-9a-f]{64}", project.sha256) for project in CORPUS if project.version)


def test_there_are_at_least_twelve_releases_and_both_clients_are_among_them() -> None:
    names = {project.name for project in CORPUS if project.version}
    assert len(names) >= 12
    assert {"valkey", "redis"} <= names


def test_every_shape_is_a_folder_and_every_folder_a_shape() -> None:
    shapes = {project.name for project in CORPUS if not project.version}
    assert shapes == {folder.name for folder in SHAPES.iterdir() if folder.is_dir()}


def test_a_name_that_is_unknown_gets_its_neighbour() -> None:
    with pytest.raises(UnknownNameError, match="valky"):
        choose(CORPUS, ["valky"])
