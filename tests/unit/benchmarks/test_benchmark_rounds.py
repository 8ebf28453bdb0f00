"""Rounds: who runs when, and what has to agree."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from benchmarks.cells import WARM_UP, CellPlace, Rounds, rotate
from harness.environments.model import Built, EnvironmentRequest
from harness.errors import InfrastructureError
from harness.output.progress import PlainProgress
from tests.unit.benchmarks.made_up_benchmark import ENVIRONMENT, FAILS, PASSES, sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.model import OutcomeLetters, Sample

BUILT = Built(
    request=EnvironmentRequest(python="3.12", plugin="1.0.0"), environment=ENVIRONMENT, python=Path("bin/python")
)
CONTENDERS = cast("Any", [SimpleNamespace(name=name) for name in ("plain", "spawn", "fork")])


class MadeUpBench:
    """Runs nothing; the n-th run takes n seconds."""

    def __init__(self, does: Callable[[str, str], OutcomeLetters]) -> None:
        self.does = does
        self.ran: list[tuple[str, str]] = []
        self.warm_starts: list[float] = []

    def run(self, contender: Any, _built: Built, cell: str, _files: dict[str, str]) -> tuple[OutcomeLetters, Sample]:
        self.ran.append((cell, contender.name))
        if contender.name == "fork" and not self.warm_starts:
            self.warm_starts.append(0.3)
        return self.does(cell, contender.name), sample(float(len(self.ran)))


def rounds(bench: MadeUpBench, *cells: str) -> Rounds:
    places = [CellPlace(built=BUILT, cell=cell, files={}) for cell in cells]
    return Rounds(cast("Any", bench), places, CONTENDERS, PlainProgress(io.StringIO()))


def test_every_contender_runs_every_cell_in_every_round() -> None:
    bench = MadeUpBench(lambda _cell, _name: PASSES)
    measured = rounds(bench, "a", "b")
    measured.run(3)
    assert {pair: bench.ran.count(pair) for pair in bench.ran} == {
        (cell, name): 3 + WARM_UP for cell in "ab" for name in ("plain", "spawn", "fork")
    }
    assert {(one.cell, one.contender): len(one.samples) for one in measured.series()} == dict.fromkeys(bench.ran, 3)


def test_the_rounds_that_warm_up_are_not_measured() -> None:
    bench = MadeUpBench(lambda _cell, _name: PASSES)
    measured = rounds(bench, "a")
    measured.run(1)
    assert {one.samples[0].cpu for one in measured.series()} == {3 * WARM_UP + place for place in (1.0, 2.0, 3.0)}


def test_contenders_take_turns_in_being_the_first() -> None:
    bench = MadeUpBench(lambda _cell, _name: PASSES)
    rounds(bench, "a").run(6 - WARM_UP)
    first = [name for _, name in bench.ran[::3]]
    assert {name: first.count(name) for name in first} == {"plain": 2, "spawn": 2, "fork": 2}
    assert [each.name for each in rotate(CONTENDERS, -1)] == ["fork", "plain", "spawn"]


def test_what_a_warm_process_takes_to_start_is_distinguished() -> None:
    measured = rounds(MadeUpBench(lambda _cell, _name: PASSES), "a", "b")
    measured.run(1)
    assert measured.warm_starts == {ENVIRONMENT.id: 0.3}


def test_contenders_that_did_not_do_the_same_are_not_compared() -> None:
    bench = MadeUpBench(lambda cell, name: FAILS if (cell, name) == ("b", "fork") else PASSES)
    with pytest.raises(InfrastructureError, match="did not do the same") as caught:
        rounds(bench, "a", "b").run(1)
    assert ".F.F., exit code 1 under fork" in str(caught.value)
    assert len(bench.ran) <= 6


def test_cells_need_not_do_the_same_as_others() -> None:
    measured = rounds(MadeUpBench(lambda cell, _name: FAILS if cell == "a" else PASSES), "a", "b")
    measured.run(1)
    assert {one.cell: one.course for one in measured.series()} == {"a": FAILS, "b": PASSES}
