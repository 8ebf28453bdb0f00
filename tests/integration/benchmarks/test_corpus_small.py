"""The small projects of the corpus: `matrix --suite` observes what plain pytest does, test by test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.corpus.measuring import compare_project
from benchmarks.corpus.projects import load_corpus
from harness.processes.guardian import Guardian
from harness.processes.networks import find_obstacle

if TYPE_CHECKING:
    from benchmarks.corpus.model import CorpusProject

pytestmark = pytest.mark.skipif(bool(find_obstacle()), reason=find_obstacle() or "none")


@pytest.mark.parametrize("project", [pytest.param(one, id=one.name) for one in load_corpus() if one.tested])
def test_every_phase_of_every_test_is_what_plain_pytest_makes_of_it(project: CorpusProject) -> None:
    with Guardian() as guardian:
        compared = compare_project(project, 1, guardian)
    assert compared.tests
    assert not compared.differences
